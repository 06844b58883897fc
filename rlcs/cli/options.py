"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path, typer.Option("--config", metavar="FILE", help="YAML configuration, or the name of one that comes with RLCS.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Overrides, for example run.steps=5 data.train.0.path=mine.jsonl."),
]
