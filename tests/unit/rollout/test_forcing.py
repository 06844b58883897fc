"""Force answering on token ids, worked by hand: budgets of 4 thinking and 3 answer tokens unless said otherwise."""

from __future__ import annotations

import pytest

from rollout.forcing import Budgets, Finished, GoOn, Markers, after_thinking

THINK_END, ANSWER_START = 90, 91
LETTERS = {90: "</think>", 91: "<answer>", 60: "<", 61: "/", 62: "t", 63: ">", 70: "a", 71: "</", 72: "t>"}


def decode(token_ids) -> str:
    return "".join(LETTERS.get(token, "x") for token in token_ids)


ONE_TOKEN = Markers(think_end="</think>", think_end_ids=(THINK_END,), answer_start_ids=(ANSWER_START,), decode=decode)
SPELLED = Markers(think_end="</t>", think_end_ids=(60, 61, 62, 63), answer_start_ids=(), decode=decode)


def budgets(*, force_answer: bool = True) -> Budgets:
    return Budgets(max_think_tokens=4, max_answer_tokens=3, force_answer=force_answer)


def decide(token_ids, *, stopped=False, force_answer=True, markers=ONE_TOKEN):
    return after_thinking(token_ids, stopped=stopped, budgets=budgets(force_answer=force_answer), markers=markers)


def test_thinking_that_ran_out_of_budget_is_closed_and_the_answer_gets_its_whole_budget():
    assert decide([5, 6, 7, 8]) == GoOn(insert=(THINK_END, ANSWER_START), max_tokens=3)


def test_without_force_answer_open_thinking_is_truncated():
    assert decide([5, 6, 7, 8], force_answer=False) == Finished(keep=4, finish_reason="length")


def test_closed_thinking_goes_on_with_what_is_left_of_the_answer_budget():
    assert decide([5, THINK_END, 6, 7]) == GoOn(max_tokens=1)


def test_thinking_closed_by_the_last_token_leaves_the_answer_budget_whole():
    assert decide([5, 6, 7, THINK_END]) == GoOn(max_tokens=3)


def test_closed_thinking_needs_no_force_answer_to_go_on():
    assert decide([5, THINK_END, 6, 7], force_answer=False) == GoOn(max_tokens=1)


def test_an_answer_that_used_its_budget_exactly_is_done():
    assert decide([THINK_END, 5, 6, 7]) == Finished(keep=4, finish_reason="length")


def test_a_response_that_ended_within_both_budgets_is_done():
    assert decide([5, THINK_END, 1], stopped=True) == Finished(keep=3, finish_reason="stop")


def test_a_response_that_ended_with_the_last_token_of_its_answer_budget_stopped_by_itself():
    assert decide([THINK_END, 5, 6, 1], stopped=True) == Finished(keep=4, finish_reason="stop")


def test_an_answer_that_ended_over_its_budget_is_cut():
    long_thinking = Budgets(max_think_tokens=100, max_answer_tokens=3, force_answer=True)
    end = after_thinking([5, THINK_END, 6, 7, 8, 9, 1], stopped=True, budgets=long_thinking, markers=ONE_TOKEN)
    assert end == Finished(keep=5, finish_reason="length")


def test_an_answer_without_thinking_within_the_first_budget_is_done():
    assert decide([5, 6, 1], stopped=True) == Finished(keep=3, finish_reason="stop")


def test_only_the_first_think_end_counts():
    assert ONE_TOKEN.think_length([5, THINK_END, 6, THINK_END]) == 2


@pytest.mark.parametrize(
    ("token_ids", "length"),
    [
        ([5, 60, 61, 62, 63, 5], 5),  # spelled as the tokenizer writes it alone
        ([5, 71, 72, 5], 3),  # the same text cut into other tokens: "</" and "t>"
        ([5, 60, 61, 62], None),  # half written
    ],
)
def test_a_think_end_of_several_tokens_is_found_in_the_text(token_ids, length):
    assert SPELLED.think_length(token_ids) == length


def test_a_half_written_think_end_is_completed_and_not_repeated():
    assert decide([5, 5, 60, 61], markers=SPELLED) == GoOn(insert=(62, 63), max_tokens=3)


def test_an_empty_answer_start_inserts_think_end_alone():
    assert decide([5, 5, 5, 5], markers=SPELLED) == GoOn(insert=(60, 61, 62, 63), max_tokens=3)
