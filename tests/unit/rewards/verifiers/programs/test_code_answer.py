"""The verifier `code` and its sandbox: what passes, and what hostile code gets for its trouble."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import Scorer
from rewards.sandbox import child as sandbox_child
from rewards.sandbox.jail import FIRST_USER
from rewards.sandbox.programs import WALLS, Limits, Run, SandboxRefused, run_code, usable_walls
from rewards.verifiers.programs.code_answer import code, last_block
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.errors import UserError
from rlcs.records import Status, Verdict

ADD_ONE = {"inputs": ["1\n", "41\n"], "outputs": ["2\n", "42"]}
LIMITS = Limits(seconds=3.0, total_seconds=6.0, memory_mib=256)
SHORT = replace(LIMITS, seconds=0.5)
THREADS = "for _ in range(50): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"


def walls() -> str:
    try:
        return usable_walls("best")
    except UserError as error:
        pytest.skip(str(error))


def run(source: str, given: str = "", *, kind: str | None = None, limits: Limits = LIMITS) -> Run:
    (one,) = run_code(source, [given], function=None, limits=limits, walls=kind or walls())
    return one


def fenced(source: str) -> str:
    return f"Here:\n```python\n{source}\n```"


def judged(source: str, gold: Any = ADD_ONE, **params: Any) -> Verdict:
    walls()
    verdict = code(fenced(source), gold, **params)
    assert isinstance(verdict, Verdict)
    return verdict


def test_a_program_that_passes_every_test_is_right() -> None:
    assert judged("print(int(input()) + 1)").status is Status.CORRECT


def test_a_function_is_called_with_arguments_by_place_or_by_name() -> None:
    gold = {"function": "add", "inputs": [[1, 2], {"first": 3, "second": 4}], "outputs": [3, 7]}
    assert judged("def add(first, second):\n    print('noise')\n    return first + second", gold).score == 1.0


def test_a_method_of_a_class_solution_counts_as_the_function() -> None:
    gold = {"fn_name": "pair", "inputs": [[1]], "outputs": [[1, 2]]}
    assert judged("class Solution:\n    def pair(self, one):\n        return (one, one + 1)", gold).score == 1.0


def test_the_share_of_passed_tests_is_paid_where_declared() -> None:
    source = "print(2)"
    assert judged(source).score == 0.0
    partial = judged(source, credit="fraction")
    assert (partial.score, partial.status) == (0.5, Status.PARTIAL)
    assert partial.components == {"tests_passed": 0.5} and "test 1: wrong output" in partial.message


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
        "raise SystemExit",
        "import builtins\nbuiltins.print = lambda *a, **k: None",
        "class Any(str):\n    def __eq__(self, other): return True\nprint(Any('x'))",
        "import os\nwhile True: os.fork()",
        "def broken(",
        "",
        "print('2\\n42')",
        "import json; json.loads = json.dumps = lambda *a, **k: 2",
        "import sys\nprint(open(sys.argv[0]).read())",
    ],
)
def test_tricks_earn_nothing(source: str) -> None:
    assert judged(source).score == 0.0


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("while True: pass", "out of time"),
        ("import time; time.sleep(60)", "out of time"),
        ("import os, time\nos.close(1); os.close(2)\ntime.sleep(60)", "out of time"),
        ("while True: print('a' * 10000)", "too much output"),
        ("x = bytearray(10**9)", "MemoryError"),
        ("open('/tmp/big', 'w').write('a' * 2**25)", "OSError"),
        ("import os\nwhile True: os.fork()", "BlockingIOError"),
        (f"import threading, time\n{THREADS}", "RuntimeError"),
        ("[open('/dev/null') for _ in range(100)]", "OSError"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("open('/usr/lib/mine', 'w')", "OSError"),
    ],
)
def test_each_limit_stops_what_it_is_for(source: str, told: str) -> None:
    start = time.perf_counter()
    found = run(source, limits=SHORT if told == "out of time" else LIMITS)
    assert told in (found.error or ""), found.error
    assert time.perf_counter() - start < LIMITS.total_seconds


def test_the_code_sees_no_network_no_files_no_processes_and_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if walls() != "spaces":
        pytest.skip("no namespaces here")
    secret = tmp_path / "golds.jsonl"
    secret.write_text("42")
    secret.chmod(0o644)
    monkeypatch.setenv("SECRET", "42")
    source = f"""
import os, socket
print(os.path.exists({str(secret)!r}), os.path.exists("/etc"), os.path.exists("/home"), "SECRET" in os.environ)
print(os.listdir("/tmp"), os.getpid() < 10, [one for one in range(2, 100) if os.path.exists(f"/proc/{{one}}")])
try:
    socket.create_connection(("127.0.0.1", 9), 1)
except OSError as error:
    print(error.strerror)
"""
    assert run(source).output == "False False False False\n[] True []\nNetwork is unreachable\n"


def test_a_run_cannot_widen_its_walls() -> None:
    if walls() != "spaces":
        pytest.skip("no namespaces here")
    source = """
