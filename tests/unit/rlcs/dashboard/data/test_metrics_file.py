from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from rlcs.dashboard.data import metrics_file
from rlcs.dashboard.data.metrics_file import MetricsFile


def line(step: int, **values: float) -> str:
    return json.dumps({"step": step, **values}) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_only_what_was_appended_is_read(path: Path) -> None:
    path.write_text(line(1, a=1.0) + line(2, a=2.0))
    file = MetricsFile(path)
    assert file.refresh().get("a").tolist() == [1.0, 2.0]
    before = file.curves
    assert file.refresh() is before
    with path.open("a") as stream:
        stream.write(line(3, a=3.0))
    assert file.refresh().get("a").tolist() == [1.0, 2.0, 3.0]


def test_half_a_line_waits_for_its_other_half(path: Path) -> None:
    whole = line(2, a=2.5)
    path.write_text(line(1, a=1.0) + whole[:9])
    file = MetricsFile(path)
    assert file.refresh().steps.tolist() == [1]
    with path.open("a") as stream:
        stream.write(whole[9:])
    assert file.refresh().get("a").tolist() == [1.0, 2.5]


def test_a_resumed_run_that_wrote_the_file_anew_is_read_anew(path: Path) -> None:
    path.write_text("".join(line(step, a=float(step)) for step in range(1, 6)))
    file = MetricsFile(path)
    file.refresh()
    partial = path.with_name(".partial")
    partial.write_text(line(1, a=1.0) + line(2, a=9.0))
    partial.rename(path)
    assert file.refresh().get("a").tolist() == [1.0, 9.0]
    assert file.generation == 1


def test_a_file_of_the_same_length_with_another_content_is_read_anew(path: Path) -> None:
    path.write_text(line(1, a=1.0))
    file = MetricsFile(path)
    file.refresh()
    with path.open("r+") as stream:  # the same inode, as after two renames
        stream.write(line(1, a=7.0))
    assert file.refresh().get("a").tolist() == [7.0]


@pytest.mark.parametrize("broken", ["", "no json\n", "[1, 2]\n", '{"a": 1.0}\n', '{"step": "one", "a": 1.0}\n', "\n\n"])
def test_lines_that_are_no_steps_are_left_out(path: Path, broken: str) -> None:
    path.write_text(broken + line(1, a=1.0) + broken + line(2, a=2.0))
    found = MetricsFile(path).refresh()
    assert found.steps.tolist() == [1, 2]
    assert found.get("a").tolist() == [1.0, 2.0]


def test_values_that_are_no_numbers_are_left_out(path: Path) -> None:
    path.write_text(line(1, a=1.0) + '{"step": 2, "a": "text", "b": {"c": [1]}, "d": null}\n')
    found = MetricsFile(path).refresh()
    np.testing.assert_allclose(found.get("a"), [1.0, np.nan])
    assert not found.has("b")


def test_bytes_that_are_no_text_do_no_harm(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00\n" + line(1, a=1.0).encode() + b'{"step": 2, "\xff": 1.0}\n')
    assert 1 in MetricsFile(path).refresh().steps.tolist()


def test_whole_and_broken_numbers_of_a_key_go_together(path: Path) -> None:
    path.write_text('{"step": 1, "a": 3}\n{"step": 2, "a": 0.5}\n')
    assert MetricsFile(path).refresh().get("a").tolist() == [3.0, 0.5]


def test_an_absent_file_is_an_empty_one_and_one_that_goes_is_forgotten(path: Path) -> None:
    file = MetricsFile(path)
    assert len(file.refresh()) == 0
    path.write_text(line(1, a=1.0))
    assert len(file.refresh()) == 1
    path.unlink()
    assert len(file.refresh()) == 0


def test_totals_keep_their_precision(path: Path) -> None:
    path.write_text('{"step": 1, "rollout/num_tokens_total": 123456789012.0}\n')
    assert MetricsFile(path).refresh().get("rollout/num_tokens_total").tolist() == [123456789012.0]


@pytest.fixture
def large(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(metrics_file, "LARGE_BYTES", 100_000)
    monkeypatch.setattr(metrics_file, "BLOCK_BYTES", 30_000)
    monkeypatch.setattr(metrics_file, "SAMPLE_LINES", 50)
    monkeypatch.setattr(metrics_file, "TAIL_BYTES", 2_000)
    path.write_text("".join(line(step, a=step / 7.0) for step in range(10_000)))
    return path


def wait_until_whole(file: MetricsFile) -> None:
    deadline = time.monotonic() + 60.0
    while file.read_share < 1.0 and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_large_file_is_a_sample_first_and_exact_soon(large: Path) -> None:
    file = MetricsFile(large)
    first = file.refresh()
    assert 50 <= len(first) < 500
    assert first.steps[0] == 0 and first.steps[-1] == 9999
    assert np.diff(first.steps).max() < 600  # even
    np.testing.assert_allclose(first.get("a"), first.steps / 7.0, rtol=1e-6)
    wait_until_whole(file)
    assert len(file.refresh()) == 10_000 and file.generation == 1
    with large.open("a") as stream:
        stream.write(line(10_000, a=0.0))
    assert len(file.refresh()) == 10_001


def test_a_large_file_that_goes_while_it_is_read_does_no_harm(large: Path) -> None:
    file = MetricsFile(large)
    file.refresh()
    os.replace(large, large.with_name("elsewhere"))
    wait_until_whole(file)
    assert len(file.refresh()) == 0
