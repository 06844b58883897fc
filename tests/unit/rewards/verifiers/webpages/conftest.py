"""The browser of these tests: none is left running."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psutil
import pytest

from rewards.sandbox.browser import find_program
from rewards.sandbox.browser_launcher import PREFIX
from rewards.verifiers.webpages import pages as webpage_pages
from rlcs.errors import UserError


@pytest.fixture(scope="module")
def chromium() -> Iterator[None]:
    """Skip where there is no Chromium; leave none running."""
    try:
        find_program()
    except UserError as error:
        pytest.skip(str(error))
    yield
    webpage_pages.close_browsers()
    assert processes() == [], "no browser stays behind"


@pytest.fixture(scope="module")
def browsers(chromium: None) -> Callable[[], list[psutil.Process]]:
    """A function that finds what runs of them."""
    return processes


def processes() -> list[psutil.Process]:
    """Browsers of this machine that a launcher of ours started and that still run."""
    return [one for one in psutil.process_iter() if any(PREFIX in word for word in words(one))]


def words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
