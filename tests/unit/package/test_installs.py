"""What an installation gets: constraints that agree with pyproject.toml, and a source distribution that is whole."""

from __future__ import annotations

import importlib.metadata
import tarfile
import tomllib
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LATER_PYTHONS = [{"python_version": version, "python_full_version": f"{version}.0"} for version in ("3.12", "3.13")]


def constraints(extra: str) -> dict[str, Requirement]:
    """Return the lines of a constraints file by name; two lines of one name are an error."""
    lines = (ROOT / "constraints" / f"{extra}.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    named = {canonicalize_name(one.name): one for one in found}
    assert len(named) == len(found)
    return named


def direct_dependencies(extra: str) -> list[Requirement]:
    """Return what `rlcs[extra,dev]` asks for itself; extras within extras resolved."""
    extras = PROJECT["optional-dependencies"]
    found = [Requirement(text) for text in [*PROJECT["dependencies"], *extras["dev"], *extras[extra]]]
    within = [Requirement(text) for one in found if one.name == "rlcs" for name in one.extras for text in extras[name]]
    return [one for one in [*found, *within] if one.name != "rlcs"]


@pytest.mark.parametrize("extra", ["cpu", "gpu"])
def test_every_direct_dependency_has_a_constraint_within_its_bounds(extra: str) -> None:
    pinned = constraints(extra)
    for requirement in direct_dependencies(extra):
        (pin,) = pinned[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version, prereleases=True), requirement


@pytest.mark.parametrize("extra", ["cpu", "gpu"])
def test_a_constraint_is_one_version_without_a_build(extra: str) -> None:
    pins = [list(requirement.specifier) for requirement in constraints(extra).values()]
    assert all([pin.operator for pin in one] == ["=="] and "+" not in one[0].version for one in pins)


def test_later_pythons_find_their_packages_constrained_too() -> None:
    pinned = constraints("cpu")
    for name in pinned.keys() & {canonicalize_name(one.name) for one in importlib.metadata.distributions()}:
        for requirement in map(Requirement, importlib.metadata.requires(name) or []):
            needed = requirement.marker is None or any(
                requirement.marker.evaluate({**python, "extra": ""}) for python in LATER_PYTHONS
            )
            assert not needed or canonicalize_name(requirement.name) in pinned, (name, requirement)


def test_the_source_distribution_has_what_a_developer_needs(tmp_path: Path) -> None:
    (built,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(built) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    top = {name.split("/")[0] for name in names}
    assert top >= {
        "rlcs", "rewards", "curriculum", "rollout", "configs", "examples", "docs", "tests", "constraints",
        "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
    }  # fmt: skip
    assert {"constraints/cpu.txt", "constraints/renew.py", "examples/own_data/questions.jsonl"} <= names
