"""The address of a page is its whole state: domain, task, step, filters. A link shows a colleague the same page.

Addresses come from outside: what is unknown or malformed is left out, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from rlcs.dashboard.data.curves import AXES
from rlcs.dashboard.data.view import View

PAGES = {
    "/": "Overview",
    "/curriculum": "Curriculum",
    "/tasks": "Tasks",
    "/rollouts": "Rollouts",
    "/compare": "Compare",
}
PART = ("domain", "source", "subcategory")
"""Which part of a run a page is about."""
KEPT = ("run", "axis", "smoothing", *PART)
"""What goes along to another page; everything else is about one page."""
DEFAULTS = {"axis": "step", "smoothing": "1", "metric": "reward/mean"}
"""Values that go without saying, and so never stand in an address."""
MAX_SMOOTHING = 1000
_MAX_LENGTH = 8_000
_MAX_VALUE = 2_000
_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Address:
    """A page and its parameters, text by name; an empty value is the same as none."""

    page: str = "/"
    values: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a parameter; empty when it is not given."""
        return self.values.get(name, "")

    def number(self, name: str) -> int | None:
        """Return a parameter as a whole number >= 0; None when it is not one."""
        return _whole(self[name])

    def numbers(self, name: str) -> tuple[int, int] | None:
        """Return a parameter as two whole numbers, written `12-3`; None when it is not that."""
        first, dash, second = self[name].partition("-")
        pair = (_whole(first), _whole(second))
        return (pair[0], pair[1]) if dash and pair[0] is not None and pair[1] is not None else None

    def flag(self, name: str) -> bool | None:
        """Return a parameter written `yes` or `no`; None when it is neither."""
        return {"yes": True, "no": False}.get(self[name])

    def but(self, page: str | None = None, **changes: str | int | None) -> Address:
        """Return this address with other values; to another page only what it shares goes along."""
        kept = self.values if page in (None, self.page) else {name: self[name] for name in KEPT}
        values = {**kept, **{name: "" if value is None else str(value) for name, value in changes.items()}}
        said = {name: value for name, value in values.items() if value and value != DEFAULTS.get(name)}
        return replace(self, page=page or self.page, values=said)

    def about(self, page: str | None = None, **changes: str | int | None) -> Address:
        """Return the same about another part of the run: what `changes` leave out of domain, source, … is all of it."""
        return self.but(page, **{**dict.fromkeys(PART), **changes})

    @property
    def part(self) -> dict[str, Any]:
        """What PART says here."""
        return {name: self[name] for name in PART}

    @property
    def href(self) -> str:
        """The address as a link."""
        return self.page + self.search

    @property
    def search(self) -> str:
        """The parameters as they stand in the address, sorted; empty when there are none."""
        return f"?{urlencode(sorted(self.values.items()))}" if self.values else ""

    @property
    def view(self) -> View:
        """What the figures need to know."""
        target = _fraction(self["target"])
        return View(
            axis=self["axis"] if self["axis"] in AXES else DEFAULTS["axis"],
            smoothing=min(max(self.number("smoothing") or 1, 1), MAX_SMOOTHING),
            **self.part,
            task_id=self["task"],
            metric=self["metric"] or DEFAULTS["metric"],
            target=target,
        )


def read_address(page: str | None, search: str | None) -> Address:
    """Return the address of what a browser shows; an unknown page is the overview."""
    pairs = parse_qsl((search or "").removeprefix("?")[:_MAX_LENGTH])
    known = (page or "/").rstrip("/") or "/"
    return Address(known if known in PAGES else "/", dict(_usable(pairs)))


def _usable(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        if re.fullmatch(r"[a-z_]{1,20}", name) and value:
            yield name, value[:_MAX_VALUE]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


def _fraction(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[01]?\.?\d{1,6}", text, re.ASCII) else None
