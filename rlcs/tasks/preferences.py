"""Preference pairs for reward models: a prompt and two responses, the better and the worse (rlcs reward-model)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rlcs.config.schema import DataConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.records import Messages
from rlcs.tasks import readers
from rlcs.tasks.convert import checked_rows, open_source, report_skipped
from rlcs.tasks.pool import make_task
from rlcs.tasks.rows import BadRow, canonical_row, response_of, rules_of, shown, value_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """One pair. Example: prompt "57+86=", chosen "143", rejected "1608"."""

    prompt: str | Messages
    chosen: str
    rejected: str


def load_preferences(data: DataConfig, *, seed: int) -> tuple[list[Preference], list[Preference]]:
    """Return the pairs to train on and those held out: all of data.eval, else data.holdout of the former at random.

    Raises UserError when there are none of either, and on a bad row, unless its source says on_bad_row: skip.
    """
    train, held_out = _read_all(data.train), _read_all(data.eval)
    if not held_out and data.holdout:
        order = np.random.default_rng(seed).permutation(len(train)).tolist()
        held_out = [train[number] for number in sorted(order[: data.holdout])]
        train = [train[number] for number in sorted(order[data.holdout :])]
    if not train:
        raise UserError(
            "no pair to train on: add a source with prompt, chosen and rejected under data.train, or lower data.holdout"
        )
    if not held_out:
        raise UserError(
            "no pair is held out, and the scale of the ratings is measured on those: set data.holdout, or add sources "
            "under data.eval"
        )
    return train, held_out


def _read_all(sources: Sequence[SourceConfig]) -> list[Preference]:
    return [pair for source in sources for pair in _read(source)]


def _read(source: SourceConfig) -> list[Preference]:
    if source.environment is not None:
        raise UserError(
            f"data source {source.name} is played in an environment, and a reward model learns from pairs; take "
            "environment out"
        )
    columns = readers.columns_of(source)
    named = (columns.prompt, columns.id, columns.chosen, columns.rejected)
    opened = open_source(source, [column for column in named if column is not None])
    fields = replace(columns, answer=None, difficulty=None, params=None, images=None, videos=None, subcategory=None)
    rules = replace(rules_of(source, fields, opened.folder), pattern=None)

    def canonical(value: Any, index: int) -> dict[str, Any]:
        row = canonical_row(value, rules, index)
        chosen, rejected = _last_text(value, columns.chosen), _last_text(value, columns.rejected)
        if chosen == rejected:
            raise BadRow(f"fields {columns.chosen!r} and {columns.rejected!r} are the same: {shown(chosen)}")
        return {**row, "domain": source.domain, "chosen": chosen, "rejected": rejected}

    found: list[Preference] = []
    skipped: list[str] = []
    for _, row in checked_rows(source, opened.rows, canonical, skipped):
        prompt = make_task(row, source.name, len(found), None).prompt
        found.append(Preference(prompt=prompt, chosen=row["chosen"], rejected=row["rejected"]))
    report_skipped(source.name, len(skipped), skipped)
    return found


def _last_text(row: dict[str, Any], column: str) -> str:
    """Return a response that is text, or the last of a list of chat messages, which must be the assistant's."""
    value = value_of(row, column)
    if not isinstance(value, list):
        return response_of(row, column)
    last = value[-1] if value else None
    if not isinstance(last, dict) or last.get("role") != "assistant" or not isinstance(last.get("content"), str):
        raise BadRow(f"field {column!r} should be text, or messages that end with the assistant's, got {shown(value)}")
    return response_of({column: last["content"]}, column)
