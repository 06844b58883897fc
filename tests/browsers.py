"""Which browsers of this machine tests look at: their own, not those of tests that run beside them."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

import psutil

from rewards.sandbox import browser_launcher
from rewards.sandbox.browser_launcher import PREFIX

LAUNCHER = Path(browser_launcher.__file__).name


def running() -> list[psutil.Process]:
    """Return what runs of browsers that this process started, and of those that nobody has any more."""
    return [one for one in psutil.process_iter() if _is_browser(one) and _is_ours(one)]


def still_running(*, besides: Collection[psutil.Process] = (), seconds: float = 10.0) -> list[psutil.Process]:
    """Return what else has not ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := [one for one in running() if one not in besides]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _is_browser(process: psutil.Process) -> bool:
    return PREFIX in _command(process)


def _is_ours(process: psutil.Process) -> bool:
    """Whether we are above it, or nobody is but init: each launcher has the one that it works for above it."""
    try:
        above = [one for one in process.parents() if not _is_browser(one) and LAUNCHER not in _command(one)]
    except psutil.Error:
        return False
    return all(one.pid == 1 for one in above) or any(one.pid == os.getpid() for one in above)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
