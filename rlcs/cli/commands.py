"""The commands, but for `rlcs bench`: their options, and a call of what does the work, imported when it is needed."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

NEEDED = ("dash", "plotly", "waitress", "PIL", "scipy")
ConfigOption = Annotated[
    Path, typer.Option("--config", metavar="FILE", help="YAML configuration, or the name of one that comes with RLCS.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Overrides, for example run.steps=5 data.train.0.path=mine.jsonl."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")]


def train(
    config: ConfigOption,
    overrides: Overrides = None,
    resume: Resume = False,
) -> None:
    """Train a policy by reinforcement learning with curriculum sampling."""
    from rlcs.run.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    with in_run_folder(settings):
        from rlcs.train import run
        from rlcs.train_overlapped import ITERATIONS

        run(settings, ITERATIONS[settings.run.schedule], resume=resume)


def check(
    config: ConfigOption,
    overrides: Overrides = None,
    sft: Annotated[bool, typer.Option("--sft", help="The configuration is for rlcs sft: traces, no rewards.")] = False,
    reward_model: Annotated[
        bool, typer.Option("--reward-model", help="The configuration is for rlcs reward-model: preference pairs.")
    ] = False,
) -> None:
    """Tell what is wrong with a configuration, its data and its rewards, before any model loads."""
    from rlcs.run.preflight import in_empty_folder, prepare

    settings = prepare(config, overrides or [], is_judged=not (sft or reward_model))
    with in_empty_folder():
        from rlcs.check import run, run_reward_model, run_sft

        (run_sft if sft else run_reward_model if reward_model else run)(settings)


def reward_model(
    config: ConfigOption,
    overrides: Overrides = None,
    resume: Resume = False,
) -> None:
    """Train a reward model on preference pairs, for sources that no rule can judge."""
    from rlcs.run.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [], is_judged=False)
    with in_run_folder(settings):
        from rlcs.train_reward_model import run

        run(settings, resume=resume)


def score(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line: response, answer, …")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the verdicts go, one a line.")],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Judge by the rewards of this configuration.")
    ] = None,
    verifier: Annotated[
        str | None, typer.Option("--verifier", metavar="NAME", help="Judge every line with this verifier.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="KEY=VALUE", help="Parameter of --verifier; may be given several times."),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="A response is the answer itself: nothing is extracted.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    plugin: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Plug-in to load first; may be given several times.")
    ] = None,
) -> None:
    """Judge answers in a file: a verdict a line, in the same order."""
    import rewards  # noqa: F401  (registers the built-in verifiers)
    from rlcs.errors import UserError
    from rlcs.plugins import load_plugins
    from rlcs.score import run

    if config is not None and verifier is not None:
        raise UserError("--config and --verifier exclude each other; give one of them")
    load_plugins(plugin or [])
    settings = None
    if config is not None:
        from rlcs.run.preflight import prepare

        settings = prepare(config, [])
    params = dict(map(as_parameter, param or []))
    run(source, out, config=settings, verifier=verifier, params=params, bare=bare, num_workers=workers)


def as_parameter(text: str) -> tuple[str, Any]:
    """Return name and value of `rel_tol=0.01`; the value is read as YAML."""
    import yaml

    from rlcs.errors import UserError

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UserError(f"--param {text!r}: expected KEY=VALUE")
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UserError(f"--param {text!r}: the value is not YAML") from error


def grade(
    config: ConfigOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Parquet file that the grades go to.")],
    overrides: Overrides = None,
    sample: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Measure this share of the tasks and predict the others from their texts."),
    ] = None,
    completions: Annotated[
        int | None, typer.Option(metavar="N", help="Completions for each task, at most; like grade.num_completions=N.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget what was graded into --out before, and begin anew.")
    ] = False,
) -> None:
    """Measure how hard the training tasks are, with one or several models; given again after a stop it goes on."""
    from rlcs.run.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    given = {"grade.sample": sample, "grade.num_completions": completions}
    settings = prepare(
        config, [*(overrides or []), *(f"{key}={value}" for key, value in given.items() if value is not None)]
    )
    target = file_to_write(out, "grades.parquet")
    with in_empty_folder():
        from rlcs.grade import run

        run(settings, out=target, restart=restart)


def doctor() -> None:
    """Tell what is installed, what works, and what to do about the rest; exit code 1 if something needed is broken."""
    from rlcs.doctor import run

    if not run():
        raise typer.Exit(1)


def dashboard(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run folders; they are read, never written.")],
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Listen here instead of 127.0.0.1, and ask for a token: 0.0.0.0 is all."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port; without it the first free one from 8050 on.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write one file to send to a colleague, and end.")
    ] = None,
) -> None:
    """Show what a run learns, wastes and gets wrong, down to one completion; live while it goes on."""
    require_dash()
    if export is not None:
        from rlcs.dashboard.export import write

        write(runs, export)
    else:
        from rlcs.dashboard.serve import run

        run(runs, host=host, port=port, opens_browser=browser)


def require_dash() -> None:
    """Raise a UserError when what the dashboard needs is not installed."""
    from rlcs.errors import UserError

    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"{', '.join(missing)} not installed; the dashboard needs them: pip install 'rlcs[dashboard]'")


def evaluate(
    config: ConfigOption,
    overrides: Overrides = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Run folder or checkpoint to evaluate instead of model.path."),
    ] = None,
) -> None:
    """Measure pass@1 and pass@k on held-out tasks, per source and domain."""
    from rlcs.run.preflight import in_empty_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [])
    folder = None if checkpoint is None else checkpoint.expanduser().absolute()
    with in_empty_folder():
        from rlcs.evaluate import run

        run(settings, checkpoint=folder)


def sft(config: ConfigOption, overrides: Overrides = None, resume: Resume = False) -> None:
    """Fine-tune a model on traces: the cold start before reinforcement learning."""
    from rlcs.run.preflight import in_run_folder, prepare, require_engines

    require_engines()
    settings = prepare(config, overrides or [], is_judged=False)
    with in_run_folder(settings):
        from rlcs.sft import run

        run(settings, resume=resume)


def demonstrate(
    config: ConfigOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Parquet file that the episodes go to.")],
    mistakes: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of turns that are a mistake: shown, and not imitated.")
    ] = 0.0,
    keep_mistakes: Annotated[
        bool, typer.Option("--keep-mistakes", help="Let mistakes be imitated, and keep the episodes that they lost.")
    ] = False,
    overrides: Overrides = None,
) -> None:
    """Let the experts of environments play the training tasks, for rlcs sft to imitate."""
    from rlcs.run.preflight import in_empty_folder, prepare

    settings = prepare(config, overrides or [])
    target = file_to_write(out, "demonstrations.parquet")
    with in_empty_folder():
        from rlcs.demonstrate import run

        run(settings, out=target, mistakes=mistakes, keeps=keep_mistakes)


def file_to_write(out: Path, example: str) -> Path:
    """Return the absolute path of --out; raises UserError where no file can be written there."""
    from rlcs.errors import UserError

    target = out.expanduser().absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise UserError(f"--out {out}: expected a file in a folder that exists, for example {example}")
    return target


def verifiers(
    plugin: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Plug-in to load first; may be given several times.")
    ] = None,
) -> None:
    """List the verifiers with their parameters and where each runs."""
    from rich.markup import escape
    from rich.table import Table

    import rewards  # noqa: F401  (registers the built-in verifiers)
    from rewards.registry import REWARDS
    from rlcs.plugins import load_plugins
    from rlcs.process.console import console

    load_plugins(plugin or [])
    table = Table("verifier", "what it judges", "parameters", "runs", title="Verifiers", show_lines=True)
    for name in REWARDS:
        entry = REWARDS.get(name)
        parameters = "\n".join(described(parameter) for parameter in entry.parameters.values())
        table.add_row(escape(name), escape(entry.summary), escape(parameters), entry.runs)
    console.print(table, soft_wrap=False)


def described(parameter: inspect.Parameter) -> str:
    """Return a parameter with its default, as a configuration would set it: `rel_tol: 0.0`."""
    return f"{parameter.name}: {'required' if parameter.default is parameter.empty else parameter.default}"
