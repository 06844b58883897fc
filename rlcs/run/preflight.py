"""What happens before a job starts: configuration, plug-ins and checks, then into the folder where it works.

Nothing here imports torch, Ray or an engine, so a wrong configuration is told within a second.
"""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rlcs.config.checks import KnownNames, check_config
from rlcs.config.load import load_config
from rlcs.config.paths import resolve_paths
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.games import rows as game_rows
from rlcs.miniwob import rows as wob_rows
from rlcs.plugins import ADVANTAGES, ENVIRONMENTS, LOSSES, SAMPLERS

ENGINES = ("torch", "ray", "vllm", "deepspeed", "transformers")


def prepare(path: Path, overrides: Sequence[str], *, is_judged: bool = True) -> Config:
    """Return the configuration of a job: overrides applied, paths absolute, plug-ins loaded, everything checked."""
    from rlcs.plugins import load_plugins

    config = resolve_paths(load_config(path, overrides), base=Path.cwd())
    load_plugins(config.plugins)
    check_config(config, known_names(), is_judged=is_judged)
    return config


def known_names() -> KnownNames:
    """Return every registered name, plug-ins included."""
    import curriculum  # noqa: F401  (registers the samplers)
    import rewards  # noqa: F401  (registers the verifiers)
    import rlcs.algorithm.advantages  # noqa: F401  (registers the advantage estimators)
    import rlcs.algorithm.losses  # noqa: F401  (registers the losses)
    from rewards.registry import REWARDS
    from rollout.environments import builtin  # noqa: F401  (registers the environments)

    return KnownNames(
        verifiers=REWARDS.names(),
        domains=sorted({*REWARDS.domains(), wob_rows.DOMAIN, game_rows.DOMAIN}),
        samplers=SAMPLERS.names(),
        predicting=[name for name in SAMPLERS.names() if SAMPLERS.get(name).predicts],
        advantages=ADVANTAGES.names(),
        losses=LOSSES.names(),
        environments={name: ENVIRONMENTS.get(name) for name in ENVIRONMENTS},
    )


def require_engines() -> None:
    """Raise a UserError when the engines are not installed (a base installation checks and scores only)."""
    missing = [name for name in ENGINES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"{', '.join(missing)} not installed; this command needs the engines: "
            "pip install 'rlcs[cpu]' (or 'rlcs[gpu]' where there is a GPU)"
        )


def in_run_folder(config: Config) -> AbstractContextManager[None]:
    """Make the run folder the working directory: Ray puts that first on its workers' import path."""
    assert config.run.dir is not None, "paths are resolved before a run"
    folder = Path(config.run.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the run folder {folder}: {error.strerror}; choose another run.dir") from error
    return contextlib.chdir(folder)


@contextlib.contextmanager
def in_empty_folder() -> Iterator[None]:
    """Work in a new empty folder that goes away afterwards, for jobs that write nothing."""
    with tempfile.TemporaryDirectory(prefix="rlcs-") as folder, contextlib.chdir(folder):
        yield
