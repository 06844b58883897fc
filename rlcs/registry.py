"""Names that configurations use, and the decorators that register what stands behind them.

One file with one decorated function or class is all it takes to add a verifier, a sampler, an advantage
estimator or a loss; nothing else changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from rlcs.errors import UserError, unknown_name

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """A table from name to object. Registering a name twice is an error; an unknown name lists the near ones."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Entry) -> None:
        """Register `entry`; the same definition loaded again (a plug-in file read twice) replaces itself."""
        known = self._entries.get(name)
        if known is not None and _origin(known) != _origin(entry):
            raise UserError(
                f"{self.kind} {name!r} is registered twice: by {_origin(known)} and {_origin(entry)}; rename one"
            )
        self._entries[name] = entry

    def get(self, name: str) -> Entry:
        """Return the entry called `name`, or raise a UserError naming the nearest known name."""
        if name not in self._entries:
            raise unknown_name(self.kind, name, self._entries)
        return self._entries[name]

    def names(self) -> list[str]:
        """Return all registered names, sorted."""
        return sorted(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Use as a decorator: `@SAMPLERS.register("tiers")` above a class or function."""

        def decorate(entry: Entry) -> Entry:
            self.add(name, entry)
            return entry

        return decorate


def _origin(entry: Any) -> str:
    target = getattr(entry, "function", entry)
    try:
        return f"{inspect.getfile(target)}:{target.__qualname__}"
    except (TypeError, AttributeError):
        return repr(target)


SAMPLERS: Registry[Any] = Registry("sampler")
ADVANTAGES: Registry[Callable[..., Any]] = Registry("advantage estimator")
LOSSES: Registry[Callable[..., Any]] = Registry("loss")
