"""Writes constraints/cpu.txt and gpu.txt anew: the newest versions that fit pyproject.toml, resolved by pip.

Nothing is installed; `make lock` runs it. Run the tests with the new versions before you commit them.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATER_PYTHONS = ("setuptools<81", "six")
"""What vLLM asks for from Python 3.12 on only: with these, what an older Python resolves holds on all of them."""
STATES = {
    "cpu": "Committed once all tests passed with these versions.",
    "gpu": "Resolved on a host without a GPU; not installed and not run: no test has seen these versions together.",
}


def surroundings(extra: str) -> dict[str, str]:
    """Return the environment of pip: for GPUs without further indexes, whose CPU builds of torch it would prefer."""
    if extra == "cpu":
        return dict(os.environ)
    more = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS")
    return {key: value for key, value in os.environ.items() if key not in more} | {"PIP_CONFIG_FILE": os.devnull}


def resolve(extra: str) -> dict[str, str]:
    """Return what pip would install for `rlcs[extra,dev]` where nothing is installed: package to version."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    result = subprocess.run(
        [*command, f"{ROOT}[{extra},dev]", *LATER_PYTHONS], env=surroundings(extra), stdout=subprocess.PIPE, check=True
    )
    found = [package["metadata"] for package in json.loads(result.stdout)["install"]]
    # The build (2.13.0+cpu) follows from the index that a host uses.
    return {canonical(one["name"]): one["version"].split("+")[0] for one in found if one["name"] != "rlcs"}


def canonical(name: str) -> str:
    """Return a package's name as registries compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def text(extra: str, versions: dict[str, str]) -> str:
    """Return the file: how it came about, and a line per package."""
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    head = f"# What pip resolved rlcs[{extra},dev] to, with {python}. `make lock` renews it.\n# {STATES[extra]}\n"
    return head + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def main() -> None:
    """Resolve both extras, and write only when both could be."""
    files = {}
    for extra in STATES:
        print(f"resolving rlcs[{extra},dev] (a minute or more)", flush=True)
        files[ROOT / "constraints" / f"{extra}.txt"] = text(extra, resolve(extra))
    for file, content in files.items():
        file.write_text(content, encoding="utf-8")
        print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
