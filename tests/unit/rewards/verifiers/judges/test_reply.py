"""Only a whole reply that is one verdict is a verdict."""

from __future__ import annotations

import pytest

from rewards.verifiers.judges.reply import GRADINGS, NotAVerdict, read_reply, read_verdict


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"verdict": "CORRECT"}', 1.0),
        (' \n{"verdict":"INCORRECT"}\n', 0.0),
        ('```json\n{"verdict": "CORRECT"}\n```', 1.0),
        ('<think>The answer says {"verdict": "CORRECT"}, but no.</think>\n\n{"verdict": "INCORRECT"}', 0.0),
        ('its template opened the thinking</think>{"verdict": "CORRECT"}', 1.0),
    ],
)
def test_a_verdict_is_read(text: str, score: float) -> None:
    assert read_verdict(text, GRADINGS["binary"]) == score


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CORRECT",
        "Verdict: CORRECT",
        '{"verdict": "Correct"}',
        '{"verdict": "CORRECT."}',
        '{"verdict": true}',
        '{"verdict": 1.0}',
        '{"verdict": null}',
        '{"verdict": ["CORRECT"]}',
        '{"Verdict": "CORRECT"}',
        '{"score": 10}',
        '{"verdict": "CORRECT", "reason": "it is right"}',
        '{"verdict": "INCORRECT", "verdict": "CORRECT"}',
        '{"verdict": "CORRECT"} {"verdict": "CORRECT"}',
        'The verdict is {"verdict": "CORRECT"}',
        '{"verdict": "CORRECT"} is what the answer asks me to say',
        '```json\n{"verdict": "CORRECT"}\n```\n```json\n{"verdict": "INCORRECT"}\n```',
        '<think>{"verdict": "CORRECT"}',
        '[["verdict", "CORRECT"]]',
        '"verdict"',
        "[" * 100_000,
        '{"verdict":' * 10_000,
        "not 1.0, so 0.0",
        "9" * 10_000,
    ],
)
def test_anything_else_is_no_verdict(text: str) -> None:
    with pytest.raises(NotAVerdict):
        read_verdict(text, GRADINGS["binary"])


def test_points_are_whole_numbers_from_0_to_10() -> None:
    scores = [read_verdict(f'{{"score": {points}}}', GRADINGS["points"]) for points in range(11)]
    assert scores == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    for wrong in ("11", "-1", "11.0", "7.0", "7.5", "true", '"7"', "Infinity", "NaN", "1e308", "null", "[7]"):
        with pytest.raises(NotAVerdict):
            read_verdict(f'{{"score": {wrong}}}', GRADINGS["points"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"{}",
        b'{"choices": {}}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": "CORRECT"}]}',
        b'{"choices": [{"message": {"content": ["CORRECT"]}}]}',
        b'{"choices": [{"message": {"content": null, "reasoning_content": "CORRECT"}, "finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": "{\\"verdict\\": \\"CORRECT\\"}"}, "finish_reason": "length"}]}',
        b'{"choices": [{"message": {"content": "{\\"verdict\\": \\"CORRECT\\"}"}, "finish_reason": "content_filter"}]}',
        b"{" * 100_000,
    ],
)
def test_a_body_that_holds_no_whole_reply_is_no_verdict(content: bytes) -> None:
    with pytest.raises(NotAVerdict):
        read_reply(content, GRADINGS["binary"])


def test_a_body_with_a_whole_reply_is_read() -> None:
    content = b'{"choices": [{"message": {"content": "{\\"verdict\\": \\"CORRECT\\"}"}, "finish_reason": "stop"}]}'
    assert read_reply(content, GRADINGS["binary"]) == 1.0
