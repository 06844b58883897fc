"""The verifier `temporal_iou`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.reading.json_values import Unreadable
from rewards.running.call import as_verdict
from rewards.verifiers.temporal_iou import check_span_gold, read_span, temporal_iou
from rlcs.records import Status, Verdict


def judge(answer: str, gold: Any = (12, 18), **params: Any) -> Verdict:
    return as_verdict(temporal_iou(answer, list(gold) if isinstance(gold, tuple) else gold, **params))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12 - 18", (12, 18)), ("[12, 18]", (12, 18)), ("12s–18s", (12, 18)),
        ("From 12.5s to 18.25s.", (12.5, 18.25)), ("12.5 - 18 seconds", (12.5, 18)), ("00:12 - 00:18", (12, 18)),
        ("1:02:03-1:02:09.5", (3723, 3729.5)), ("1 min 5 s to 1 min 20 s", (65, 80)), ("1m30s - 2m", (90, 120)),
        ("1 - 2 minutes", (60, 120)), ("between 12 and 18 seconds", (12, 18)),
        ('{"start": 12, "end": 18}', (12, 18)), ("12 秒到 18 秒", (12, 18)), ("１２ － １８", (12, 18)),
        ("第12秒到第18秒", (12, 18)), ("12分钟到18分钟", (720, 1080)), ("1分5秒-1分20秒", (65, 80)),
        ("1m5s-1m20s", (65, 80)), ("1 hr - 2 hrs", (3600, 7200)), ("1小时至2小时", (3600, 7200)),
        ("00:00:09,500 --> 00:00:21,000", (9.5, 21)), ("500 ms to 1,500 ms", (0.5, 1.5)),
        ("1'05\" - 1'20.5\"", (65, 80.5)), ("7s..9s", (7, 9)), ("7到9秒", (7, 9)),
        ("1时2分3秒至1时2分9秒", (3723, 3729)),
        ("1 hour, 2 minutes and 3 seconds to 1 hour, 2 minutes and 9 seconds", (3723, 3729)), ("0:07–0:09", (7, 9)),
        ("3,723 s to 3,730 s", (3723, 3730)), ("[1 min, 90 s]", (60, 90)),
        ("between 1 minute and 90 seconds", (60, 90)),
    ],
)  # fmt: skip
def test_times_are_read_in_all_spellings(text: str, span: tuple[float, float]) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "", "never", "12", "18 - 12", "15 - 15", "-5 - 18", "[12, -18]", "12 - 18, 20 - 25", "nan - 18", "0 - inf",
        "1e1 - 1e2", "0x1 - 9", "00:75 - 01:80", "1:99:00 - 2:00:00", "12 apples - 18 pears - 3", "1_0 - 20",
        "12us - 18us", "either 12 or 18", "0 hrs 12 s",
    ],
)  # fmt: skip
def test_what_is_not_one_span_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_span(text)
    assert judge(text).status is Status.INVALID_ANSWER


def test_iou_of_spans_is_overlap_by_union() -> None:
    assert judge("12 - 18").status is Status.CORRECT
    assert judge("15 - 21").score == pytest.approx(3 / 9)
    assert judge("0 - 60").score == pytest.approx(0.1)
    assert judge("18 - 20").score == 0.0


def test_the_whole_video_earns_nothing_where_the_score_has_a_threshold() -> None:
    assert judge("0 - 60", score="threshold").score == 0.0
    assert judge("0 - 60", score="gated").score == 0.0
    assert judge("12 - 16", score="gated").score == pytest.approx(4 / 6)
    assert judge("12 - 15", score="threshold", threshold=0.5).score == 1.0


def test_the_spelling_of_times_and_the_length_can_be_declared() -> None:
    assert judge("00:12 - 00:18", times="clock").score == 1.0
    assert judge("12 - 18", times="clock").score == 0.0
    assert judge("00:12 - 00:18", times="seconds").score == 0.0
    assert judge("12 - 61", duration=60.0).score == pytest.approx(6 / 49)
    assert judge("12 - 70", duration=60.0).status is Status.INVALID_ANSWER


def test_a_long_text_is_over_the_limit() -> None:
    assert judge("1 " * 5000).status is Status.OVER_LIMIT


@pytest.mark.parametrize("gold", [[12, 18], "00:12 - 00:18", {"start": 12, "end": 18.5}])
def test_good_golds_pass(gold: Any) -> None:
    assert check_span_gold(gold) is None


@pytest.mark.parametrize("gold", [[18, 12], [12], [1, 2, 3], "soon", {"start": 1}, [float("nan"), 3], [True, 3], 7])
def test_golds_of_no_use_are_reported(gold: Any) -> None:
    with pytest.raises(ValueError):
        check_span_gold(gold)
    assert check_span_gold([12, 18], threshold=0.0)
