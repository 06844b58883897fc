"""The program inside the sandbox of a session: runs piece after piece of code in one namespace, and tells what came.

Started by sessions.py in an isolated interpreter. What the code writes goes to the policy that wrote it and nowhere
else, so nothing is lost when the code forges it.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import os
import signal
import sys
import traceback
import types
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jail  # type: ignore[import-not-found]  # noqa: E402  (beside this file; there is no package here)
import system_calls as calls  # type: ignore[import-not-found]  # noqa: E402

del sys.path[0]

_LONGEST_CODE = 1 << 20


def main() -> None:
    """Read the limits, go behind the walls, run what comes."""
    jail.die_with_parent()
    requests, replies = os.fdopen(os.dup(0), "rb"), os.dup(1)
    os.set_inheritable(replies, False)
    limits = json.loads(requests.readline())
    if child := os.fork():  # a process of its own has a user of its own, which no other session may signal
        os.waitpid(child, 0)
        return
    jail.die_with_parent()
    try:
        if limits["walls"] == "user":
            jail.enter_user(limits["folder"], limits["life_seconds"])
        else:
            jail.enter_namespaces()
    except (jail.JailError, OSError) as error:
        _tell(replies, {"refused": str(error)})
        return
    jail.limit_resources(
        seconds=limits["life_seconds"], memory_mib=limits["memory_mib"], num_processes=limits["num_processes"]
    )
    _close_streams()
    calls.refuse_uncounted_memory()
    _tell(replies, {"ready": True})
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    while line := requests.readline(_LONGEST_CODE):
        _tell(replies, run(json.loads(line), module.__dict__, limits["seconds"], limits["max_output"]))


def run(source: str, namespace: dict[str, Any], seconds: float, max_output: int) -> dict[str, Any]:
    """Run code; the value of a last line that is an expression is written as an interpreter would."""
    written, error = _Capped(max_output), None
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
            _execute(source, namespace)
    except SystemExit:
        pass
    except BaseException as fault:  # whatever the code raises is told to whom wrote it
        error = _told(fault)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"output": written.text(), "error": error}


def _execute(source: str, namespace: dict[str, Any]) -> None:
    tree = ast.parse(source, "<python>")
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        del tree.body[-1]
    exec(compile(tree, "<python>", "exec"), namespace)  # the point of it all: inside the walls
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "<python>", "eval"), namespace)
        if value is not None:
            print(repr(value))


class _Capped(io.TextIOBase):
    """A stream that keeps the beginning of what is written."""

    def __init__(self, most: int) -> None:
        self._pieces: list[str] = []
        self._left, self._lost = most, 0

    def write(self, text: str) -> int:
        """Keep as much as still fits."""
        kept = text[: self._left]
        self._pieces.append(kept)
        self._left -= len(kept)
        self._lost += len(text) - len(kept)
        return len(text)

    def text(self) -> str:
        """Return what was kept, and how much was not."""
        more = f"\n… ({self._lost} more characters)" if self._lost else ""
        return "".join(self._pieces) + more


def _out_of_time(*_: object) -> None:
    raise TimeoutError("out of time")


def _told(fault: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == "<python>"]
    where = f"line {lines[-1]}: " if lines else ""
    return where + "".join(traceback.format_exception_only(fault)).strip()[-1000:]


def _close_streams() -> None:
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _tell(replies: int, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode("ascii") + b"\n"
    while data:
        data = data[os.write(replies, data) :]


if __name__ == "__main__":
    main()
