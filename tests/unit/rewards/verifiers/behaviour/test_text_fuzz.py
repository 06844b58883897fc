"""Whatever a model writes, each verifier for text gives a verdict, and never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards.registry import REWARDS
from rewards.running.call import Call
from rlcs.records import Status

TABLE = "<table><tr><td>a</td></tr></table>"
CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("choice", "A", {"question": "Which? (A) cat (B) dog"}),
    ("choice", ["A", "B"], {"multiple": True, "partial": True, "options": ["cat", "dog", "fish"]}),
    ("counting", 7, {}),
    ("counting", "seven", {"shaped": True}),
    ("numeric", "3.5", {"rel_tol": 0.01}),
    ("chart", "Tokyo, 5 million", {}),
    ("chart", "12%", {"years": "relaxed", "ordered": True}),
    ("document", ["Acme Corp", "12/03/2020"], {}),
    ("document", {"a": ["x", None], "b": {"c": 1}}, {"variant": "inclusive"}),
    ("text_match", "hello world", {"match": "f1"}),
    ("text_match", "-5", {"numeric": True, "match": "includes"}),
    ("text_match", "hello", {"match": "prefix"}),
    ("ocr_text", "hello", {"spaces": "collapse", "spelling": "NFKC"}),
    ("ocr_table", TABLE, {}),
    ("ocr_table", TABLE, {"variant": "pubtabnet", "score": "structure"}),
    ("ocr_formula", "\\frac{1}{2}", {}),
    ("ocr_formula", "x^2", {"unit": "token", "exact": True}),
    ("logic", "knight", {}),
    ("logic", {"a": "x"}, {"kind": "assignment", "partial": True}),
    ("logic", ["b", "a"], {"kind": "ordering"}),
    ("logic", [[1, 2], [3, 4]], {"kind": "grid", "partial": True}),
]
PIECES = [
    "A", "B", "(A)", "answer:", "the answer is", "cat", "7", "-", "3.5", "1,000", "one", "hundred", "dozen", "half a",
    "and", "or",
    "十", "万", "五", "打", "%", "$", "½", "²", "million", "nan", "inf", "\\frac", "\\boxed", "\\text", "{", "}", "[",
    "]", "(", ")", '"', ":",
    ",", ";", "\n", " ", "|", "---", "```", "<table>", "<tr>", "<td>", "</td>", "<th colspan=9>", "<b>", "&amp;",
    "null", "true", "\\", "^",
    "_", ">", "<", "->", "\u200b", "А", "ﬁ", "\ud800", "\x00", "9" * 300,
]  # fmt: skip
json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
).map(str)
answers = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=24).map("".join) | json_like


@pytest.mark.parametrize(("name", "gold", "params"), CASES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(answer=answers, delimited=st.booleans())
def test_a_verdict_always_comes_back(
    name: str, gold: Any, params: dict[str, Any], answer: str, delimited: bool
) -> None:
    assert REWARDS.get(name).check_gold(gold, params) is None
    call = Call(verifier=name, answer=answer, gold=gold, arguments={**params, "delimited": delimited})
    verdict = call.run_quick() or call.run()
    assert verdict.status not in (Status.INTERNAL_ERROR, Status.BAD_GOLD), verdict.message
    assert verdict.score is not None and 0.0 <= verdict.score <= 1.0


@pytest.mark.parametrize(("name", "gold", "params"), CASES)
def test_an_empty_answer_pays_nothing(name: str, gold: Any, params: dict[str, Any]) -> None:
    for answer in ("", " ", "\n\n"):
        call = Call(verifier=name, answer=answer, gold=gold, arguments={**params, "delimited": True})
        assert (call.run_quick() or call.run()).score == 0.0
