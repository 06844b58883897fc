"""Every folder's docstring names its files, and the picture of the layers is the one that is enforced."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from places import ROOT

PACKAGES = ("rlcs", "rewards", "curriculum", "rollout")
FOLDERS = sorted(
    init.parent.relative_to(ROOT).as_posix() for name in PACKAGES for init in (ROOT / name).rglob("__init__.py")
)


def docstring_of(folder: str) -> str:
    """Return the docstring of a folder's `__init__.py`."""
    return ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))) or ""


def contents_of(folder: str) -> list[str]:
    """Return what a folder holds as its docstring should name it: `file.py` and `package/`."""
    files = [file.name for file in (ROOT / folder).glob("*.py") if file.stem not in ("__init__", "__main__")]
    return sorted([*files, *(f"{init.parent.name}/" for init in (ROOT / folder).glob("*/__init__.py"))])


def picture() -> list[str]:
    """Return the lines of the picture of the layers."""
    return re.findall(r"^    \S.*$", docstring_of("rlcs"), re.MULTILINE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_names_each_of_its_files_on_a_line_and_no_other(folder: str) -> None:
    assert sorted(re.findall(r"^(\w+(?:\.py|/))\s+\S", docstring_of(folder), re.MULTILINE)) == contents_of(folder)


def test_all_python_files_lie_in_packages() -> None:
    homes = {file.parent.relative_to(ROOT).as_posix() for name in PACKAGES for file in (ROOT / name).rglob("*.py")}
    assert homes == set(FOLDERS)


def test_the_picture_shows_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = [contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers"]
    enforced = [{module.strip().rsplit(".", 1)[-1] for module in re.split("[|:]", layer)} for layer in layers]
    assert [{name.rstrip("/") for name in line.split("#")[0].split()} for line in picture()] == enforced


def test_the_readme_has_the_same_picture() -> None:
    assert "\n".join(picture()) in (ROOT / "README.md").read_text(encoding="utf-8")
