"""What a run shows: warnings that do not flood, a progress line whose cells stand under their titles."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from rlcs.process import console
from rlcs.process.console import SAME_WARNING_S, WarningPrinter, logging_to
from rlcs.run import display

METRICS = {
    "reward/mean": 0.156,
    "curriculum/tier/medium/share": 0.75,
    "curriculum/tier/very_hard/share": 0.25,
    "curriculum/expansion_ema": 1.39,
    "curriculum/num_selected": 14.0,
    "rollout/num_tasks": 32.0,
    "rollout/tokens_per_s": 6758.4,
    "time/rollout_s": 2.24,
    "time/step_s": 3.1,
}


def record(template: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("rlcs.x", logging.WARNING, "x.py", 1, template, arguments, None)


def test_every_cell_of_a_step_stands_under_its_title() -> None:
    above, titles = display.header()
    line = display.step_line(3, 30, METRICS, seconds_left=75.4)
    assert line.split() == ["3/30", "0.156", "25", "0", "75", "0", "0", "1.39", "14/32", "6,758",
                            "2.2", "0.0", "0.0", "0.0", "3.1", "1:15"]  # fmt: skip
    assert len(line) == len(titles) < 120
    for title, cell in (("reward", "0.156"), ("v.hard", "25"), ("medium", "75"), ("expand", "1.39"), ("all", "3.1")):
        assert titles.index(title) + len(title) == line.index(f" {cell}") + 1 + len(cell), title
    assert above.index("trained/") + len("trained/") == titles.index("drawn") + len("drawn")


def test_a_warning_that_repeats_is_shown_once_a_minute_whatever_the_clock_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = WarningPrinter()
    for since, clock, text, step in (
        (100.0, 5000.0, "step %d is short", 1),
        (100.0 + SAME_WARNING_S / 2, 9000.0, "step %d is short", 2),
        (100.0 + SAME_WARNING_S / 2, 9000.0, "something else %d", 2),
        (100.0 + SAME_WARNING_S, 1000.0, "step %d is short", 3),
    ):
        monkeypatch.setattr(console.time, "monotonic", lambda since=since: since)
        made = record(text, step)
        made.created = clock
        printer.emit(made)
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["warning: step 1 is short", "warning: something else 2", "warning: step 3 is short"]


def test_the_log_of_a_run_holds_lines_and_warnings_and_ends_with_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("rlcs.test")
    with logging_to(tmp_path):
        console.say("a line with [brackets]")
        log.warning("too few")
        log.info("a detail")
    log.warning("after the run")
    text = (tmp_path / "log.txt").read_text()
    assert all(part in text for part in ("a line with [brackets]", "WARNING rlcs.test: too few", "a detail"))
    assert "after the run" not in text
    assert capsys.readouterr().out.splitlines() == ["a line with [brackets]", "warning: too few"]


def test_a_program_is_named_as_the_shell_of_the_person_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(folder))
    assert console.command("rlcs") == "rlcs"
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [".venv/bin/rlcs", "train"])
    assert console.command("tensorboard") == ".venv/bin/tensorboard"
    monkeypatch.setattr(sys, "argv", [str(folder / "rlcs"), "train"])
    assert console.command("rlcs") == str(folder / "rlcs")
