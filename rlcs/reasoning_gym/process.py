"""Rows made in a process of their own: what is slow there can be ended, and what it changes stays there.

Some sets print, seed NumPy for the whole process, or order their words by Python's hashes, which are fixed here so that
a path always gives the same rows.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from rlcs.errors import UserError
from rlcs.reasoning_gym.library import check_set
from rlcs.reasoning_gym.paths import parse_path
from rlcs.reasoning_gym.rows import generate_rows

DEADLINE_S = 60
"""One row may take so long."""


def read_rows(path: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a reasoning_gym:// path; the process ends with the iterator."""
    check_set(parse_path(path).name)
    command = [sys.executable, "-P", "-m", __name__, path]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None, "its output is a pipe"
        try:
            for line in process.stdout:
                row = json.loads(line)
                if "error" in row:
                    raise UserError(row["error"])
                yield row
        except GeneratorExit:
            process.kill()
            raise
        if process.wait() != 0:
            errors.seek(0)
            raise UserError(f"{path}: {_why(process.returncode, errors.read())}")


def _why(code: int, errors: str) -> str:
    if code == -signal.SIGALRM:
        return f"a task took more than {DEADLINE_S} s to make; give easier settings, or lower levels"
    return f"the process that makes the tasks ended with code {code}: {errors.strip().rpartition(os.linesep)[2]}"


def _main(path: str) -> None:
    """Print the rows of a path, a line of JSON each; an error that a person can fix is the last line."""
    with os.fdopen(os.dup(1), "w") as rows:
        os.dup2(2, 1)  # what a set prints is none of the rows
        try:
            signal.alarm(DEADLINE_S)
            for row in generate_rows(parse_path(path)):
                signal.alarm(DEADLINE_S)
                print(json.dumps(row), file=rows)
        except UserError as error:
            print(json.dumps({"error": str(error)}), file=rows)


if __name__ == "__main__":
    _main(sys.argv[1])
