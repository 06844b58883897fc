"""What is there on a machine of the cluster. These functions run on each, before anything loads; light imports only."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SAME_EVERYWHERE = ("rlcs", "torch", "transformers", "deepspeed")
"""Distributions whose versions must agree: ranks compute together, engines must agree with them."""

Files = Mapping[str, int]
"""Name -> size in bytes."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the workers of a job read on whatever machine they run."""

    folders: Mapping[str, tuple[str, Files]]
    """Setting -> (folder, the files that it has where the run is)."""
    modules: tuple[str, ...]
    """Plug-ins that are modules of installed packages."""
    versions: Mapping[str, str]


def files_of(folder: str | Path) -> dict[str, int]:
    """Return the files of a model folder with their sizes; what begins with a dot, and folders in it, do not count."""
    found = (path for path in Path(folder).iterdir() if not path.name.startswith("."))
    return {path.name: path.stat().st_size for path in found if path.is_file()}


def versions_here() -> dict[str, str]:
    """Return the versions of what must be the same everywhere, without the builds (cpu, cu130)."""
    found = {}
    for name in SAME_EVERYWHERE:
        try:
            found[name] = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def problems_here(wanted: Wanted) -> list[str]:
    """Return what of `wanted` this machine lacks, each in words that go on after its name."""
    problems = []
    for setting, (folder, files) in wanted.folders.items():
        problem = _problem_of(folder, files)
        problems += [f"{problem} ({setting}): copy it there, or keep it where all nodes read it"] if problem else []
    for module in wanted.modules:
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            problems.append(f"cannot import the plug-in {module}: install it there too")
    for name, here in versions_here().items():
        if wanted.versions.get(name, here) != here:
            problems.append(f"has {name} {here} and not {wanted.versions[name]}: install the same everywhere")
    return problems


def _problem_of(folder: str, files: Files) -> str | None:
    if not Path(folder).is_dir():
        return f"has no folder {folder}"
    there = files_of(folder)
    for name, size in files.items():
        if name not in there:
            return f"has no file {folder}/{name}"
        if there[name] != size:
            return f"has another {folder}/{name}, of {there[name]:,} bytes and not {size:,}"
    return None


def write_probe(file: str) -> str | None:
    """Write a file that the run looks for; return why that cannot be, or None."""
    folder = Path(file).parent
    if not folder.is_dir():
        return f"it has no folder {folder}"
    try:
        Path(file).write_text(file)
    except OSError as error:
        return f"it cannot write into {folder}: {error.strerror}"
    return None


def remove_probe(file: str) -> None:
    """Remove what `write_probe` wrote, on the machine that wrote it."""
    if os.path.exists(file):
        os.remove(file)
