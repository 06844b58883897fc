"""The browser of these tests: none is left running."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psutil
import pytest
from browsers import running, still_running

from rewards.sandbox.browser import find_program
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
    assert still_running() == [], "no browser stays behind"


@pytest.fixture(scope="module")
def browsers(chromium: None) -> Callable[[], list[psutil.Process]]:
    """A function that finds what runs of them."""
    return running
