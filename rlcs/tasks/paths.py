"""Finds what a source's `path` means: files, or a name or folder for the datasets library."""

from __future__ import annotations

import glob
from pathlib import Path

from rlcs.errors import UserError, nearest

FILE_SUFFIXES = (".jsonl", ".json", ".parquet")

_GLOB_CHARACTERS = "*?["
_OTHER_DATA_SUFFIXES = (".csv", ".tsv", ".txt", ".arrow", ".gz", ".zst", ".zip", ".ndjson", ".yaml", ".xlsx")


def find_files(path: str) -> list[Path]:
    """Return the files of a source, sorted; none when `path` is a folder or a name for the datasets library.

    Raises UserError when `path` is meant as a file but there is none, or when its kind is not one we read.
    """
    expanded = str(Path(path).expanduser())
    if Path(expanded).is_dir():
        return []
    if not Path(expanded).exists() and any(character in path for character in _GLOB_CHARACTERS):
        return _globbed(path, expanded)
    if Path(expanded).is_file():
        return [_readable(Path(expanded))]
    if _is_meant_as_file(path):
        raise missing_file(path)
    return []


def missing_file(path: str) -> UserError:
    """Build the error for a file that is not there, naming the nearest one that is."""
    wanted = Path(path).expanduser()
    folder = wanted.parent
    if not folder.is_dir():
        return UserError(f"no file {path}: there is no folder {folder.absolute()}; check the path")
    guess = nearest(wanted.name, (entry.name for entry in folder.iterdir()))
    hint = f"did you mean {folder / guess}?" if guess else f"nothing like it in {folder.absolute()}"
    return UserError(f"no file {path}: {hint}")


def _globbed(path: str, pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
    if not found:
        raise UserError(f"no file matches {path} (in {Path.cwd()}); check the pattern")
    return [_readable(file) for file in found]


def _readable(file: Path) -> Path:
    if file.suffix not in FILE_SUFFIXES:
        raise UserError(f"cannot read {file}: expected one of {', '.join(FILE_SUFFIXES)}; convert it first")
    return file.absolute()


def _is_meant_as_file(path: str) -> bool:
    """A hub name is `name` or `owner/name`; anything rooted, deeper, or with the ending of a data file is a path."""
    is_rooted = path.startswith(("/", "./", "../", "~"))
    return is_rooted or path.count("/") > 1 or Path(path).suffix in (*FILE_SUFFIXES, *_OTHER_DATA_SUFFIXES)
