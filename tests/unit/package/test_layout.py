"""Everything has its place: tests mirror the packages, no files import one another in a circle, the root is small."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest
from places import ROOT

PACKAGES = ("rlcs", "rewards", "curriculum", "rollout")
UNIT = ROOT / "tests" / "unit"
BEHAVIOUR = "behaviour"
"""The folder for tests of several modules at once; it stands in the folder of the package that they are about."""
MAX_LOOSE_FILES = 16
TESTS = [file.relative_to(UNIT) for file in sorted(UNIT.rglob("test_*.py")) if file.parent != UNIT / "package"]


def module_of(test: Path) -> Path:
    """Return the module that bears a test's name: curriculum/test_drawing.py gives curriculum/drawing.py."""
    return test.with_name(test.name.removeprefix("test_"))


def out_of_place(test: Path, root: Path) -> str | None:
    """Return what is wrong with the place of a test (a path below tests/unit) of the packages below `root`, or None."""
    if test.parent.name != BEHAVIOUR:
        return None if (root / module_of(test)).is_file() else f"there is no {module_of(test)}"
    package = test.parent.parent
    if not (root / package / "__init__.py").is_file():
        return f"{package} is no package"
    own = module_of(package / test.name)
    return f"it bears the name of {own} and belongs beside {BEHAVIOUR}/" if (root / own).is_file() else None


def circles(graph: grimp.ImportGraph) -> list[str]:
    """Return every import that leads back to the importing file, with the shortest way back."""
    imports = [(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)]
    ways = [(one, graph.find_shortest_chain(other, one)) for one, other in sorted(imports)]
    return [" -> ".join((one, *way)) for one, way in ways if way is not None]


@pytest.mark.parametrize("test", TESTS, ids=str)
def test_a_test_stands_where_what_it_tests_stands(test: Path) -> None:
    assert out_of_place(test, ROOT) is None


def test_a_test_out_of_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    (tmp_path / "pack" / "one.py").touch()
    told = {
        "pack/test_one.py": None,
        "pack/test_two.py": "there is no pack/two.py",
        "pack/behaviour/test_two.py": None,
        "pack/behaviour/test_one.py": "it bears the name of pack/one.py and belongs beside behaviour/",
        "other/behaviour/test_two.py": "other is no package",
    }
    assert {test: out_of_place(Path(test), tmp_path) for test in told} == told


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert {"rlcs.train", "rewards.scorer", "curriculum.curriculum", "rollout.vllm_engine"} <= graph.modules
    assert circles(graph) == []


def test_a_circle_is_told_with_the_whole_way() -> None:
    graph = grimp.ImportGraph()
    for one, other in (("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")):
        graph.add_import(importer=one, imported=other)
    assert circles(graph) == ["b -> c -> b", "c -> b -> c"]


def test_the_root_of_rlcs_holds_commands_and_what_everyone_shares_only() -> None:
    assert len(list((ROOT / "rlcs").glob("*.py"))) <= MAX_LOOSE_FILES
