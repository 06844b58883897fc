"""Errors that a person can fix, told in one plain line: what was got, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something the person running RLCS can fix; the command line prints it plainly and exits with 2."""


class MissingPart(UserError):
    """Something that this needs is not installed: no fault of any row, so none is skipped for it."""


class RunStopped(UserError):
    """The run stopped itself because going on would have trained on wrong data or stale weights."""


class WorkerLost(RunStopped):
    """A worker process died; what it was doing must be done again, elsewhere or by a resumed run."""

    def __init__(self, worker: str, reason: str) -> None:
        # Both go to the base class: that is what survives a trip between processes.
        super().__init__(worker, reason)
        self.worker = worker
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.worker} died {self.reason}; look for the cause (memory?), then go on (rlcs train: --resume)"


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


@contextmanager
def loading(model: str, *, key: str = "model.path") -> Iterator[None]:
    """Tell plainly when a model cannot be read; `key` is the setting that names it."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot load {key}={model}: {str(error).strip().splitlines()[0]}") from error
    except ValueError as error:
        if "trust_remote_code" not in str(error):
            raise
        message = f"{key}={model} needs code that comes with it; if you trust it: model.trust_remote_code=true"
        raise UserError(message) from error


@contextmanager
def writing(path: object) -> Iterator[None]:
    """Tell plainly when something cannot be written: a disk that is full, a folder that is gone."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error).strip().splitlines()[0]
        raise RunStopped(
            f"cannot write {path}: {why}; make room or bring the folder back, then go on (rlcs train: --resume)"
        ) from error
