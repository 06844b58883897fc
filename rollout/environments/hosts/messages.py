"""What a host and the process that uses it say to each other: pickled records over two pipes, each with its length."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from rlcs.plugins import Packed
from rlcs.records import Task
from rollout.environments.protocol import Observation

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """The first message to a host: what it is to hold."""

    name: str
    """Name of the environment."""
    params: Mapping[str, Any]
    plugins: tuple[Packed, ...]
    """Where environments of one's own are registered."""
    slots: int
    """How many environments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A call of an environment: a reset with task and seed, or a step with a text."""

    number: int
    slot: int
    task: Task | None = None
    seed: int = 0
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of a request."""

    number: int
    observation: Observation | None = None
    """None: there was a fault."""
    fault: str = ""
    kind: Literal["fault", "hung", "user"] = "fault"
    """user: a person can fix it, and nothing else."""


def frame(message: Any) -> bytes:
    """Return a message as it goes over the pipe."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def read_message(stream: BinaryIO) -> Any:
    """Wait for a message; None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None


class Pipe:
    """The end of the process that uses a host: nothing here ever waits."""

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.is_closed = False
        """True when the other end has gone; what it had said before was still read."""
        self._target = target
        self._incoming, self._outgoing = bytearray(), bytearray()
        for one in (source, target):
            os.set_blocking(one, False)

    def send(self, message: Any) -> None:
        """Send a message as far as the other end takes it; the rest follows with `flush`."""
        self._outgoing += frame(message)
        self.flush()

    def flush(self) -> None:
        """Send on what could not be sent yet."""
        try:
            while self._outgoing and not self.is_closed:
                del self._outgoing[: os.write(self._target, self._outgoing[:_PIECE])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.is_closed = True

    def receive(self) -> Iterator[Any]:
        """Yield the messages that are there, each once it is whole."""
        self._read()
        while len(self._incoming) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._incoming)
            end = _LENGTH.size + length
            if len(self._incoming) < end:
                return
            message = pickle.loads(bytes(self._incoming[_LENGTH.size : end]))
            del self._incoming[:end]
            yield message

    def close(self) -> None:
        """Close both pipes."""
        self.is_closed = True
        for one in (self.source, self._target):
            os.close(one)

    def _read(self) -> None:
        try:
            while piece := os.read(self.source, _PIECE):
                self._incoming += piece
            self.is_closed = True
        except BlockingIOError:
            return
