"""Training state in files: one a rank, each with the fragments that the rank held; read by ranks of any number.

rank-00001-of-00002.safetensors    exp_avg/model.lm_head.weight …, and in its header which part of it that is
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from rlcs.errors import UserError
from rlcs.model.export import write_tensors

Header = dict[str, Any]
HEADER = "rlcs"


@dataclass(frozen=True)
class Piece:
    """Where elements `start` to `start + count` of a flattened tensor are."""

    start: int
    count: int
    total: int
    file: Any


def file_name(rank: int, world_size: int) -> str:
    """Return the name of a rank's file."""
    return f"rank-{rank:05d}-of-{world_size:05d}.safetensors"


def write_state(folder: Path, rank: int, world_size: int, tensors: dict[str, Tensor], header: Header) -> None:
    """Write flat tensors by key; `header["places"]` has (start, total) of each in the whole tensor."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(folder / file_name(rank, world_size), tensors, {HEADER: json.dumps(header)})


def holds_state(folder: Path) -> bool:
    """Tell whether a folder holds state that ranks of any number can read; 0.1.0 wrote other files."""
    return any(folder.glob("rank-*-of-*.safetensors"))


class SavedState:
    """The state in a folder, open for reading; only what is asked for is read."""

    def __init__(self, folder: Path) -> None:
        """Open the files of all ranks; UserError where one is missing or broken."""
        self._folder = folder
        self._stack = ExitStack()
        self._pieces: dict[str, list[Piece]] = defaultdict(list)
        files = sorted(folder.glob("rank-*-of-*.safetensors"))
        expected = [folder / file_name(rank, len(files)) for rank in range(len(files))]
        if not files or files != expected:
            raise UserError(
                f"{folder} holds {', '.join(path.name for path in files) or 'no state of a learner'}; expected the "
                "files of all ranks that wrote it"
            )
        self.headers = [self._open(path) for path in files]

    def __enter__(self) -> SavedState:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _open(self, path: Path) -> Header:
        try:
            file = self._stack.enter_context(safe_open(path, framework="pt"))
        except Exception as error:
            raise UserError(
                f"{path} cannot be read ({error}); remove this checkpoint to resume from an older"
            ) from error
        header: Header = json.loads(file.metadata()[HEADER])
        for key, (start, total) in header["places"].items():
            (count,) = file.get_slice(key).get_shape()
            self._pieces[key].append(Piece(start, count, total, file))
        return header

    def read(self, key: str, start: int, count: int, total: int) -> Tensor:
        """Return elements `start` to `start + count` of the flattened tensor `key`, which has `total`."""
        found = []
        position = start
        for piece in sorted(self._pieces.get(key, []), key=lambda piece: piece.start):
            until = min(start + count, piece.start + piece.count)
            if piece.total == total and piece.start <= position < until:
                found.append(piece.file.get_slice(key)[position - piece.start : until - piece.start])
                position = until
        if position != start + count:
            raise UserError(
                f"{self._folder} holds no {key} of {total} elements; resume with the model.path, model.freeze "
                "and model.lora that it was written with"
            )
        return found[0] if len(found) == 1 else torch.cat(found)

    def own(self, key: str, rank: int) -> Tensor | None:
        """Return a tensor that the rank of this number kept for itself; None where there was no such rank."""
        if rank >= len(self.headers):
            return None
        with safe_open(self._folder / file_name(rank, len(self.headers)), framework="pt") as file:
            tensor: Tensor | None = file.get_tensor(key) if key in file.keys() else None  # noqa: SIM118
            return tensor
