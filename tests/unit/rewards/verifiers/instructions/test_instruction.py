"""The verifier `instruction`: each check by hand, the strict and the loose reading, hostile text."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import CASES, ROOT

from rewards import Scorer
from rewards.verifiers.instructions.instruction import (
    CHECKS,
    NAMES,
    check_instruction_gold,
    instruction,
    loose_variants,
    quick_instruction,
    read_instructions,
)
from rewards.verifiers.instructions.text import is_language, sentences, tokens
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Status, Verdict


def follows(text: str, name: str, **kwargs: Any) -> bool:
    (one,) = read_instructions({"id": name, "kwargs": kwargs})
    return one.is_followed(text, "strict")


@pytest.mark.parametrize(
    ("text", "name", "kwargs"),
    [
        ("The Red fox and a blue bird", "existence", {"keywords": ["red", "BLUE"]}),
        ("so, so, so", "frequency", {"keyword": "so", "frequency": 3, "relation": "at least"}),
        ("so, so", "frequency", {"keyword": "so", "frequency": 3, "relation": "less than"}),
        ("carpets are fine", "forbidden_words", {"forbidden_words": ["car", "pet"]}),
        ("Tea! Two teas.", "letter_frequency", {"letter": "t", "let_frequency": 3, "let_relation": "at least"}),
        ("#a #b", "letter_frequency", {"letter": "#", "let_frequency": 3, "let_relation": "less than"}),
        ("One. Two is here. Three", "key_sentences", {"key_sentences": ["Two is here.", "Four."], "num_sentences": 1}),
        ("One. Two! Three", "number_sentences", {"num_sentences": 3, "relation": "at least"}),
        ("One\n***\nTwo\n***\n", "number_paragraphs", {"num_paragraphs": 2}),
        ("one two, three-four", "number_words", {"num_words": 5, "relation": "less than"}),
        ("A b.\n\n\"Why,\" he said.", "nth_paragraph_first_word",
         {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "why"}),
        ("Dear [name], at [address]", "number_placeholders", {"num_placeholders": 2}),
        ("Bye.\nP.S. More.", "postscript", {"postscript_marker": "P.S."}),
        ("Bye.\np. p. s. More.", "postscript", {"postscript_marker": "P.P.S"}),
        ("I *really like* it", "rephrase", {"original_message": "I *hate* it"}),
        ("a b c d", "rephrase_paragraph", {"original_paragraph": "c d e", "low": 2, "high": 2}),
        ("* one\n- two\n  * three\ntext", "number_bullet_lists", {"num_bullets": 3}),
        ("Well: My answer is no.", "constrained_response", {}),
        ("  Sure: it is", "constrained_start", {"starter": "Sure:"}),
        ("*one* and **two** and ****", "number_highlighted_sections", {"num_highlights": 2}),
        ("SECTION 1\na\nSECTION 2\nb", "multiple_sections", {"section_spliter": "SECTION", "num_sections": 2}),
        ("```json\n{\"a\": [1, 2]}\n```", "json_format", {}),
        ("Text\n<<poem of joy>>", "title", {}),
        ("one\n******\ntwo", "two_responses", {}),
        ("say a. b", "repeat_prompt", {"prompt_to_repeat": "Say A."}),
        ("… that is ALL.\"", "end_checker", {"end_phrase": "that is all."}),
        ("\"all of it\"", "quotation", {}),
        ("NASA and the U.S. sent a TOP-SECRET probe", "capital_word_frequency",
         {"capital_frequency": 3, "capital_relation": "at least"}),
        ("no commas here; none", "no_comma", {}),
        ("TODAY WE WENT TO THE MARKET AND BOUGHT APPLES", "english_capital", {}),
        ("today we went to the market and bought apples", "english_lowercase", {}),
        ("Hoy es un buen día para salir a caminar", "response_language", {"language": "es"}),
    ],
)  # fmt: skip
def test_a_text_that_follows_an_instruction_passes(text: str, name: str, kwargs: dict[str, Any]) -> None:
    assert follows(text, name, **kwargs)


@pytest.mark.parametrize(
    ("text", "name", "kwargs"),
    [
        ("red", "existence", {"keywords": ["red", "blue"]}),
        ("a.b", "existence", {"keywords": ["a+b"]}),
        ("aab", "existence", {"keywords": ["a.b"]}),
        ("so", "frequency", {"keyword": "so", "frequency": 1, "relation": "less than"}),
        ("The CAR stops", "forbidden_words", {"forbidden_words": ["car"]}),
        ("Two is here and more.", "key_sentences", {"key_sentences": ["Two is here."], "num_sentences": 1}),
        ("Dr. Smith paid 3.50 at 5 p.m. yesterday.", "number_sentences", {"num_sentences": 2, "relation": "at least"}),
        ("One\n***\n***\nTwo", "number_paragraphs", {"num_paragraphs": 2}),
        ("One", "number_paragraphs", {"num_paragraphs": 2}),
        ("A b.\n\nC d.", "nth_paragraph_first_word", {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "c"}),
        ("A b.\n\nCold.", "nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "c"}),
        ("see p. several", "postscript", {"postscript_marker": "P.S."}),
        ("I *like* them", "rephrase", {"original_message": "I *hate* it"}),
        ("I like it", "rephrase", {"original_message": "I *hate* it"}),
        ("***\n* one\n**bold**", "number_bullet_lists", {"num_bullets": 2}),
        ("My answer is yes. My answer is no.", "constrained_response", {}),
        ("First. Sure: it is", "constrained_start", {"starter": "Sure:"}),
        ("****", "number_highlighted_sections", {"num_highlights": 1}),
        ("{'a': 1}", "json_format", {}),
        ("{\"a\": NaN}", "json_format", {}),
        ("\"a sentence\"", "json_format", {}),
        ("<< >>", "title", {}),
        ("one\n******\none", "two_responses", {}),
        ("one\n******\n\n******\ntwo", "two_responses", {}),
        ("one", "two_responses", {}),
        ("Say A.", "repeat_prompt", {"prompt_to_repeat": "say a."}),
        ("that is all. Or not", "end_checker", {"end_phrase": "that is all."}),
        ("\"", "quotation", {}),
        ("a, b", "no_comma", {}),
        ("HOY ES UN BUEN DÍA PARA SALIR A CAMINAR", "english_capital", {}),
        ("Today we went to the market", "english_lowercase", {}),
        ("123 456", "response_language", {"language": "en"}),
        ("    ", "no_comma", {}),
    ],
)  # fmt: skip
def test_a_text_that_does_not_follow_it_fails(text: str, name: str, kwargs: dict[str, Any]) -> None:
    assert not follows(text, name, **kwargs)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "This is a short answer."), ("fr", "Je suis ici avec mes amis."), ("de", "Ich gehe heute nach Hause."),
        ("ru", "Сегодня мы идем на рынок"), ("uk", "Сьогодні ми йдемо на ринок"), ("zh-cn", "今天我们去市场"),
        ("ja", "今日は市場に行きます"), ("ko", "오늘 우리는 시장에 갑니다"), ("th", "วันนี้เราไปตลาด"),
        ("fa", "امروز به بازار می‌رویم"), ("ur", "آج ہم بازار جا رہے ہیں"), ("ar", "نحن ذاهبون إلى السوق اليوم"),
        ("hi", "आज हम बाजार जा रहे हैं"), ("kn", "ಇಂದು ನಾವು ಮಾರುಕಟ್ಟೆಗೆ"),
    ],
)  # fmt: skip
def test_languages_are_told_apart(language: str, text: str) -> None:
    others = {"en", "fr", "de", "ru", "uk", "zh", "ja", "ko", "th", "fa", "ur", "ar", "hi", "kn"}
    found = {other for other in others if is_language(text, other)}
    assert found == {language.partition("-")[0]}


def test_sentences_end_where_a_reader_ends_them() -> None:
    assert sentences("J. K. Rowling wrote it. Wait... what? “Yes!” he said") == [
        "J. K. Rowling wrote it.", "Wait... what?", "“Yes!”", "he said",
    ]  # fmt: skip
    assert len(sentences("I live in the U.S. It is big. See Fig. 2 (p. 3), e.g. there.")) == 3
    assert len(sentences("今天好。明天也好！真的？")) == 3
    assert sentences("...") == []


def test_a_word_with_hyphens_is_one() -> None:
    assert tokens("A well-known U.S. film--it isn't old") == ["A", "well-known", "U.S", "film", "it", "isn't", "old"]


def test_the_loose_reading_forgives_a_first_or_last_line_and_asterisks() -> None:
    gold = {"id": "startend:quotation"}
    text = 'Sure, here it is:\n"all of it"'
    assert quick_instruction(text, gold).score == 0.0  # type: ignore[union-attr]
    assert quick_instruction(text, gold, mode="loose").score == 1.0  # type: ignore[union-attr]
    assert quick_instruction('**"all"**', gold, mode="loose").score == 1.0  # type: ignore[union-attr]
    assert loose_variants("a\n*b*\nc") == ["a\n*b*\nc", "*b*\nc", "a\n*b*", "*b*", "a\nb\nc", "b\nc", "a\nb", "b"]


def test_the_share_of_followed_instructions_is_paid_or_all_of_them() -> None:
    gold = [
        {"id": "punctuation:no_comma"},
        {"id": "keywords:existence", "kwargs": {"keywords": ["tea"]}},
        {"id": "detectable_format:title"},
    ]
    verdict = quick_instruction("tea", gold)
    assert isinstance(verdict, Verdict)
    assert verdict.score == pytest.approx(2 / 3) and verdict.status is Status.PARTIAL
    assert verdict.message == "not followed: title"
    strict = quick_instruction("tea", gold, credit="all")
    assert isinstance(strict, Verdict) and (strict.score, strict.status) == (0.0, Status.INCORRECT)


def test_a_row_of_the_data_set_is_a_gold_answer() -> None:
    row = {
        "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
        "kwargs": [{"num_words": None}, {"num_words": 2, "relation": "at least"}],
    }
    assert [one.name for one in read_instructions(json.dumps(row))] == ["no_comma", "number_words"]
    assert sorted(CHECKS) == sorted({name for names in NAMES.values() for name in names}) and len(CHECKS) == 29


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ([], "1 to 32"),
        ("not json", "Expecting value"),
        ({"id": "punctuation:no_coma"}, "did you mean 'no_comma'"),
        ({"id": "existence", "kwargs": {"keywords": []}}, "'keywords' of 'existence' is []"),
        ({"id": "existence", "kwargs": {"words": ["a"]}}, "takes no 'words'"),
        ({"id": "number_words", "kwargs": {"relation": "at least"}}, "needs num_words"),
        ({"id": "number_words", "kwargs": {"num_words": 3, "relation": "about"}}, "'relation'"),
        ({"id": "number_words", "kwargs": {"num_words": True}}, "'num_words'"),
        ({"instruction_id_list": ["a"], "kwargs": []}, "same length"),
        ([1], "id and kwargs"),
    ],
)
def test_a_gold_that_cannot_be_checked_is_told(gold: Any, told: str) -> None:
    assert told in (check_instruction_gold(gold) or "")


def test_only_what_is_about_language_goes_to_a_worker() -> None:
    assert quick_instruction("hello", {"id": "punctuation:no_comma"}) is not None
    assert quick_instruction("hello", {"id": "language:response_language", "kwargs": {"language": "en"}}) is None


def test_a_run_judges_the_answer_part_only(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(ifeval=RewardConfig(verifier="instruction", format=FormatConfig(box="none"), timeout_s=20))
    gold = [{"id": "punctuation:no_comma"}, {"id": "language:response_language", "kwargs": {"language": "en"}}]
    verdict = scorer.score_one("<think>well, let me see</think>It is a fine day today.", gold, source="ifeval")
    assert (verdict.score, verdict.status) == (1.0, Status.CORRECT)


ALL_CHECKS: list[dict[str, Any]] = [
    {"id": name, "kwargs": kwargs}
    for name, kwargs in {
        "existence": {"keywords": ["a"]},
        "forbidden_words": {"forbidden_words": ["b"]},
        "number_sentences": {"num_sentences": 2},
        "number_paragraphs": {"num_paragraphs": 2},
        "nth_paragraph_first_word": {"num_paragraphs": 1, "nth_paragraph": 1, "first_word": "a"},
        "number_placeholders": {"num_placeholders": 1},
        "postscript": {"postscript_marker": "P.S."},
        "rephrase": {"original_message": "*a* b"},
        "number_bullet_lists": {"num_bullets": 1},
        "number_highlighted_sections": {"num_highlights": 1},
        "multiple_sections": {"section_spliter": "(", "num_sections": 1},
        "capital_word_frequency": {"capital_frequency": 1},
        "response_language": {"language": "ja"},
        "json_format": {},
        "title": {},
        "two_responses": {},
        "quotation": {},
        "english_capital": {},
    }.items()
]


@given(st.text(max_size=300) | st.text(alphabet='*<>[]{}".,!?\n P.S1', max_size=300))
@settings(max_examples=150)
def test_any_text_gets_a_verdict(text: str) -> None:
    for mode in ("strict", "loose"):
        verdict = instruction(text, ALL_CHECKS, mode=mode)
        assert isinstance(verdict, Verdict) and verdict.score is not None and 0.0 <= verdict.score <= 1.0


@pytest.mark.parametrize("piece", [".", '." ', "a.", "[a", "*a\n", "<<", "p.", "[" * 40, "***", "。", "a" * 50, "…!"])
def test_long_hostile_text_takes_no_time(piece: str) -> None:
    text = (piece * 65_536)[:65_536]
    inline = [one for one in ALL_CHECKS if one["id"] not in ("english_capital", "response_language")]
    start = time.perf_counter()
    assert quick_instruction(text, inline, mode="loose") is not None
    assert time.perf_counter() - start < 2.0
    assert quick_instruction(text + "a", inline).status is Status.OVER_LIMIT  # type: ignore[union-attr]


IFEVAL = CASES / "ifeval.jsonl"
FAMILY = ROOT / "tests" / "conformance" / "families" / "programs.py"


@pytest.mark.skipif(not IFEVAL.is_file(), reason=f"no conformance cases at {IFEVAL}")
def test_the_checks_agree_with_the_reference() -> None:
    spec = importlib.util.spec_from_file_location("programs_family", FAMILY)
    assert spec is not None and spec.loader is not None
    family = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(family)
    rows = list(map(json.loads, IFEVAL.read_text(encoding="utf-8").splitlines()))
    differ = [row["id"] for row in rows if family.FILES["ifeval"](row) is False]
    assert len(differ) <= 0.03 * len(rows), differ


@pytest.mark.parametrize(
    ("text", "name", "kwargs"),
    [
        ("Eins.\r\n\r\nZwei ist da.", "nth_paragraph_first_word",
         {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "zwei"}),
        ("第一段。\n\n明天见。", "nth_paragraph_first_word",
         {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "明天"}),
        ("One.\n \nTwo.", "nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "two"}),
        ("和平很好。", "forbidden_words", {"forbidden_words": ["暴力", "war"]}),
        ("cafe\u0301 noir", "existence", {"keywords": ["caf\u00e9"]}),
        ("这是*重点*。", "number_highlighted_sections", {"num_highlights": 1}),
        ("* a *b* c\n***d***", "number_highlighted_sections", {"num_highlights": 2}),
        ("## SECTION 1\na\n**SECTION 2**\nb", "multiple_sections", {"section_spliter": "SECTION", "num_sections": 2}),
        ("-5 is cold\n---\n*Note:* so\n- one", "number_bullet_lists", {"num_bullets": 1}),
        ("My title: << Joy >>", "title", {}), ('"He said "hi" to me"', "quotation", {}),
    ],
)  # fmt: skip
def test_spellings_of_the_same_text_pass(text: str, name: str, kwargs: dict[str, Any]) -> None:
    assert follows(text, name, **kwargs)


@pytest.mark.parametrize(
    ("text", "name", "kwargs"),
    [
        ("他喜欢暴力。", "forbidden_words", {"forbidden_words": ["暴力"]}),
        ("用AI写的", "forbidden_words", {"forbidden_words": ["ai"]}),
        ("전쟁은 없다", "forbidden_words", {"forbidden_words": ["전쟁"]}),
        ("ｗａｒ!", "forbidden_words", {"forbidden_words": ["war"]}),
        ("w\u200bar", "forbidden_words", {"forbidden_words": ["war"]}),
        ("cafe\u0301", "forbidden_words", {"forbidden_words": ["caf\u00e9"]}),
        ("[ ] and []", "number_placeholders", {"num_placeholders": 1}),
        ("5 * 6 * 7", "number_highlighted_sections", {"num_highlights": 1}),
        ("5*6*7", "number_highlighted_sections", {"num_highlights": 1}),
        ("** bold **", "number_highlighted_sections", {"num_highlights": 1}),
        ("***one***", "number_highlighted_sections", {"num_highlights": 2}),
        ("As Section 1 and Section 2 say", "multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
        ("Section 1\nSection 1", "multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
        ("x = 1 << 2 and 8 >> 1", "title", {}), ('"one" and "two"', "quotation", {}), ('""', "quotation", {}),
        ("The U.P.S. came", "postscript", {"postscript_marker": "P.S."}), ("你好，世界", "no_comma", {}),
        ("はい、そうです", "no_comma", {}), ("---\n-5", "number_bullet_lists", {"num_bullets": 1}),
    ],
)  # fmt: skip
def test_what_only_looks_like_it_does_not_pass(text: str, name: str, kwargs: dict[str, Any]) -> None:
    assert not follows(text, name, **kwargs)
