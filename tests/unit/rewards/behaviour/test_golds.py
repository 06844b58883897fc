"""Every gold of GSM8K, SciBench and the cases in mathematics is right itself, and wrong with a number changed.

The data and the cases lie outside the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from places import CASES, DATA

from rewards import Scorer
from rewards.verifiers.science.quantities import with_unit
from rlcs.config.schema import RewardConfig
from rlcs.records import Task

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}")
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"no conformance cases at {CASES}")


def gsm8k() -> Iterator[str]:
    for split in ("train", "test"):
        for line in (DATA / "gsm8k" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["answer"].split("#### ")[1].strip()


@needs_data
def test_all_golds_of_gsm8k(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig())
    golds = list(gsm8k())
    assert len(golds) == 7473 + 1319
    wrong = []
    for gold in golds:
        changed = str(int(gold.replace(",", "")) + 1)
        scores = [scorer.score_one(f"\\boxed{{{one}}}", gold, source="math").score for one in (gold, changed)]
        if scores != [1.0, 0.0]:
            wrong.append((gold, scores))
    assert wrong == []


def scibench() -> list[dict[str, Any]]:
    files = sorted((DATA / "scibench").glob("*.json"))
    return [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]


@needs_data
@pytest.mark.timeout(300)
def test_all_golds_of_scibench_with_their_units(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(physics=RewardConfig(verifier="physics", timeout_s=30.0))
    rows = scibench()
    assert len(rows) == 580
    wrong = []
    for row in rows:
        number, unit = row["answer_number"].strip(), row["unit"].strip()
        task = Task(
            id=row["problemid"], source="physics", domain="stem.physics", prompt=row["problem_text"], answer=number,
            params={"gold_unit": unit} if unit else {},
        )  # fmt: skip
        answers = [spelled(number, unit), spelled(changed(number), unit)]
        scores = [scorer.begin(answer, task, bare=True).result().score for answer in answers]
        if scores != [1.0, 0.0]:
            wrong.append((row["problemid"], number, unit, scores))
    assert wrong == []


def spelled(number: str, unit: str) -> str:
    """Return value and unit as an answer; powers of ten in the unit multiply, money stands before."""
    if unit and unit.strip("$ \\") == "":
        return f"\\${number}"
    ten = re.match(r"\$?\s*(?:\\mathrm\{)?10\^", unit)
    return with_unit(number, re.sub(r"\s+", " ", unit)) if ten else f"{number} {unit}"


def changed(number: str) -> str:
    """Return the number with a fifth more, or 1 for 0."""
    try:
        return f"{1.2 * float(number.replace(',', '')) or 1.0:.8g}"
    except ValueError:
        return "999999"


NUMBER = re.compile(r"[0-9]+")
UNGATED = ("quirk_", "disputed", "policy", "boundary")


def golds_of_cases() -> list[str]:
    """Every gold in mathematics that is right and holds a number, once."""
    files = [CASES / f"{name}.jsonl" for name in ("math_equiv", "math_multilingual", "faults", "prose", "hacks")]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = [
        str(row.get("gold", row.get("answer")))
        for row in rows
        if row.get("verifier", row.get("domain", "math")) == "math" and not row.get("params")
        and not any(tag.startswith(UNGATED) for tag in row.get("tags") or [])
    ]  # fmt: skip
    return sorted({gold for gold in found if NUMBER.search(gold)})


def with_a_number_changed(gold: str) -> Iterator[str]:
    """Yield the gold with one number raised by one, for each of its numbers."""
    for match in NUMBER.finditer(gold):
        yield gold[: match.start()] + str(int(match.group()) + 1) + gold[match.end() :]


@needs_cases
@pytest.mark.timeout(300)
def test_all_golds_of_the_cases_with_every_number_changed(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig(timeout_s=30.0))
    golds = [gold for gold in golds_of_cases() if scorer.check_gold("math", gold, {}) is None]
    assert len(golds) > 100
    tasks = [Task(id="math:0", source="math", domain="stem.math", prompt="", answer=gold) for gold in golds]
    pending = [
        (task.answer, answer, float(answer == task.answer), scorer.begin(answer, task, bare=True))
        for task in tasks
        for answer in (task.answer, *with_a_number_changed(task.answer))
    ]
    wrong = [
        (gold, answer, verdict.score, verdict.message)
        for gold, answer, expected, one in pending
        if (verdict := one.result()).score != expected
    ]
    assert wrong == []
