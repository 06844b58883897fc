"""Shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

HAS_GPU = Path("/dev/nvidia0").exists()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU on machines without one."""
    if HAS_GPU:
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="no GPU on this machine"))
