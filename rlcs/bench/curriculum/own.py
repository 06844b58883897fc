"""A configuration of a person as what `rlcs bench curriculum` trains: its model and its data, taken as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rlcs.config.load import find_config, load_config
from rlcs.config.paths import resolve_paths
from rlcs.config.schema import Config


@dataclass(frozen=True)
class OwnConfig:
    """A configuration file, and the folder that its relative paths are seen from."""

    file: Path
    base: Path = field(default_factory=Path.cwd)

    def load(self, overrides: Sequence[str] = ()) -> Config:
        """Return the configuration with these overrides, its paths absolute; evaluation is left to the benchmark."""
        here = self.base / self.file
        found = find_config(here if here.is_file() else self.file)
        quiet = ["eval.every=0", "checkpoint.every=0"]
        return resolve_paths(load_config(found, [*overrides, *quiet]), base=self.base)

    @cached_property
    def definition(self) -> dict[str, Any]:
        """All its settings but those of `run`, as JSON writes them."""
        return {name: value for name, value in dataclasses.asdict(self.load()).items() if name != "run"}

    @cached_property
    def held_out(self) -> tuple[str, ...]:
        """The names of its held-out sources."""
        return tuple(source.name for source in self.load().data.eval)
