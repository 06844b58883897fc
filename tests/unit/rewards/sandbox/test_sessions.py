"""Python that keeps its variables, behind walls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rewards.sandbox.programs import Limits, usable_walls
from rewards.sandbox.sessions import ENDED, Session
from rlcs.errors import UserError

LIMITS = Limits(seconds=5.0, total_seconds=60.0, memory_mib=512, max_output=200)


@pytest.fixture(scope="module")
def walls() -> str:
    try:
        return usable_walls("best")
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture
def session(walls: str) -> Iterator[Session]:
    one = Session(LIMITS, walls)
    yield one
    one.close()


def test_variables_stay_and_a_last_expression_is_shown(session: Session) -> None:
    assert session.run("import math\nx = 3\nprint('hello')").output == "hello\n"
    assert session.run("def double(n):\n    return 2 * n\ndouble(x) + math.floor(0.5)").output == "6\n"
    assert session.run("x").output == "3\n" and session.run("None").output == ""


def test_what_is_wrong_is_told_and_ends_nothing(session: Session) -> None:
    session.run("x = 1")
    assert session.run("print('a')\n1 / 0").error == "line 2: ZeroDivisionError: division by zero"
    assert "SyntaxError" in (session.run("x = = 2").error or "")
    assert session.run("exit()\n").error is None
    assert session.run("x").output == "1\n"


def test_output_is_capped(session: Session) -> None:
    run = session.run("for n in range(10**5): print(n)")
    assert run.error is None and len(run.output) < 300 and "more characters" in run.output


def test_two_know_nothing_of_one_another(session: Session, walls: str) -> None:
    other = Session(LIMITS, walls)
    session.run("x = 1\nimport os\nopen('/tmp/note', 'w').write('x')")
    assert "NameError" in (other.run("x").error or "")
    assert "FileNotFoundError" in (other.run("open('/tmp/note')").error or "")
    assert other.run("import os; os.kill(-1, 9)").error is not None
    assert session.run("x").output == "1\n"
    other.close()


def test_what_takes_too_long_is_interrupted(walls: str) -> None:
    session = Session(Limits(seconds=0.5, total_seconds=60.0), walls)
    session.run("x = 1")
    assert "out of time" in (session.run("while True: pass").error or "")
    assert session.run("x").output == "1\n"
    assert session.run("import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass").error == ENDED
    assert "NameError" in (session.run("x").error or "")
    session.close()


def test_what_ends_the_interpreter_ends_no_more(session: Session) -> None:
    assert session.run("import os; os._exit(3)").error == ENDED
    assert session.run("1 + 1").output == "2\n"


def test_forged_words_are_not_trusted(session: Session) -> None:
    forged = "import os\nfor n in range(3, 30):\n    try: os.write(n, b'[1]\\n')\n    except OSError: pass"
    assert session.run(forged).error == ENDED
    assert session.run("1 + 1").output == "2\n"


def test_the_walls_hold(session: Session, walls: str) -> None:
    assert "Error" in (session.run("open('/etc/shadow').read()").error or "")
    assert "MemoryError" in (session.run("x = bytearray(2 * 10**9)").error or "")
    if walls == "spaces":
        network = "import socket; socket.create_connection(('127.0.0.1', 22), 1)"
        assert "Error" in (session.run(network).error or "")
