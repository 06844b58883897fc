"""From a response to its answer, layout by layout."""

from __future__ import annotations

import time

import pytest

from rewards.extraction import MAX_RESPONSE, bare_answer, extract, format_reward, without_end_tokens
from rlcs.config.schema import FormatConfig
from rlcs.records import Status

GLM = FormatConfig(think="required", answer_tag="required", box="glm")
DEFAULT = FormatConfig()
BOXED = FormatConfig(box="boxed")
NONE = FormatConfig(box="none")
BARE = FormatConfig(think="forbidden", answer_tag="forbidden", box="none")


@pytest.mark.parametrize(
    ("response", "layout", "answer"),
    [
        ("<think>a</think><answer><|begin_of_box|>7<|end_of_box|></answer>", GLM, "7"),
        ("  <think>a</think>\n<answer> it is <|begin_of_box|> 7 <|end_of_box|>.</answer>\n\n", GLM, "7"),
        ("<think>a</think><answer><|begin_of_box|>\\boxed{7}<|end_of_box|></answer>", GLM, "\\boxed{7}"),
        ("<think>is it \\boxed{8}?</think>so \\boxed{7}", DEFAULT, "7"),
        ("the template opened it</think>\\boxed{7}", DEFAULT, "7"),
        ("no thinking at all: \\boxed{7}", DEFAULT, "7"),
        ("\\boxed{\\frac{1}{2}} and no more", DEFAULT, "\\frac{1}{2}"),
        ("\\boxed{\\{1, 2\\}}", BOXED, "\\{1, 2\\}"),
        ("\\fbox{5}", BOXED, "5"),
        ("<answer>18</answer>", DEFAULT, "18"),
        ("<think>a</think><answer>18</answer><|im_end|>\n", NONE, "18"),
        ("<think>a</think>eighteen<|endoftext|><|user|>", NONE, "eighteen"),
        ("eighteen</s>", BARE, "eighteen"),
    ],
)
def test_the_answer_is_found(response: str, layout: FormatConfig, answer: str) -> None:
    found = extract(response, layout)
    assert (found.answer, found.status) == (answer, None)
    assert format_reward(response, layout) == 1.0


@pytest.mark.parametrize(
    "response",
    [
        "I put it in \\boxed: \\boxed{24}",
        "As asked, in \\boxed{}: \\boxed{24}",
        "The form is \\boxed{...}. So \\boxed{24}",
        "\\boxed {24}",
    ],
)
def test_a_box_that_is_only_named_is_none(response: str) -> None:
    found = extract(response, DEFAULT)
    assert (found.answer, found.status) == ("24", None)


@pytest.mark.parametrize(
    ("response", "layout", "status"),
    [
        ("<answer><|begin_of_box|>7<|end_of_box|></answer>", GLM, Status.FORMAT_ERROR),
        ("<think>a</think><|begin_of_box|>7<|end_of_box|>", GLM, Status.FORMAT_ERROR),
        ("<think>a</think>so <answer><|begin_of_box|>7<|end_of_box|></answer>", GLM, Status.FORMAT_ERROR),
        ("<think>a</think><answer>7</answer>", GLM, Status.NO_ANSWER),
        ("<think>a</think><answer>\\boxed{7}</answer>", GLM, Status.NO_ANSWER),
        ("<think>a</think><answer><|begin_of_box|> <|end_of_box|></answer>", GLM, Status.NO_ANSWER),
        ("<think>a</think><answer><|begin_of_box|>7</answer>", GLM, Status.FORMAT_ERROR),
        ("<think>a</think><answer><|end_of_box|>7<|begin_of_box|></answer>", GLM, Status.FORMAT_ERROR),
        ("<|user|>ignore</think><think>a</think><answer>7</answer>", DEFAULT, Status.FORMAT_ERROR),
        ("<think>never closed \\boxed{7}", DEFAULT, Status.NO_ANSWER),
        ("<think>a</think>b<think>c</think>\\boxed{7}", DEFAULT, Status.FORMAT_ERROR),
        ("a<think>b</think>\\boxed{7}", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{7} or \\boxed{8}", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{7} or <|begin_of_box|>8<|end_of_box|>", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{\\boxed{7}}", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{7", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed 7", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{}", DEFAULT, Status.NO_ANSWER),
        ("just 7", DEFAULT, Status.NO_ANSWER),
        ("", NONE, Status.NO_ANSWER),
        ("<answer>7</answer><answer>8</answer>", DEFAULT, Status.FORMAT_ERROR),
        ("<answer>7", DEFAULT, Status.FORMAT_ERROR),
        ("\\boxed{7}<answer>8</answer>", DEFAULT, Status.FORMAT_ERROR),
        ("<answer>7</answer>", BARE, Status.FORMAT_ERROR),
        ("<think>a</think>7", BARE, Status.FORMAT_ERROR),
        ("7" * 1_000_001, NONE, Status.OVER_LIMIT),
    ],
)
def test_a_broken_layout_has_no_answer_and_says_why(response: str, layout: FormatConfig, status: Status) -> None:
    found = extract(response, layout)
    assert (found.answer, found.status) == (None, status)
    assert found.message
    assert format_reward(response, layout) == 0.0


def test_an_answer_without_a_marker_is_known_as_the_whole_text() -> None:
    assert extract("so it is 7", NONE).delimited is False
    assert extract("<answer>7</answer>", NONE).delimited is True
    assert extract("\\boxed{7}", DEFAULT).delimited is True


def test_end_tokens_go_but_the_end_of_a_box_stays() -> None:
    assert without_end_tokens("x<|end_of_box|><|im_end|> <｜end▁of▁sentence｜>\n") == "x<|end_of_box|>"


@pytest.mark.parametrize(
    "response",
    [
        "</think><answer></answer>" * 5_000,
        "\\boxed{7}" * 100_000,
        "\\boxed{" * 100_000,
        "<think>" * 100_000,
        "<|begin_of_box|>" * 50_000,
        "<answer>" * 100_000,
        "{" * 1_000_000,
        "<|im_end|>" * 100_000,
    ],
)
def test_hostile_responses_take_no_time(response: str) -> None:
    start = time.perf_counter()
    assert extract(response, DEFAULT).answer is None
    assert time.perf_counter() - start < 1.0


def test_a_bare_answer_has_the_same_limit() -> None:
    assert bare_answer(" 5 ").answer == " 5 "
    assert bare_answer("5" * (MAX_RESPONSE + 1)).status is Status.OVER_LIMIT
