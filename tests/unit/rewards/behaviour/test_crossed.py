"""Whatever is asked of whatever verifier, there is a verdict: no exception, no deadline, no fault of ours.

Answers to golds of every kind, and texts made to hurt, are judged against golds of every other kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from rewards import Scorer
from rewards.registry import REWARDS, SAYS_NOTHING
from rewards.running.call import VERIFIER_RAISED
from rlcs.bench.verifiers.fuzzing.cases import Case, build, draw_plan
from rlcs.bench.verifiers.fuzzing.domains import DOMAINS
from rlcs.bench.verifiers.fuzzing.judging import begin, scorer_for
from rlcs.bench.verifiers.items import GENERATORS, make_items
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.records import UNJUDGED, Status, Task, Verdict

NEEDS_THE_QUESTION = {"choice"}
"""A gold that names an option by its text can be checked only where the question is known: then it is `bad_gold`."""
SLOW = {"webpage": 4, "code": 12}
"""How many answers are judged by a verifier that starts a program for each."""
GOLDS_OF_A_DOMAIN = 2
GOLDS_OF_AN_ANSWER = 2
LATE = (Status.TIMEOUT, Status.WORKER_DIED)
HOSTILE = [
    "", " ", "\\", "^", "_", "{", "}", "$", "%", "\x00", "\x00" * 50, "\ud83d", "\u202e7\u202c", "😀", "½⅓", "٣٤", "Ⅷ",
    "nan", "inf", "-inf", "-0", "1e999999", "1e-999999", "9" * 300, "0." + "9" * 300, "1/0", "0/0", r"\frac{1}{0}",
    r"\frac{}{}",
    r"\sqrt{}", r"\sqrt[0]{2}", r"\frac12\frac", "9^{9^{9}}", "9**9**9", "2^{-2^{2^{2}}}", "99999999!",
    r"\binom{10^9}{5}", "x^" * 200,
    "(" * 500, "((((((1))))))", "{" * 300 + "1" + "}" * 300, "[" * 200, "[" * 60 + "]" * 60, "1 " * 2000, "$$" * 200,
    r"\text{" * 40,
    "15 degrees", "5 °C", "-300 °C", "5 K", "5 m^^2", "5 m/", "5 /s", "5 m^9999", "5 kg^-1^-1", "1 1/0 m", "5 %", "µ",
    "5 µ",
    r"\SI{5}{}", r"\SI{}{m}", "5 m or 6 m", "H2O2H", "H0", "H999999999", "^{}_{}U", r"\ce{}", "->", "A -> B -> C",
    "2H2 + O2 ->", "e-", "[Fe(CN)6]^",
    "C" * 600, "c1ccccc", "[Xx]", "C1CC2", "%", "((C))", "[[1,2],[3]]", "[[[[1]]]]", "[1e400, 0, 1, 1]",
    "[true, null, 1, 2]", '{"a": NaN}',
    '{"a": 1, "a": 2}', '{"x": {"y": []}}', "[" + "1," * 500 + "1]", "{}", "[]", "null", "true", '"', "'''",
    '{"bbox_2d": "x"}', "[[0,0,0,0]]",
    "[[1000,1000,0,0]]", "<table>", "<table><tr><td colspan=99999>x</table>", "<td>", "|||", "| a |\n|--|",
    "<html><body>", "<!doctype html><p>x",
    "<script>while(1){}</script>", "```python\nwhile True: pass\n```", "```\n", "~~~",
    "```python\nimport os; os.kill(0, 9)\n```",
    "__import__('os').system('true')", "().__class__.__bases__", "lambda: 0", "A" * 5000, "A or B", "not A", "A: B: C",
    "A=A=A", "a < b > c",
    "99:99 - 00:00", "12 - 12", "from to", "90.1N, 200E", "91, 181", "°", "2021-13-45", "\n\n\n", "\t", "\r\n",
    "-" * 300, "+" * 100,
    r"\begin{matrix}", r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}", r"\begin{cases} x \end{pmatrix}", r"\left(",
    r"\right]", r"\boxed{}",
    r"\int_0^1", r"\sum_{n=1}^{\infty}", r"\lim_{x \to}", "= = =", ">=", r"\in", r"\cup", r"x \in", r"\pm", r"\pmod",
    "f'", "'", "A^T^T", "∅∅",
    "x = 1 = 2 = 3", "1, 2, , 3", ",", ";", "(,)", "(1,)", "]1,2[", r"\{", r"\}", "0.\\overline{}", "0.(", "1.2.3",
    "1,2,3,4,5", "１２。３", "一百百", "十万亿亿",
]  # fmt: skip


def cases_of(domain: str, count: int) -> Iterator[Case]:
    """Cases of a domain of the fuzz, always the same."""
    found = (build(DOMAINS[domain], draw_plan(DOMAINS[domain], f"crossed {number}")) for number in range(20 * count))
    yield from [case for case in found if case is not None][:count]


def golds_of(verifier: str) -> list[Case]:
    """Cases whose golds are for a verifier."""
    return [
        case for name, one in DOMAINS.items() if one.verifier == verifier for case in cases_of(name, GOLDS_OF_A_DOMAIN)
    ]


def answers() -> list[str]:
    """Answers of every domain and of the generated items, and texts made to hurt."""
    drawn = [case.answer for name in DOMAINS for case in cases_of(name, 3)]
    made = [item.answer for name in GENERATORS for item in make_items(name, 2)]
    return list(dict.fromkeys([*HOSTILE, *drawn, *made]))


def fault_of(verdict: Verdict) -> str | None:
    """What no answer may bring about."""
    if verdict.status in UNJUDGED or verdict.status in LATE or verdict.message.startswith(VERIFIER_RAISED):
        return f"{verdict.status}: {verdict.message}"
    return None


VERIFIERS = sorted({domain.verifier for domain in DOMAINS.values()})


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with scorer_for(VERIFIERS, num_workers=2) as made:
        yield made


def test_every_verifier_is_crossed() -> None:
    assert {*VERIFIERS, "judge", "reasoning_gym"} == {
        name for name, entry in REWARDS._entries.items() if entry.function.__module__.startswith("rewards.")
    }


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("verifier", VERIFIERS)
def test_no_answer_is_beyond_a_verifier(scorer: Scorer, verifier: str) -> None:
    asked = answers()
    if verifier in SLOW:
        asked = Random(0).sample(asked, SLOW[verifier])
    source, known = Random(verifier), golds_of(verifier)
    cases = [with_answer(source.choice(known), answer) for answer in asked for _ in range(GOLDS_OF_AN_ANSWER)]
    pending = [(case, begin(scorer, case)) for case in cases]
    wrong = [(case.gold, case.answer, fault) for case, one in pending if (fault := fault_of(one.result()))]
    assert wrong == []


def with_answer(case: Case, answer: str) -> Case:
    """The case with another answer to the same gold, taken as it is."""
    return replace(case, answer=answer, is_prose=False)


def golds() -> list[Any]:
    """Golds of every kind, and what no gold can be."""
    drawn = [case.gold for name in DOMAINS for case in cases_of(name, 1)]
    return [
        *drawn,
        *HOSTILE,
        None,
        [],
        {},
        [[]],
        [None],
        {"a": None},
        7,
        -1.5,
        True,
        float("nan"),
        float("inf"),
        [1, 2],
        [1, 2, 3, 4],
        10**400,
    ]


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("verifier", [name for name in VERIFIERS if name not in SLOW])
def test_a_gold_is_refused_at_load_or_can_be_judged_by(scorer: Scorer, verifier: str) -> None:
    entry, params = scorer.entries[verifier], golds_of(verifier)[0].params
    accepted = [gold for gold in golds() if scorer.check_gold(verifier, gold, params) is None]
    wrong = []
    for gold in accepted:
        for answer in {entry.known_answer(gold, params) or SAYS_NOTHING, SAYS_NOTHING}:
            verdict = scorer.score_one(answer, gold, source=verifier, params=params, bare=True)
            if verdict.status is Status.BAD_GOLD and verifier in NEEDS_THE_QUESTION:
                continue
            wrong += [(gold, answer, fault)] if (fault := fault_of(verdict)) else []
    assert wrong == []
    assert len(accepted) < len(golds())


def test_no_answer_is_beyond_a_judge_that_cannot_be_reached() -> None:
    params = {"base_url": "http://127.0.0.1:9/v1", "model": "none"}
    with Scorer({"judge": RewardConfig(verifier="judge", params=params)}, {"judge": "judge"}, ScoringConfig()) as made:
        task = Task(id="judge:0", source="judge", domain="general", prompt="", answer="7")
        pending = [made.begin(answer, task, bare=True) for answer in HOSTILE]
        statuses = {one.result().status for one in pending}
    assert Status.JUDGE_ERROR in statuses and Status.INTERNAL_ERROR not in statuses


def test_empty_golds_are_refused_by_name(scorer: Scorer) -> None:
    for verifier in VERIFIERS:
        for gold in (None, "", "  "):
            assert scorer.check_gold(verifier, gold, {}) is not None
