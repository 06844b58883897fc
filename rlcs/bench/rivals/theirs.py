"""TRL's side as seen from here: a process of another environment that does a step when it is told to."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rlcs.bench.rivals.usage import Step, cpu_seconds, tree
from rlcs.errors import UserError
from rlcs.process.environment import VARIABLES, num_cores

SCRIPT = Path(__file__).with_name("trl_side.py")
INSTALL = "python3 -m venv trl && trl/bin/pip install trl==1.16.0 torch==2.13.0+cpu"
LAST_LINES = 15

Scores = list[float | None]
Judge = Callable[[Sequence[int], Sequence[Sequence[int]]], Scores]
"""Numbers of tasks and the tokens of a completion of each; returns the scores."""


class Theirs:
    """A GRPOTrainer in a process of its own. Raises UserError with what it printed last when that ends by itself."""

    def __init__(self, python: Path, folder: Path, settings: Mapping[str, Any], judge: Judge) -> None:
        """`folder` takes its settings and its log; `settings` are those of trl_side.py."""
        self._judge = judge
        self._log = folder / "trl.log"
        file = folder / "trl.json"
        file.write_text(json.dumps(settings, indent=2), encoding="utf-8")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [python, SCRIPT, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                encoding="utf-8", env=environment(), cwd=folder,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Id of the process."""
        return self._process.pid

    def wait_until_ready(self) -> dict[str, str]:
        """Wait until it has loaded the model; return the versions of its packages."""
        versions: dict[str, str] = self._hear()["ready"]
        return versions

    def processes(self) -> set[int]:
        """Return its id and those of the processes that it started."""
        return tree(self.pid)

    def step(self, threads: int) -> Step:
        """Let it do one step with so many threads."""
        cpu_before = cpu_seconds(self.processes())
        self._tell(step=threads)
        asked = self._hear()["judge"]
        scores = self._judge(asked["tasks"], asked["token_ids"])
        self._tell(scores=scores)
        told = self._hear()["step"]
        judged = [score for score in scores if score is not None]
        return Step(
            **told,
            cpu_seconds=cpu_seconds(self.processes()) - cpu_before,
            reward=sum(judged) / max(len(judged), 1),
        )

    def save(self, folder: Path) -> None:
        """Write its model and tokenizer as a Hugging Face folder."""
        self._tell(save=str(folder))
        self._hear()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):  # what it could not be told any more
                stream.close()

    def _tell(self, **message: Any) -> None:
        assert self._process.stdin is not None
        try:
            print(json.dumps(message), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise self._ended() from None

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        message: dict[str, Any] = json.loads(line)
        return message

    def _ended(self) -> UserError:
        status = self._process.wait()
        last = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])
        return UserError(f"TRL's process ended with status {status}; the last it printed:\n{last}")


def environment() -> dict[str, str]:
    """Return the environment of TRL's process: all cores, nothing that RLCS sets for its own processes, no network."""
    kept = {name: value for name, value in os.environ.items() if name not in {*VARIABLES, "PYTHONPATH"}}
    return {**kept, "OMP_NUM_THREADS": str(num_cores()), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def check_python(python: Path) -> Path:
    """Return the absolute path of a Python with TRL; UserError when that is none."""
    path = python.expanduser().absolute()
    code = "import importlib.util as found, sys; sys.exit(found.find_spec('trl') is None)"
    try:
        done = subprocess.run([path, "-c", code], check=False, env=environment())
    except OSError as error:
        raise UserError(f"--trl-python {python}: {error.strerror}; make an environment with TRL: {INSTALL}") from error
    if done.returncode:
        raise UserError(f"--trl-python {python}: its environment has no TRL; make one that has: {INSTALL}")
    return path
