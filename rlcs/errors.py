"""Errors that a person can fix, told in one plain line: what was got, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the person running RLCS can fix; the command line prints it plainly and exits with 2."""


class RunStopped(UserError):
    """The run stopped itself because going on would have trained on wrong data or stale weights."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when nothing is close."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return close[0] if close else None


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Build the error for a name nobody registered: `unknown verifier 'mth': did you mean 'math'? known: …`."""
    names = sorted(known)
    guess = nearest(name, names)
    hint = f": did you mean {guess!r}?" if guess else ";"
    return UserError(f"unknown {kind} {name!r}{hint} known: {', '.join(names) or 'none'}")
