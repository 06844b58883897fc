"""Runs the `rlcs` command of the environment that runs the tests, as people do. Shared by the tests of the commands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

START_TIMEOUT_S = 300


def rlcs(command: str, config: str, *more: str) -> list[str]:
    """Return a command line; `config` is a file, or the name of a configuration that comes with RLCS."""
    program = Path(sys.executable).with_name("rlcs")
    return [str(program), command, "--config", config, *more]


def start(folder: Path, command: list[str]) -> subprocess.Popen[str]:
    """Start a command beside `folder`; what it prints is appended to FOLDER.out."""
    output = (folder.parent / f"{folder.name}.out").open("a")
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True, cwd=folder.parent)


def output_of(folder: Path) -> str:
    return (folder.parent / f"{folder.name}.out").read_text()


def finish(folder: Path, command: list[str]) -> None:
    """Run a command to its end; it must succeed."""
    assert start(folder, command).wait(timeout=START_TIMEOUT_S) == 0, output_of(folder)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until something has happened in a run that goes on."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not condition():
        assert process.poll() is None, f"the run ended early:\n{output_of(folder)}"
        assert time.monotonic() < deadline, f"nothing happened in {START_TIMEOUT_S} s:\n{output_of(folder)}"
        time.sleep(0.05)


def metrics(folder: Path) -> dict[int, dict[str, float]]:
    """Return metrics.jsonl by step; empty before there is one."""
    file = folder / "metrics.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return {record["step"]: record for record in map(json.loads, lines)}


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def still_alive(processes: list[psutil.Process]) -> list[str]:
    """Return those that do not end within 20 s."""
    _, alive = psutil.wait_procs(processes, timeout=20)
    return [f"{process.pid} {process.name()}" for process in alive if process.status() != psutil.STATUS_ZOMBIE]
