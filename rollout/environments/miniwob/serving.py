"""The files of MiniWoB++ as the browser asks for them: read once, and nothing else."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rlcs.miniwob.library import html_folder
from rollout.environments.browser.page import Served

ORIGIN = "http://miniwob.invalid/"


def address_of(task: str) -> str:
    """Return the address of a task's page."""
    return f"{ORIGIN}miniwob/{task}.html"


@lru_cache(maxsize=1024)
def serve(address: str) -> Served | None:
    """Return what is at an address; None where there is nothing of MiniWoB++."""
    if not address.startswith(ORIGIN):
        return None
    root = html_folder().resolve()
    file = (root / unquote(urlsplit(address).path).lstrip("/")).resolve()
    if not (file.is_relative_to(root) and file.is_file()):
        return None
    return _type(file), file.read_bytes()


def _type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("javascript") else kind
