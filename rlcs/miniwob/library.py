"""The HTML of MiniWoB++: found without importing its package, which would bring Selenium and Gymnasium."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import cache
from pathlib import Path

from rlcs.errors import UserError

INSTALL = "pip install 'rlcs[miniwob]', or, of that alone, pip install --no-deps miniwob"


@cache
def html_folder() -> Path:
    """Return the folder with the tasks' HTML. Raises UserError, with the command that brings it, without it."""
    spec = importlib.util.find_spec("miniwob")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / "html").is_dir():
            return folder
    raise UserError(f"MiniWoB++ is not installed; get it by {INSTALL}")


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("miniwob")


@cache
def all_tasks() -> tuple[str, ...]:
    """Return the names of all tasks that the package has, usable or not."""
    return tuple(sorted(file.stem for file in (html_folder() / "miniwob").glob("*.html")))
