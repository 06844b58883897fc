"""What the documents name is there: files, folders, links and tests; and the index leads to every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import DOCS, ROOT

# The changelog is about what was.
PAGES = sorted({*ROOT.glob("*.md"), *DOCS.rglob("*.md")} - {ROOT / "CHANGELOG.md"})
# `rollout/num_tasks` is a metric, `curriculum/step-1.parquet` a file of a run: in these a path ends in .py or a slash.
PATH = re.compile(
    r"(?<![\w/.…-])("
    r"(?:rlcs|configs|docs|tests|examples)/[\w./-]*(?![\w<*{…])"
    r"|(?:rewards|curriculum|rollout)/(?:[\w/]*\w\.py\b|[\w/]*(?<=/)(?![\w<*{…-]))"
    r")"
)


def relative(page: Path) -> str:
    """Return the path of a page from the root of the project."""
    return page.relative_to(ROOT).as_posix()


def links_of(page: Path) -> set[Path]:
    """Return the files and folders that a page links to."""
    targets = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


def paths_of(text: str) -> list[str]:
    """Return the paths from the root of the project that a text names."""
    return [path.rstrip(".") for path in PATH.findall(text)]


def test_paths_are_told_from_metrics_and_run_folders() -> None:
    text = (
        "`rlcs/run/`, rewards/registry.py. curriculum/step-1.parquet curriculum/bandit/<domain> (`rollout/`) rollout/x"
    )
    assert paths_of(text) == ["rlcs/run/", "rewards/registry.py", "rollout/"]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = {ROOT / path for path in paths_of(page.read_text(encoding="utf-8"))}
    assert sorted(str(path) for path in named | links_of(page) if not path.exists()) == []


def test_every_test_that_a_page_names_exists() -> None:
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+_\w+)`", page.read_text(encoding="utf-8"))}
    assert sorted(name for name in named if f"def {name}(" not in tests) == []


def test_the_index_leads_to_every_page() -> None:
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {DOCS / "index.md"}
    assert links_of(DOCS / "index.md") == pages
