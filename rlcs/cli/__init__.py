"""The command line: all commands are registered here; heavy libraries are imported inside them.

commands.py          every command but bench: its options, and a call of what does the work
bench.py             rlcs bench, a command for each measurement
bench_curriculum.py  the one with the most options
"""

from __future__ import annotations

import sys

import typer

from rlcs.cli.bench import bench
from rlcs.cli.commands import (
    check,
    dashboard,
    demonstrate,
    doctor,
    evaluate,
    grade,
    reward_model,
    score,
    sft,
    train,
    verifiers,
)
from rlcs.errors import UserError
from rlcs.process.environment import load_numpy

USER_ERROR = 2
INTERRUPTED = 130

app = typer.Typer(
    name="rlcs",
    help="Reinforcement learning with curriculum sampling for language and vision-language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("train")(train)
app.command("demonstrate")(demonstrate)
app.command("sft")(sft)
app.command("reward-model")(reward_model)
app.command("eval")(evaluate)
app.command("grade")(grade)
app.command("score")(score)
app.command("check")(check)
app.command("dashboard")(dashboard)
app.command("verifiers")(verifiers)
app.command("doctor")(doctor)
app.add_typer(bench, name="bench")


def main() -> None:
    """Run the command line; what a person can fix is told plainly, without a traceback."""
    load_numpy()
    try:
        app()
    except UserError as error:
        message = str(error).replace("\n", "\n       ")
        print(f"error: {message}", file=sys.stderr)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
