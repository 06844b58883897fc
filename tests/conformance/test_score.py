"""tests/conformance/score.py on a small folder and a family of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("score.py")
FAMILY = """
from rlcs.config.schema import FormatConfig, RewardConfig

def same(row):
    if row["prediction"] == "crash":
        raise RuntimeError("no")
    return None if row["prediction"] == "skip" else row["prediction"] == row["gold"]

def gold(row):
    return "7"

def more(row):
    return row["prediction"] < row["gold"]

FILES = {"sums": same}
OVERPAID = {"sums": more}
HACKS = {"math": RewardConfig(), "named": RewardConfig(), "wrong": RewardConfig(verifier="no_such")}
HACK_GOLDS = {"named": gold}
"""
SUMS = [
    {"id": "a", "prediction": "1", "gold": "1"},
    {"id": "b", "prediction": "1", "gold": "2", "tags": ["tuple"]},
    {"id": "c", "prediction": "1", "gold": "2", "tags": ["quirk_newline"]},
    {"id": "d", "prediction": "skip", "gold": "2"},
    {"id": "e", "prediction": "crash", "gold": "2"},
]


def hack(name: str, domain: str, inner: str | None, expected: Any, **fields: Any) -> dict[str, Any]:
    response = None if inner is None else f"\\boxed{{{inner}}}"
    row = {"id": name, "domain": domain, "question": None, "gold": "7", "response": response, "response_build": None}
    return {**row, "expected_reward": expected, "expected_status": "incorrect", "max_seconds": 5.0, **fields}


HACKS = [
    hack("h1", "math", "8", 0),
    hack("h2", "math", "7", 0),
    hack("h3", "math", "7", "0 or 1"),
    hack("h4", "math", None, 0, response_build=[["\\boxed{", 1], ["1", 3000], ["}", 1]]),
    hack("h5", "math", "8", 1),
    hack("h6", "math", "7", 0, gold="", expected_status="bad_gold"),
    hack("h7", "math", "7", 1, gold=""),
    hack("h8", "math", "7", 1, max_seconds=0.0),
    hack("h9", "math", "7", "finite"),
    hack("n1", "named", "7", 1, gold="seven, in words"),
    hack("w1", "wrong", "7", 1),
    hack("u1", "unknown", "7", 1),
]


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What the script prints and writes for the folder."""
    folder = tmp_path_factory.mktemp("cases")
    families = folder / "families"
    families.mkdir()
    (families / "mine.py").write_text(FAMILY)
    (families / "broken.py").write_text("import no_such_module")
    for name, rows in (("sums", SUMS), ("other", SUMS), ("hacks", HACKS)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "damaged.jsonl").write_text("{")
    target = folder / "result.json"
    command = [sys.executable, str(SCRIPT), str(folder), "--families", str(families), "--json", str(target)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(target.read_text())


def test_rows_are_counted_by_file_and_those_that_differ_are_named(scored: tuple[str, dict[str, Any]]) -> None:
    sums = scored[1]["sums"]
    assert (sums["rows"], sums["agree"], sums["share"], sums["differ"]) == (3, 1, pytest.approx(1 / 3), ["b", "e"])
    assert sums["left_out"] == 2 and sums["reasons"] == {"e": "RuntimeError: no"}
    assert "sums: e differs: RuntimeError: no" in scored[0]
    assert sums["overpaid"] == ["b"] and "sums: more than the label: b" in scored[0]


def test_files_without_a_family_and_broken_ones_are_told(scored: tuple[str, dict[str, Any]]) -> None:
    assert scored[1]["other"]["rows"] == 0 and scored[1]["other"]["share"] is None
    assert "no family judges this file" in scored[0]
    assert "cannot be read" in scored[1]["damaged"]["note"]
    assert "family broken cannot be loaded: ModuleNotFoundError" in scored[0]
    assert "hacks of wrong: rewards.wrong: unknown verifier 'no_such'" in scored[0]


def test_a_hack_holds_when_it_gets_no_more_than_expected_in_time(scored: tuple[str, dict[str, Any]]) -> None:
    hacks = scored[1]["hacks"]
    math = hacks["domains"]["math"]
    assert math["differ"] == ["h2", "h7", "h8"] and math["rows"] == 8 and math["agree"] == 5
    assert math["below"] == ["h5"], "harmless, but a right answer went unpaid"
    assert math["left_out"] == 1 and "1.0 (correct)" in math["reasons"]["h2"]
    assert hacks["domains"]["named"]["agree"] == 1
    assert hacks["domains"]["unknown"]["note"] == hacks["domains"]["wrong"]["note"] == "no family judges this domain"
    assert (hacks["rows"], hacks["agree"], hacks["differ"]) == (9, 6, ["h2", "h7", "h8"])
