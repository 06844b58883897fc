"""What the tests of environments need of this machine, and a browser that is none's afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rewards.sandbox.browser import find_program
from rlcs.errors import UserError
from rlcs.miniwob.library import html_folder
from rollout.environments.browser import shared


@pytest.fixture(scope="session")
def chromium() -> Iterator[None]:
    """Skip where there is no Chromium; leave none running."""
    try:
        find_program()
    except UserError as error:
        pytest.skip(str(error))
    yield
    shared.close_browsers()


@pytest.fixture(scope="session")
def miniwob(chromium: None) -> None:
    """Skip where MiniWoB++ or Chromium are not there."""
    try:
        html_folder()
    except UserError as error:
        pytest.skip(str(error))
