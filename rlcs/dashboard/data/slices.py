"""Counts per slice: a slice is a (source, domain, subcategory), the finest part of a run that pages show.

Shape: L slices of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.dashboard.data.parquet import as_list
from rlcs.dashboard.data.view import View


class Slice(NamedTuple):
    """Where a task comes from."""

    source: str
    domain: str
    subcategory: str


NAMES = Slice._fields


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """Sums of something over the rows of a file, per slice."""

    slices: tuple[Slice, ...]
    """[L]"""
    sums: Mapping[str, NDArray[np.float64]]
    """Per name an array [L, …]."""

    def where(self, view: View) -> dict[str, NDArray[np.float64]]:
        """Return the sums over the slices that a view shows: arrays without the first axis."""
        inside = np.array([shows(view, one) for one in self.slices], dtype=bool)
        return {name: values[inside].sum(axis=0) for name, values in self.sums.items()}


def shows(view: View, one: Slice) -> bool:
    """Tell whether a slice belongs to what a view shows."""
    return (
        view.source in ("", one.source)
        and view.domain in ("", one.domain)
        and view.subcategory in ("", one.subcategory)
    )


def slice_codes(table: pa.Table) -> tuple[tuple[Slice, ...], NDArray[np.int64]]:
    """Return the slices of a table with columns source, domain, subcategory, and [rows] the slice of each row."""
    codes = np.zeros(table.num_rows, dtype=np.int64)
    names: list[list[str]] = []
    for column in NAMES:
        own, values = _coded(table[column])
        codes = codes * len(values) + own
        names.append(values)
    present, place = np.unique(codes, return_inverse=True)
    parts = np.unravel_index(present, [len(values) for values in names]) if len(present) else ([], [], [])
    found = [Slice(*chosen) for chosen in zip(*(_chosen(v, p) for v, p in zip(names, parts, strict=True)), strict=True)]
    return tuple(found), place.reshape(-1)


def summed(codes: NDArray[np.int64], num_slices: int, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return [L] the sum of [rows] values in each slice."""
    return np.bincount(codes, weights=values, minlength=num_slices).astype(np.float64)


def counted(
    codes: NDArray[np.int64],
    num_slices: int,
    kinds: NDArray[np.int64],
    num_kinds: int,
    *,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return [L, num_kinds] how many rows of each slice are of each kind, or the sums of their weights.

    Kinds below 0 are left out.
    """
    inside = kinds >= 0
    cells = codes[inside] * num_kinds + kinds[inside]
    counts = np.bincount(cells, None if weights is None else weights[inside], minlength=num_slices * num_kinds)
    return counts.reshape(num_slices, num_kinds).astype(np.float64)


def numbers(column: Any) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def flags(column: Any) -> NDArray[np.bool_]:
    """Return a column of flags, False where null."""
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=bool)


def _coded(column: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Return [rows] codes of a text column and the text of each code; null is ""."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) and coded.num_chunks else coded
    if len(coded) == 0:
        return np.zeros(0, dtype=np.int64), [""]
    own = np.asarray(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)).astype(np.int64) + 1
    return own, ["", *(str(value) for value in as_list(coded.dictionary))]


def _chosen(values: list[str], places_of: Any) -> list[str]:
    return [values[place] for place in places_of]
