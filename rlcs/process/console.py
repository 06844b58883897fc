"""What a person sees: plain lines, warnings, and a spinner or bar where something takes long."""

from __future__ import annotations

import logging
import math
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")

console = Console(highlight=False, soft_wrap=True)
log = logging.getLogger("rlcs.process")

SAME_WARNING_S = 60.0


def say(text: str) -> None:
    """Print one plain line; it goes into log.txt of the run as well."""
    console.print(text, markup=False)
    log.info(text)


def command(name: str) -> str:
    """Return how a person calls a program of this environment: by its name where the shell would find it."""
    own, found = Path(sys.executable).with_name(name), shutil.which(name)
    if found is not None and own.exists() and Path(found).samefile(own):
        return name
    called_by = Path(sys.argv[0])
    return str(own if called_by.is_absolute() else called_by.with_name(name))


@contextmanager
def quiet() -> Iterator[None]:
    """Print nothing meanwhile; log.txt has it all."""
    console.quiet = True
    try:
        yield
    finally:
        console.quiet = False


class WarningPrinter(logging.Handler):
    """Shows warnings between the lines of the console, each kind at most once a minute; log.txt has them all."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._last_shown: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record, unless one made of the same template was printed less than a minute ago."""
        kind = str(record.msg)
        now = time.monotonic()  # record.created jumps with the clock, and an hour's warnings would be lost
        if now - self._last_shown.get(kind, -math.inf) < SAME_WARNING_S:
            return
        self._last_shown[kind] = now
        console.print(f"{record.levelname.lower()}: {record.getMessage()}", markup=False, style="yellow")


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Write the log of this process to log.txt of the run folder, and show its warnings."""
    to_file = logging.FileHandler(folder / "log.txt", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handlers: list[logging.Handler] = [to_file, WarningPrinter()]
    logger = logging.getLogger("rlcs")
    logger.setLevel(logging.INFO)
    for handler in handlers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show that something slow is going on: a spinner on a terminal, one line elsewhere."""
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        say(text)
        yield


def track(items: Iterable[Item], *, total: int, text: str) -> Iterator[Item]:
    """Yield the items behind a progress bar that goes away when done; elsewhere than on a terminal, without one."""
    if not console.is_terminal:
        yield from items
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=text)
