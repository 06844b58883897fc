"""The command line as a person meets it: help, errors in one line, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlcs import cli

HEAVY = ("torch", "ray", "vllm", "transformers", "deepspeed", "datasets", "sympy", "pandas")
CONFIG = """
run: {name: mine}
model: {path: tiny://text}
data: {train: [{name: questions, path: questions.jsonl}]}
rewards: {default: {verifier: math}}
"""


def rlcs(*arguments: str, cwd: Path, program: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the `rlcs` command of this environment, or Python code, in a folder of its own."""
    command = [str(Path(sys.executable).with_name("rlcs"))] if program is None else [sys.executable, "-c", program]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [*command, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def outcome(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Run the command line in this process; return exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["rlcs", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr()
    return int(ended.value.code or 0), output.out, output.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a configuration and three questions."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(CONFIG)
    rows = [{"prompt": f"What is {number} + 1?", "answer": str(number + 1)} for number in range(3)]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


LOADED = f"""
import sys
from rlcs.cli import main
try:
    main()
finally:
    print("loaded:", *[name for name in {HEAVY} if name in sys.modules])
"""


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    result = rlcs("--help", cwd=tmp_path, program=LOADED)
    assert result.stdout.splitlines()[-1] == "loaded:"
    for command in ("train", "sft", "eval", "check", "verifiers", "doctor"):
        assert f" {command} " in result.stdout


def test_a_wrong_configuration_is_told_without_loading_an_engine(folder: Path) -> None:
    result = rlcs("train", "--config", "mine.yaml", "rollout.group_size=1", cwd=folder, program=LOADED)
    assert "loaded:" in result.stdout
    loaded = set(result.stdout.splitlines()[-1].split()[1:])
    assert not loaded & {"torch", "ray", "vllm", "transformers", "deepspeed"}
    assert result.stderr == "error: rollout.group_size is 1; set it to a number 2 or more\n"


def test_rlcs_alone_shows_the_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, output, errors = outcome(monkeypatch, capsys)
    assert "Usage: " in output + errors and " doctor " in output + errors


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["train", "--config", "none.yaml"],
            "error: no configuration file none.yaml; give the path of a YAML file, or one of RLCS: ",
        ),
        (
            ["train", "--config", "mine.yaml", "steps"],
            "error: override 'steps': expected key=value, for example rollout.group_size=8\n",
        ),
        (
            ["eval", "--config", "mine.yaml", "run.stepz=1"],
            "error: unknown key run.stepz in override 'run.stepz=1': did you mean steps?\n",
        ),
        (["check", "--config", "mine.yaml", "plugins.0=no.py"], "error: plug-in "),
        (["sft", "--config", "mine.yaml", "run.dir=mine.yaml"], "error: cannot make the run folder "),
    ],
)
def test_what_a_person_can_fix_is_one_plain_line_and_exit_code_2(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
) -> None:
    code, output, errors = outcome(monkeypatch, capsys, *arguments)
    assert code == 2
    assert errors.startswith(expected)
    assert len(errors.splitlines()) == 1
    assert output == ""


def test_several_problems_are_told_together(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = outcome(monkeypatch, capsys, "train", "--config", "mine.yaml", "run.steps=0", "learner.lr=0")
    assert code == 2
    assert errors.splitlines() == [
        "error: run.steps is 0; set it to a number 1 or more",
        "       learner.lr is 0.0; set it to a number above 0",
    ]


def test_an_interrupt_ends_quietly_with_130(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rlcs.run.preflight.prepare", interrupted)
    code, _, errors = outcome(monkeypatch, capsys, "train", "--config", "mine.yaml")
    assert code == 130
    assert "Traceback" not in errors


def test_a_bug_keeps_its_traceback(folder: Path) -> None:
    program = "import rlcs.run.preflight as p\np.prepare = lambda *a, **k: 1 / 0\nfrom rlcs.cli import main\nmain()"
    result = rlcs("train", "--config", "mine.yaml", cwd=folder, program=program)
    assert result.returncode == 1
    assert "Traceback" in result.stderr and "ZeroDivisionError" in result.stderr


def test_verifiers_lists_what_is_registered_and_what_a_plug_in_adds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.py").write_text(
        "from rlcs import reward\n\n\n@reward('cli_test_parity')\ndef parity(answer: str, gold, *, strict: bool "
        "= True) -> float:\n"
        "    '''Same parity.'''\n    return 1.0\n"
    )
    code, output, _ = outcome(monkeypatch, capsys, "verifiers", "--plugin", "mine.py")
    assert code == 0
    assert "math" in output
    assert "cli_test_parity" in output and "Same parity." in output and "strict: True" in output
