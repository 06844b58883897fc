"""The program inside the sandbox: reads a job from standard input, runs the code once for each test, tells what came.

Started by programs.py in an isolated interpreter. It never sees an expected output: the comparison is made outside.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import select
import signal
import sys
import time
import types
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jail  # type: ignore[import-not-found]  # noqa: E402
import system_calls as calls  # type: ignore[import-not-found]  # noqa: E402  (beside this file; no package here)

del sys.path[0]

ERROR_CHARACTERS = 2000
POLL_S = 0.02
TOO_LATE = {"output": "", "error": "out of time before it began"}


def main() -> None:
    """Read the job, go behind the walls, run every test."""
    jail.die_with_parent()
    job = json.load(sys.stdin)
    results = os.dup(1)
    os.set_inheritable(results, False)
    try:
        if job["isolation"] == "user":
            jail.enter_user(job["folder"], job["total_seconds"] + 1.0)
        else:
            jail.enter_namespaces()
    except (jail.JailError, OSError) as error:
        _tell(results, {"refused": str(error)})
        return
    ends = time.monotonic() + job["total_seconds"]
    for given in job["inputs"]:
        seconds = min(job["seconds"], ends - time.monotonic())
        found = run_test(job, given, seconds) if seconds > 0 else TOO_LATE
        _tell(results, found)
        if "refused" in found or (found["error"] and job["stop_at_failure"]):
            return


def run_test(job: dict[str, Any], given: Any, seconds: float) -> dict[str, Any]:
    """Run the code once in a process of its own; return its output and what went wrong, or None."""
    try:
        (output, output_end), (errors, errors_end) = os.pipe(), os.pipe()
        child = os.fork()
    except OSError as error:  # nothing left of what this machine has: not the code's fault
        return {"refused": f"a test cannot be started: {error}"}
    if child == 0:
        os.close(output)
        os.close(errors)
        os.setsid()
        jail.die_with_parent()
        jail.limit_resources(seconds=seconds, memory_mib=job["memory_mib"], num_processes=job["num_processes"])
        _run_candidate(job, given, output_end, errors_end)
    os.close(output_end)
    os.close(errors_end)
    caps = {output: job["max_output"], errors: ERROR_CHARACTERS}
    texts, code, fault = _watch(child, caps, keep_last=errors, ends=time.monotonic() + seconds)
    jail.end_other_processes()
    os.close(output)
    os.close(errors)
    told = texts[errors].decode("utf-8", "replace").strip().rpartition("\n")[2][:160]
    if fault is None and code != 0:
        fault = told or (f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}")
    return {"output": texts[output].decode("utf-8", "replace"), "error": fault}


def _watch(
    child: int, caps: dict[int, int], *, keep_last: int, ends: float
) -> tuple[dict[int, bytes], int, str | None]:
    """Collect what a child writes until it ends, writes too much or runs out of time; exit code, and which it was."""
    texts, is_open, code = dict.fromkeys(caps, b""), set(caps), None
    while code is None:
        left = ends - time.monotonic()
        if left <= 0:
            return texts, 0, "out of time"
        _read_ready(is_open, texts, caps, keep_last, min(POLL_S, left))
        if any(len(texts[one]) > caps[one] for one in caps if one != keep_last):
            return texts, 0, "too much output"
        ended, status = os.waitpid(child, 0 if not is_open and _has_ended(child) else os.WNOHANG)
        code = os.waitstatus_to_exitcode(status) if ended else None
    while _read_ready(is_open, texts, caps, keep_last, 0.0):
        if time.monotonic() > ends:  # something that it left running still writes
            return texts, 0, "out of time"
        if any(len(texts[one]) > caps[one] for one in caps if one != keep_last):
            return texts, 0, "too much output"
    return texts, code, None


def _has_ended(child: int) -> bool:
    found = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    if found is None:
        time.sleep(0.001)
    return found is not None


def _read_ready(
    is_open: set[int], texts: dict[int, bytes], caps: dict[int, int], keep_last: int, timeout: float
) -> bool:
    """Read once from each pipe that has something; False when none had."""
    ready = select.select(list(is_open), [], [], timeout)[0] if is_open else []
    for one in ready:
        piece = os.read(one, 65536)
        texts[one] += piece
        if one == keep_last:
            texts[one] = texts[one][-caps[one] :]
        if not piece:
            is_open.discard(one)
    return bool(ready)


def _run_candidate(job: dict[str, Any], given: Any, output: int, errors: int) -> None:
    """Become the candidate: standard streams, then its code; ends this process as Python itself would.

    A program runs as __main__. For a function its code is a module that is imported: its main block does not run.
    """
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(_pipe_with(given) if job["function"] is None else nothing, 0)
    os.dup2(output if job["function"] is None else nothing, 1)
    os.dup2(errors, 2)
    os.closerange(3, output)
    os.closerange(max(output, errors) + 1, 64)
    # Under the interpreter's own names as well, or those streams would be flushed into ours at exit.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # type: ignore[misc]
    calls.refuse_uncounted_memory()
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    if job["function"] is not None:
        sys.modules["answer"] = module = types.ModuleType("answer")
    sys.argv = ["answer.py"]
    vars(builtins).update(exit=sys.exit, quit=sys.exit)  # site has them, and this interpreter starts without it
    with contextlib.suppress(*() if job["function"] is None else (SystemExit,)):  # of a script's last line
        exec(compile(job["source"], "answer.py", "exec"), module.__dict__)  # the point of it all: inside the walls
    if job["function"] is not None:
        result = json.dumps(_call(module, job["function"], given), allow_nan=False)
        with open(output, "w", encoding="utf-8") as stream:
            stream.write(result)
    raise SystemExit(0)


def _call(module: types.ModuleType, name: str, given: Any) -> Any:
    """Call the function, or the method of that name of a class Solution, with a list or a dict of arguments."""
    holder = module.__dict__.get("Solution")
    function = module.__dict__.get(name) or getattr(holder() if holder else None, name, None)
    if function is None:
        raise NameError(f"no function {name!r}")
    return function(**given) if isinstance(given, dict) else function(*given)


def _pipe_with(text: str) -> int:
    """Return a file in memory that holds the text, ready to read."""
    stream = os.memfd_create("input")
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(stream, data) :]
    os.lseek(stream, 0, os.SEEK_SET)
    return stream


def _tell(results: int, found: dict[str, Any]) -> None:
    data = json.dumps(found).encode("ascii") + b"\n"
    with contextlib.suppress(BrokenPipeError):
        while data:
            data = data[os.write(results, data) :]


if __name__ == "__main__":
    main()
