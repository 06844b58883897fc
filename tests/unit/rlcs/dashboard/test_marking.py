"""Model text in segments: what is marked, what is made visible, what is cut."""

from __future__ import annotations

import time

from rlcs.dashboard.marking import (
    MAX_MARKED_CODES,
    SHOWN,
    Segment,
    is_invisible,
    mark_plain,
    mark_response,
    one_line,
    visible,
)


def of_kind(segments: list[Segment], kind: str) -> list[str]:
    return [segment.text for segment in segments if kind in segment.kinds]


def plain(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def test_thinking_answer_and_box_are_marked_and_nothing_is_lost() -> None:
    text = "<think>3*4</think><answer>So <|begin_of_box|>12<|end_of_box|>.</answer>"
    segments = mark_response(text)
    assert plain(segments) == text
    assert of_kind(segments, "think") == ["<think>", "3*4", "</think>"]
    assert of_kind(segments, "box") == ["12"]
    assert of_kind(segments, "answer") == ["So ", "<|begin_of_box|>", "12", "<|end_of_box|>", "."]
    assert of_kind(segments, "tag") == [
        "<think>", "</think>", "<answer>", "<|begin_of_box|>", "<|end_of_box|>", "</answer>"
    ]  # fmt: skip


def test_a_template_may_have_opened_the_thinking() -> None:
    assert of_kind(mark_response("hm</think>12"), "think") == ["hm", "</think>"]


def test_thinking_that_never_ends_is_all_thinking() -> None:
    segments = mark_response("<think>1 <answer>2</answer>")
    assert plain([s for s in segments if "think" in s.kinds]) == "<think>1 <answer>2</answer>"
    assert of_kind(segments, "answer") == []


def test_tags_inside_the_thinking_mark_no_answer() -> None:
    segments = mark_response("<think><answer>1</answer></think><answer>2</answer>")
    assert of_kind(segments, "answer") == ["2"]


def test_a_latex_box_is_a_box() -> None:
    segments = mark_response(r"</think>so \boxed{\frac{1}{2}}.")
    assert of_kind(segments, "box") == [r"\frac{1}{2}"]


def test_what_forcing_inserted_is_marked_once() -> None:
    text = "<think>long</think><answer>7</think><answer>"
    assert of_kind(mark_response(text, inserted="</think><answer>"), "inserted") == ["</think>", "<answer>"]
    assert of_kind(mark_response(text), "inserted") == []


def test_an_answer_cut_by_its_budget_is_marked_to_the_end() -> None:
    assert of_kind(mark_response("</think><answer>12"), "answer") == ["12"]


def test_hits_of_a_search_are_marked_whatever_their_case() -> None:
    segments = mark_response("Alpha beta ALPHA", search="alpha")
    assert of_kind(segments, "hit") == ["Alpha", "ALPHA"]
    assert of_kind(mark_plain("a.b axb", search="a.b"), "hit") == ["a.b"]


def test_characters_that_hide_or_turn_text_become_codes_with_a_name() -> None:
    segments = mark_response("a\u202eb\x00\x00c\u200bd")
    codes = [(segment.text, segment.title) for segment in segments if "code" in segment.kinds]
    assert codes == [
        ("U+202E", "right-to-left override"),
        ("U+0000 ×2", "no printable character"),
        ("U+200B", "zero width space"),
    ]
    assert visible("a\u202eb") == "a⟨U+202E⟩b"


def test_line_breaks_tabs_letters_and_pictures_are_visible() -> None:
    assert not any(map(is_invisible, "\n\tÄ漢🙂 ع"))
    assert all(map(is_invisible, "\r\x1b\u2066\u00ad\u2028\ufeff\ud800\U000e0041"))


def test_codes_beyond_the_cap_are_written_out_in_the_text() -> None:
    segments = mark_response("\u200b\u200c" * SHOWN, limit=4 * MAX_MARKED_CODES)
    assert len([s for s in segments if "code" in s.kinds]) == MAX_MARKED_CODES
    assert all("\u200b" not in s.text and "\u200c" not in s.text for s in segments)


def test_a_long_text_is_cut() -> None:
    assert len(plain(mark_response("x" * 1_000_000))) == SHOWN


def test_hostile_texts_of_a_megabyte_take_little_time() -> None:
    started = time.perf_counter()
    for unit in ("<answer>", "<|begin_of_box|>", "\\boxed{", "\u202e", "a", "</think>", "\ud800"):
        assert len(mark_response(unit * 200_000, inserted="</think>", search="a", limit=100_000)) < 10_000
    assert time.perf_counter() - started < 10


def test_markup_is_plain_text_in_one_segment() -> None:
    text = "<script>alert(1)</script> [x](javascript:alert(2)) **b**"
    assert mark_response(text) == [Segment(text)]


def test_one_line_keeps_the_beginning() -> None:
    assert one_line("  a\n b\u202e ", 10) == "a b⟨U+202E⟩"
    assert one_line("x" * 1_000_000, 5) == "xxxxx…"
