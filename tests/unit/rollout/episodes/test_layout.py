"""A conversation told anew."""

from __future__ import annotations

from rollout.episodes.layout import OMITTED, told_anew

STEPS = [("<think>hm</think><answer>click()</answer>", (b"1", "typed?")), ("type()", ("done?", b"2"))]


def test_the_last_images_are_shown_and_thinking_is_not_told_again() -> None:
    expected = ("What?", OMITTED, "Step 1: click()", OMITTED, "typed?", "Step 2: type()", "done?", b"2")
    assert told_anew(("What?", b"0"), STEPS, keep_images=1) == expected


def test_as_many_images_as_are_kept() -> None:
    shown = [told_anew(("What?", b"0"), STEPS, keep_images=keep) for keep in range(4)]
    kept = [[piece for piece in pieces if isinstance(piece, bytes)] for pieces in shown]
    assert kept == [[], [b"2"], [b"1", b"2"], [b"0", b"1", b"2"]]


def test_first_steps_can_be_left_out_and_the_numbers_stay() -> None:
    told = told_anew(("What?",), STEPS, keep_images=0, skip=1)
    assert told == ("What?", "(1 steps omitted)", "Step 2: type()", "done?", OMITTED)
