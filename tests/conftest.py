"""Shared by all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rlcs.process.environment import load_numpy

load_numpy()

from hypothesis import settings  # noqa: E402  (nothing that imports numpy may come before)

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

HAS_GPU = Path("/dev/nvidia0").exists()


def pytest_configure() -> None:
    """Let Ctrl-C act, in the tests and in what they start: a shell starts background commands with it ignored.

    No example of a property has a deadline: a busy machine is not a fault of the code.
    """
    settings.register_profile("rlcs", deadline=None)
    settings.load_profile("rlcs")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """With `-n 2`, one process goes through the tests that share engines, while the other does the rest."""
    from xdist.scheduler import LoadScopeScheduling

    class Beside(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "integration" if nodeid.startswith("tests/integration/") else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # in the order of collection, where the longest scope comes early
    return Beside(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU on machines without one."""
    if HAS_GPU:
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="no GPU on this machine"))


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the browser saves files."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[Chrome]:
    """A headless Chromium for the tests of a file, which skip themselves where there is none."""
    from browser import chromium

    with chromium(downloads) as driver:
        yield driver
