"""Our verdicts on cases labelled by others, where the cases lie beside the project: every file, every attack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from places import CASES

SCRIPT = Path(__file__).with_name("score.py")
LEAST = 0.97
STRICT = {"grounding": 0.99, "ocr": 0.99, "gui": 0.99, "video_tiou": 0.99}

pytestmark = [
    pytest.mark.skipif(not CASES.is_dir(), reason=f"no conformance cases at {CASES}"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("conformance") / "scored.json"
    subprocess.run([sys.executable, str(SCRIPT), str(CASES), "--json", str(target)], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(target.read_text())
    return found


def test_every_file_is_judged_as_its_labels_say(scored: dict[str, Any]) -> None:
    files = {path.stem for path in CASES.glob("*.jsonl")} - {"hacks"}
    low = {
        name: scored[name]["differ"]
        for name in files
        if scored[name]["rows"] == 0 or scored[name]["share"] < STRICT.get(name, LEAST)
    }
    assert not low


def test_no_case_that_once_was_wrong_is_overpaid(scored: dict[str, Any]) -> None:
    overpaid = {name: scored[name].get("overpaid", []) for name in ("faults", "prose")}
    assert overpaid == {"faults": [], "prose": []}


def test_no_attack_pays_more_than_it_may_or_takes_longer(scored: dict[str, Any]) -> None:
    assert scored["hacks"]["rows"] >= 80
    assert scored["hacks"]["differ"] == []
