"""The pool: rows of several sources under one numbering, what the curriculum sees of them, and taking tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import TaskPool, load_pool, split_holdout

Build = Callable[..., SourceConfig]
Refusal = Callable[..., str]


def rows(*answers: str, **columns: Any) -> list[dict[str, Any]]:
    return [{"prompt": f"p{answer}", "answer": answer, **columns} for answer in answers]


def pool_of(make_source: Build, num_tasks: int) -> TaskPool:
    return load_pool([make_source(*rows(*[str(number) for number in range(num_tasks)]))])


def ids(pool: TaskPool) -> list[str]:
    found: list[str] = pool.index.ids.to_pylist()
    return found


def test_rows_count_through_the_sources_in_their_order(make_source: Build) -> None:
    b = make_source(*rows("0", "1", "2"), name="b", domain="stem.physics", proportion=3.0)
    a = make_source(*rows("3", "4"), name="a", proportion=1.0)
    pool = load_pool([b, a])
    index = pool.index
    assert (len(pool), len(index)) == (5, 5)
    assert ids(pool) == ["b:0", "b:1", "b:2", "a:0", "a:1"]
    assert (index.sources, index.source.tolist()) == (("b", "a"), [0, 0, 0, 1, 1])
    assert (index.domains, index.domain.tolist()) == (("stem.math", "stem.physics"), [1, 1, 1, 0, 0])
    assert index.proportions == (0.75, 0.25)
    assert np.isnan(index.difficulty).all()
    assert index.difficulty.dtype == np.float32


def test_equal_ids_of_two_sources_are_two_tasks(make_source: Build) -> None:
    sources = [make_source(*rows("1", key="x"), name=name, fields={"id": "key"}) for name in ("a", "b")]
    assert ids(load_pool(sources)) == ["a:x", "b:x"]


@pytest.mark.parametrize(
    ("proportions", "expected"), [((1, 1, 1), (1 / 3, 1 / 3, 1 / 3)), ((0.2, 0.5, 0.1), (0.25, 0.625, 0.125))]
)
def test_proportions_sum_to_one_whatever_the_sizes(
    make_source: Build, proportions: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    sources = [
        make_source(*rows(*"12345"[: number + 1]), name=f"s{number}", proportion=proportion)
        for number, proportion in enumerate(proportions)
    ]
    found = load_pool(sources).index.proportions
    assert found == pytest.approx(expected)
    assert sum(found) == pytest.approx(1.0)


def test_kinds_of_several_sources_share_one_list(make_source: Build) -> None:
    a = make_source(*rows("1", kind="y"), *rows("2", kind="x"), name="a", fields={"subcategory": "kind"})
    b = make_source(*rows("3"), name="b")
    index = load_pool([a, b]).index
    assert (index.subcategories, index.subcategory.tolist()) == (("", "x", "y"), [2, 1, 0])


def test_tasks_are_taken_in_the_order_asked_for_with_their_rows(make_source: Build) -> None:
    a = make_source(*rows("0", "1", grade="hard"), name="a", fields={"difficulty": "grade"})
    b = make_source(*rows("2", "3"), name="b")
    tasks = load_pool([a, b]).take(np.array([3, 0, 3, 1]))
    assert [(task.row, task.id, task.source, task.answer) for task in tasks] == [
        (3, "b:1", "b", "3"),
        (0, "a:0", "a", "0"),
        (3, "b:1", "b", "3"),
        (1, "a:1", "a", "1"),
    ]
    assert [task.difficulty for task in tasks] == [None, pytest.approx(0.2), None, pytest.approx(0.2)]
    assert load_pool([a]).take([]) == []


def test_a_selected_pool_is_numbered_anew(make_source: Build) -> None:
    a = make_source(*rows("0", "1"), name="a", proportion=3.0)
    b = make_source(*rows("2", "3"), name="b")
    pool = load_pool([a, b]).select([3, 0, 2]).select(np.array([2, 0]))
    assert [(task.row, task.id, task.answer) for task in pool.take([0, 1])] == [(0, "b:0", "2"), (1, "b:1", "3")]
    assert (ids(pool), pool.index.source.tolist()) == (["b:0", "b:1"], [1, 1])
    assert (pool.index.sources, pool.index.proportions) == (("a", "b"), (0.75, 0.25))


def test_blocks_are_all_tasks_once(make_source: Build) -> None:
    blocks = list(pool_of(make_source, 7).blocks(3))
    assert [[task.answer for task in block] for block in blocks] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_columns_come_with_the_rows_of_a_selected_pool(make_source: Build) -> None:
    pool = load_pool([make_source(*rows("0", "1"), name="a"), make_source(*rows("2", "3"), name="b")]).select([3, 1, 2])
    found = {
        row: answer
        for numbers, columns in pool.columns("answer")
        for row, answer in zip(numbers.tolist(), columns["answer"].to_pylist(), strict=True)
    }
    assert found == {0: '"3"', 1: '"1"', 2: '"2"'}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"proportion": 0.0}, "data source s: proportion=0.0 must be above 0; or leave it out"),
    ],
)
def test_a_source_that_cannot_be_mixed_is_told(
    make_source: Build, refusal: Refusal, settings: dict[str, Any], expected: str
) -> None:
    assert refusal(make_source(*rows("1"), **settings)).startswith(expected)


def test_two_sources_of_one_name_are_refused(make_source: Build, refusal: Refusal) -> None:
    source = make_source(*rows("1"))
    assert refusal(source, source) == "two data sources are named 's'; give each its own name"


def test_a_holdout_is_disjoint_and_complete_in_the_order_of_the_pool(make_source: Build) -> None:
    pool = pool_of(make_source, 50)
    rest, held_out = split_holdout(pool, 12, seed=3)
    assert (len(rest), len(held_out)) == (38, 12)
    assert sorted(ids(rest) + ids(held_out)) == sorted(ids(pool))
    for part in (rest, held_out):
        numbers = [int(task.answer) for task in part.take(range(len(part)))]
        assert numbers == sorted(numbers)


def test_the_seed_decides_what_is_held_out(make_source: Build) -> None:
    pool = pool_of(make_source, 50)
    first, again, other = (ids(split_holdout(pool, 12, seed=seed)[1]) for seed in (3, 3, 4))
    assert first == again
    assert first != other
    assert first != ids(pool)[:12]


@pytest.mark.parametrize("count", [5, 6])
def test_a_holdout_that_leaves_nothing_to_train_on_is_refused(make_source: Build, count: int) -> None:
    with pytest.raises(UserError) as caught:
        split_holdout(pool_of(make_source, 5), count, seed=0)
    assert str(caught.value) == f"data.holdout={count} of 5 tasks leaves nothing to train on; set it lower"


def test_a_gold_that_cannot_be_judged_is_a_bad_row(make_source: Build, refusal: Refusal) -> None:
    def check(source: str, gold: Any, params: dict[str, Any], sizes: Any) -> str | None:
        return "is no number" if gold == "x" else None

    message = refusal(make_source(*rows("1", "x")), check_gold=check)
    assert message == (
        "data source s: s.jsonl line 2: field 'answer', gold 'x': is no number; "
        "correct the row, or set on_bad_row: skip to leave such rows out"
    )


def test_golds_that_cannot_be_judged_are_skipped_and_listed(
    make_source: Build, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[tuple[str, Any, dict[str, Any]]] = []

    def check(source: str, gold: Any, params: dict[str, Any], sizes: Any) -> str | None:
        asked.append((source, gold, params))
        return "is no number" if gold == "x" else None

    a = make_source(*rows("1", "x", "2", "1", "x"), name="a", on_bad_row="skip")
    b = make_source(*rows("1", how={"unit": "m"}), *rows("1"), name="b", fields={"params": "how"}, on_bad_row="skip")
    pool = load_pool([a, b], check_gold=check)
    assert ids(pool) == ["a:0", "a:2", "a:3", "b:0"]
    assert [task.row for task in pool.take(range(4))] == [0, 1, 2, 3]
    # Equal golds of a source are asked about once; the same gold of another source again, with its params.
    assert asked == [("a", "1", {}), ("a", "x", {}), ("a", "2", {}), ("b", "1", {"unit": "m"})]
    assert caplog.messages[-1].startswith("skipped 2 bad rows of a: ")
    assert "a.jsonl line 2: field 'answer', gold 'x': is no number" in caplog.messages[-1]


def test_a_source_without_a_judgeable_gold_is_told_before_anything_loads(make_source: Build, refusal: Refusal) -> None:
    bad, good = make_source(*rows("nan"), name="bad", on_bad_row="skip"), make_source(*rows("1"), name="good")
    message = refusal(bad, good, check_gold=lambda source, gold, params, sizes: "no number" if gold == "nan" else None)
    assert message.startswith("data source bad has no task left: none of its gold answers can be judged")


def test_a_holdout_that_takes_a_whole_source_is_refused(make_source: Build) -> None:
    pool = load_pool([make_source(*rows("1"), name="small"), make_source(*rows("2", "3"), name="large")])
    takes_small = [seed for seed in range(20) if 0 in np.random.default_rng(seed).choice(3, size=1, replace=False)]
    with pytest.raises(UserError, match="data.holdout=1 takes every task of data source small; set it lower"):
        split_holdout(pool, 1, seed=takes_small[0])


def test_texts_are_the_questions_of_rows_in_their_order(make_source: Build) -> None:
    chat = [{"role": "user", "content": "Wie viel?"}]
    a = make_source({"prompt": "one", "answer": "1"}, {"prompt": "two", "answer": "2"}, name="a")
    b = make_source({"prompt": chat, "answer": "3"}, name="b")
    pool = load_pool([a, b])
    assert pool.texts(np.array([1, 0, 1])) == ["two", "one", "two"]
    assert "Wie viel?" in pool.texts(np.array([2]))[0]
    assert pool.select([2, 1]).texts(np.array([1])) == ["two"]
    assert pool.texts(np.array([], dtype=np.int64)) == []
