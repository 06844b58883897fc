"""The card of an episode: turns in order, what was seen before each, faults and ends in words, never too much."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from plotly.utils import PlotlyJSONEncoder

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.rollouts import group
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.pages.episodes import MAX_TURNS
from rlcs.dashboard.pages.groups import group_view
from rlcs.dashboard.pictures import picture

WriteRun = Callable[..., Path]


def png(colour: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (160, 210), colour).save(stream, "PNG")
    return stream.getvalue()


def turn(text: str, *shown: str | bytes, **values: Any) -> dict[str, Any]:
    pieces = [{"text": None, "image": one} if isinstance(one, bytes) else {"text": one, "image": None} for one in shown]
    return {"text": text, "shown": pieces, "start": 3, "stop": 10, "counted": [], "replays": 0, **values}


def view_of(write_run: WriteRun, *rows: dict[str, Any], **address: str) -> str:
    filled = [
        {"num_turns": len(row["turns"]), "outcome": "", "domain": "gui.episode", "extracted": None, **row}
        for row in rows
    ]
    run = Run(write_run(rollouts={1: filled}))
    return json.dumps(group_view(run, group(run, 1, 0), Address("/rollouts", address)), cls=PlotlyJSONEncoder)


CLICK = "<think>there</think><answer><|begin_of_box|>left_click(start_box='[250,500]')<|end_of_box|></answer>"


def test_each_turn_stands_with_what_was_seen_before_it(write_run: WriteRun) -> None:
    red, blue, green = png("red"), png("blue"), png("green")
    turns = [turn(CLICK, "clicked", blue), turn("type(content='x')", "typed"), turn("done()", "over", green)]
    images = [{"path": None, "bytes": red}]
    view = view_of(write_run, {"images": images, "turns": turns, "outcome": "won", "message": "won"})
    places = [view.index(picture(one).address) for one in (red, blue, green)]
    assert places == sorted(places) and view.count(picture(blue).address) == 2, "seen again where nothing new was shown"
    assert view.count("No new image was shown") == 1
    assert '"left": "25.000%", "top": "50.000%"' in view and view.count('"mark point answer"') == 1
    assert view.index("there") < view.index("left_click(") < view.index("clicked") < view.index("type(content")
    assert "The episode reached its goal. The environment says: won." in view and "The end" in view


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"status": "incorrect", "score": 0.0}, "The episode ended without reaching its goal."),
        ({"status": "over_limit", "score": 0.0}, "The episode ran out of turns or of context."),
        ({"status": "env_fault", "score": None}, "The environment failed: our fault"),
        ({"status": "incorrect", "extracted": "7", "answer": "8"}, "Found 7, expected 8."),
        ({"status": "over_limit", "score": 0.0, "message": "too long"}, "The verifier says: too long."),
    ],
)
def test_a_verdict_says_who_judged_what(write_run: WriteRun, row: dict[str, Any], words: str) -> None:
    assert words in view_of(write_run, {"turns": [turn("a")], **row})


def test_faults_and_what_turns_count_are_told(write_run: WriteRun) -> None:
    turns = [turn("a", replays=1), turn("b", counted=["invalid_move"], forced=True), turn("c", replays=2)]
    went_on = view_of(write_run, {"turns": turns})
    assert "brought back to this turn once; then it went on." in went_on
    assert "replayed 3 times, 1 turn invalid move" in went_on and "\\u2717 invalid move" in went_on
    failed = view_of(write_run, {"turns": turns, "status": "env_fault", "score": None})
    assert "brought back to this turn once; then it went on." in failed
    assert "brought back to this turn 2 times; then the episode was given up." in failed
    assert "7 tokens" in failed


def test_an_episode_is_chosen_and_many_turns_have_pages(write_run: WriteRun) -> None:
    rows = [{"turns": [turn(f"{name}-{number};") for number in range(1, 46)]} for name in ("first", "second")]
    first, second = view_of(write_run, *rows), view_of(write_run, *rows, index="1", turn=str(MAX_TURNS + 1))
    assert "first-1;" in first and f"first-{MAX_TURNS};" in first and f"first-{MAX_TURNS + 1};" not in first
    assert "second-" not in first and "The end" not in first
    assert "second-21;" in second and "second-20;" not in second and "second-41;" not in second
    assert "Turns 21 to 40 of 45." in second and "turn=41" in second and "turn=1" in second
    assert "The end" in view_of(write_run, *rows, turn="41") and "first-45;" in view_of(write_run, *rows, turn="999")


def test_an_episode_without_turns_says_how_it_failed(write_run: WriteRun) -> None:
    view = view_of(
        write_run, {"turns": [], "status": "env_fault", "score": None, "outcome": "no page", "message": "no page"}
    )
    assert "The environment says: no page." in view and "The end" in view


def test_images_and_texts_of_a_turn_are_capped(write_run: WriteRun) -> None:
    shown = [png("red")] * 9
    view = view_of(write_run, {"turns": [turn("a", "z" * 50_000, *shown), turn(CLICK)]})
    assert view.count(picture(shown[0]).address) == 4 and "5 more images are not shown" in view
    assert view.count("zz") < 2_100 and "The first 4,000 of 50,000 characters." in view
    whole = view_of(write_run, {"turns": [turn("a", "z" * 50_000)]}, full="turn-1-answer")
    assert "z" * 50_000 in whole


def test_outside_of_screens_a_turn_that_names_no_place_is_nothing_to_tell(write_run: WriteRun) -> None:
    row = {"images": [{"path": None, "bytes": png("red")}], "turns": [turn("42")]}
    assert "No place is drawn" in view_of(write_run, row)
    assert "No place is drawn" not in view_of(write_run, {**row, "domain": "stem.math"})
