"""miniwob:// paths."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.miniwob import library
from rlcs.miniwob.catalogue import LEFT_OUT, check_task, usable_tasks
from rlcs.miniwob.paths import MAX_SEED, parse_path
from rlcs.miniwob.rows import COLUMNS, generate_rows
from rlcs.tasks.generated import generator_of

try:
    library.html_folder()
except UserError as error:
    pytest.skip(str(error), allow_module_level=True)


def test_a_row_for_each_task_and_seed_the_tasks_in_turn() -> None:
    rows = list(generate_rows(parse_path("miniwob://click-test-2+enter-text?seeds=5-6")))
    assert [row["id"] for row in rows] == ["click-test-2-5", "enter-text-5", "click-test-2-6", "enter-text-6"]
    assert rows[1]["params"] == {"page": "enter-text", "page_seed": 5} and rows[1]["subcategory"] == "enter-text"
    assert tuple(rows[0]) == COLUMNS


def test_the_pages_of_the_splits_are_others() -> None:
    train, held_out = (
        {row["params"]["page_seed"] for row in generate_rows(parse_path(f"miniwob://click-test?split={split}"))}
        for split in ("train", "eval")
    )
    assert len(train) == 64 and min(held_out) == MAX_SEED and not train & held_out


def test_all_stands_for_every_task_that_can_be_used() -> None:
    tasks = parse_path("miniwob://all?seeds=0").tasks
    assert len(tasks) == 130 - len(LEFT_OUT) and not LEFT_OUT.keys() & set(tasks)
    assert set(LEFT_OUT) <= set(library.all_tasks()) and sorted(tasks) == usable_tasks()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("miniwob://click-tset", "did you mean 'click-test'"),
        ("miniwob://choose-list", "cannot be used: its list opens in a window of the system"),
        ("miniwob://click-test?seed=1", "did you mean 'seeds'"),
        ("miniwob://click-test?split=test", "split"),
        ("miniwob://click-test?seeds=5-3", "no range"),
        ("miniwob://click-test?seeds=0-1000000", "no range"),
    ],
)
def test_what_cannot_be_is_told(path: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        parse_path(path)


def test_a_source_of_tasks_reads_them() -> None:
    generator = generator_of("miniwob://click-test?seeds=1-2")
    assert generator is not None
    assert generator.columns("miniwob://click-test?seeds=1-2") == COLUMNS
    assert len(list(generator.rows("miniwob://click-test?seeds=1-2"))) == 2
    assert library.version() in generator.stamps()


def test_a_task_is_checked_by_name() -> None:
    check_task("click-test")
    with pytest.raises(UserError, match="real time"):
        check_task("simon-says")