import ctypes, os
libc = ctypes.CDLL(None)
print(libc.mount(None, b"/usr", None, 32 | 4096, None), libc.umount2(b"/usr", 2), libc.chroot(b"/tmp"))
try:
    os.setuid(0) or print(open("/usr/lib/mine", "w"))
except OSError as error:
    print("refused")
"""
    assert run(source).output == "-1 -1 -1\nrefused\n"


def test_a_run_gets_no_privileges_in_namespaces_of_its_own() -> None:
    if walls() != "spaces":
        pytest.skip("no namespaces here")
    source = """
import ctypes
libc = ctypes.CDLL(None)
print([libc.unshare(kind) for kind in (0x10000000, 0x10000000 | 0x20000, 0x20000, 0x20000000, 0x40000000)])
print(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
"""
    assert run(source).output == "[-1, -1, -1, -1, -1]\n-1\n"


def test_the_mask_of_the_run_does_not_lock_the_code_out() -> None:
    before = os.umask(0o077)
    try:
        assert run("print(sorted([2, 1]), open('/tmp/a', 'w').write('a'))") == Run(output="[1, 2] 1\n", error=None)
    finally:
        os.umask(before)


def test_what_goes_on_writing_after_the_code_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_child, "_read_ready", lambda *_: True)
    with subprocess.Popen(["true"]) as process:
        start = time.perf_counter()
        assert sandbox_child._watch(process.pid, {}, keep_last=-1, ends=time.monotonic() + 0.5)[2] == "out of time"
        process.returncode = 0  # it was waited for
    assert time.perf_counter() - start < 2.0


def test_a_machine_without_processes_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    told = b'{"output": "", "error": null}\n{"refused": "a test cannot be started: no memory"}\n'
    monkeypatch.setattr("rewards.sandbox.programs._launch", lambda *_: told)
    with pytest.raises(SandboxRefused, match="cannot be started"):
        run_code("print(1)", ["", ""], function=None, limits=LIMITS, walls="spaces")


def test_nothing_that_was_started_is_left_running() -> None:
    mark = f"rlcs-left-{os.getpid()}"
    source = f"""
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"{mark[:15]}", 0, 0, 0)
    time.sleep(60)
