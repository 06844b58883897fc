"""`rlcs verifiers`."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer


def verifiers(
    plugin: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Plug-in to load first; may be given several times.")
    ] = None,
) -> None:
    """List the verifiers with their parameters and where each runs."""
    from rich.markup import escape
    from rich.table import Table

    import rewards  # noqa: F401  (registers the built-in verifiers)
    from rlcs.console import console
    from rlcs.plugins import load_plugins
    from rlcs.reward_registry import REWARDS

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
