"""The real GSM8K files load as they are. They are no part of the project: without them these tests are skipped."""

from __future__ import annotations

import json

import pytest
from places import DATA

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.tasks import load_pool

FOLDER = DATA / "gsm8k"

pytestmark = pytest.mark.skipif(not (FOLDER / "test.jsonl").is_file(), reason=f"no GSM8K in {FOLDER}")


def gsm8k(file: str, answer_pattern: str | None) -> SourceConfig:
    fields = FieldsConfig(prompt="question", answer="answer")
    return SourceConfig(name="gsm8k", path=str(FOLDER / file), fields=fields, answer_pattern=answer_pattern)


@pytest.mark.parametrize(("file", "size"), [("test.jsonl", 1319), ("train.jsonl", 7473)])
def test_a_pattern_reads_the_golds(file: str, size: int) -> None:
    pool = load_pool([gsm8k(file, "#### (.+)$")])
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    golds = [json.loads(line)["answer"].rpartition("#### ")[2].strip() for line in lines]
    tasks = pool.take(range(len(pool)))
    assert len(tasks) == size
    assert [task.answer for task in tasks] == golds
    assert all(gold.lstrip("-").replace(",", "").replace(".", "").isdecimal() for gold in golds)


def test_the_first_question_and_its_gold() -> None:
    (task,) = load_pool([gsm8k("test.jsonl", "#### (.+)$")]).take([0])
    assert (task.id, task.answer) == ("gsm8k:0", "18")
    assert str(task.prompt).startswith("Janet\u2019s ducks lay 16 eggs per day.")


def test_without_a_pattern_the_gold_is_the_whole_column() -> None:
    (task,) = load_pool([gsm8k("test.jsonl", None)]).take([1])
    assert task.answer.startswith("It takes 2/2=<<2/2=1>>1 bolt")
    assert task.answer.endswith("#### 3")