print("done")
"""
    assert run(source) == Run(output="done\n", error=None)
    time.sleep(0.1)
    names = [Path(f"/proc/{one}/comm") for one in os.listdir("/proc") if one.isdigit()]
    assert mark[:15] not in {name.read_text().strip() for name in names if name.exists()}


def test_a_test_does_not_see_the_variables_of_another() -> None:
    source = "import sys\nprint(hasattr(sys, 'seen'))\nsys.seen = True"
    runs = run_code(source, ["", ""], function=None, limits=LIMITS, walls=walls())
    assert [one.output for one in runs] == ["False\n", "False\n"]


def test_walls_that_the_machine_refuses_are_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> list[Run]:
        raise SandboxRefused("unshare is refused")

    monkeypatch.setattr("rewards.verifiers.programs.code_answer.run_code", refuse)
    verdict = code(fenced("print(1)"), ADD_ONE, walls="spaces")
    assert isinstance(verdict, Verdict)
    assert (verdict.score, verdict.status) == (None, Status.INTERNAL_ERROR)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another user")
def test_another_user_is_the_wall_where_namespaces_are_refused() -> None:
    found = run("import os\nprint(os.getuid() >= 60000, os.listdir('.'), input())", "hello", kind="user")
    assert found == Run(output="True [] hello\n", error=None)
    denied = run("import os\nos.kill(os.getppid(), 0) or os.kill(1, 9)", kind="user")
    assert "PermissionError" in (denied.error or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another user")
def test_code_that_stops_its_runner_is_ended_all_the_same() -> None:
    source = "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\nwhile True: pass"
    start = time.perf_counter()
    assert run_code(source, [""], function=None, limits=replace(SHORT, total_seconds=1.0), walls="user") == []
    assert time.perf_counter() - start < 3.0
    assert not [one for one in os.listdir("/proc") if one.isdigit() and FIRST_USER <= user_of(one) < FIRST_USER + 5000]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another user")
def test_what_one_test_left_running_takes_no_place_from_the_next() -> None:
    source = "import os, time\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(0.05)\nprint('ok')"
    runs = run_code(source, [""] * 5, function=None, limits=LIMITS, walls="user")
    assert runs == [Run(output="ok\n", error=None)] * 5


def user_of(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return int(next(line for line in lines if line.startswith("Uid:")).split()[1])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("print(1)", Status.NO_ANSWER),
        ("```python\nprint(1)", Status.NO_ANSWER),
        ("~~~python\nprint(1)\n```", Status.NO_ANSWER),
        ("````python\nprint(1)\n```", Status.NO_ANSWER),
        ("```pycon\n>>> 1\n```", Status.INVALID_ANSWER),
        ("```python\n\n```", Status.NO_ANSWER),
        ("```js\nprint(1)\n```", Status.INVALID_ANSWER),
        ("```\n" + "#" * 70_000 + "\n```", Status.OVER_LIMIT),
    ],
)
def test_without_a_block_to_run_the_model_is_at_fault(answer: str, status: Status) -> None:
    verdict = code(answer, ADD_ONE)
    assert isinstance(verdict, Verdict) and (verdict.score, verdict.status) == (0.0, status)


def test_the_last_block_is_the_answer() -> None:
    assert last_block("```\na\n```\ntext\n ```Python\nb = '```'\n```") == "b = '```'"
    assert last_block("```python\na\n```\ncut off:\n```python\nb") == "a"
    assert last_block("```python\na\n```\nprints\n```text\n7\n```") == "a"
    assert last_block("```python\na\n```\nno:\n```\nb\n```") == "b"


@pytest.mark.parametrize(
    "answer",
    [
        "~~~python\nif a:\n    b\n~~~", "````python\nif a:\n    b\n````", "```python\nif a:\n    b\n`````",
        "~~~~\nif a:\n    b\n~~~~~", "1. So:\n\n   ```python\n   if a:\n       b\n   ```",
        "```{.python}\nif a:\n    b\n```", "```python3.11 title=x\nif a:\n    b\n```",
        "```py\r\nif a:\r\n    b\r\n```\r\n", "```python\n    if a:\n        b\n```",
    ],
)  # fmt: skip
def test_a_block_is_fenced_as_markdown_has_it(answer: str) -> None:
    assert last_block(answer) == "if a:\n    b"


@pytest.mark.parametrize(
    ("source", "passes"),
    [
        ("print(int(input()) + 1)\nexit()", True), ("print(int(input()) + 1)\nquit(0)\nprint(9)", True),
        ("exit()\nprint(int(input()) + 1)", False),
        ("def main():\n    print(int(input()) + 1)\n    exit(0)\nmain()", True),
        ("print(int(input()) + 1)\nexit('bad')", False),
        ("if __name__ == '__main__':\n    print(int(input()) + 1)", True),
        ("print(int(input()) + 2)\nexit()", False),
    ],
)  # fmt: skip
def test_a_program_may_end_itself_as_any_script(source: str, passes: bool) -> None:
    assert judged(source).score == float(passes)


@pytest.mark.parametrize(
    "tail",
    [
        "if __name__ == '__main__':\n    print(add(int(input()), 1))",
        "if __name__ == '__main__':\n    import unittest\n    unittest.main()",
        "import sys\nif __name__ == '__main__':\n    add(sys.argv[1], sys.argv[2])", "exit()",
        "import sys\nsys.exit(1)", "def main():\n    raise ValueError\nif __name__ == \"__main__\":\n    main()",
    ],
)  # fmt: skip
def test_for_a_function_the_code_is_imported_and_its_main_block_does_not_run(tail: str) -> None:
    gold = {"function": "add", "inputs": [[2, 5]], "outputs": [7]}
    assert judged("def add(a, b):\n    return a + b\n" + tail, gold).score == 1.0
    assert judged("def add(a, b):\n    return a - b\n" + tail, gold).score == 0.0


def test_what_a_function_needs_of_its_module_is_there() -> None:
    gold = {"function": "f", "inputs": [[1]], "outputs": [[1, "answer"]]}
    source = "from dataclasses import dataclass\nimport pickle\n@dataclass\nclass P:\n    x: int\n"
    assert judged(source + "def f(x):\n    return [pickle.loads(pickle.dumps(P(x))).x, __name__]", gold).score == 1.0


def test_a_run_judges_code_in_its_worker(make_scorer: Callable[..., Scorer]) -> None:
    walls()
    scorer = make_scorer(code=RewardConfig(verifier="code", format=FormatConfig(box="none"), timeout_s=10.0))
    answers = [fenced("print(int(input()) + 1)"), fenced("import os\nos.kill(-1, 9)"), fenced("while True: pass")]
    verdicts = [scorer.score_one(answer, ADD_ONE, source="code") for answer in answers]
    assert [verdict.score for verdict in verdicts] == [1.0, 0.0, 0.0]


@given(st.text(max_size=60) | st.text(alphabet="`\n python()[]{}", max_size=60))
@settings(max_examples=200)
def test_any_text_has_a_block_or_a_reason_why_not(text: str) -> None:
    assert isinstance(last_block(text), str | Verdict)


@given(st.text(alphabet="print()[]{}:=\n 1a\\'\"\x00é", max_size=40))
@settings(max_examples=8)
def test_any_code_gets_a_verdict(source: str) -> None:
    verdict = judged(source)
    assert verdict.score == 0.0


def test_memory_that_no_process_is_charged_for_is_refused() -> None:
    source = """
import ctypes, os
for take in (lambda: os.memfd_create("x"), lambda: os.fdopen(os.memfd_create("y"), "wb").write(bytes(2**20))):
    try:
        take()
        print("taken")
    except PermissionError:
        print("refused")
libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0, 4096, 0o1600), ctypes.get_errno())
print(int(input()) + 1)
"""
    if os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("the filter knows x86-64 and arm64 only")
    for kind in [kind for kind in WALLS if is_usable(kind)]:
        found = run(source, "1\n", kind=kind)
        assert found.error is None
        assert found.output.split() == ["refused", "refused", "-1", "1", "2"]


def is_usable(kind: str) -> bool:
    try:
        return usable_walls(kind) == kind
    except UserError:
        return False
