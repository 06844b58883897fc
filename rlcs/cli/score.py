"""`rlcs score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


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
        from rlcs.preflight import prepare

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
