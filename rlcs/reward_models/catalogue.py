"""Which reward models a run needs, where their files are, and the scale of their raw values: declared in the
configuration, or stored beside the model by its training. Nothing here loads a model.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewards.routes import judges_itself
from rewards.running.ratings import Scale
from rlcs.config.checks import reward_name
from rlcs.config.schema import Config, RewardModelConfig
from rlcs.errors import UserError
from rlcs.model.files import resolve_model_path

FILE = "reward_scale.json"


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """A reward model that a run needs: its settings, where it is, and the scale of its raw values."""

    settings: RewardModelConfig
    path: Path | str
    scale: Scale


def find_reward_models(config: Config) -> dict[str, FoundModel]:
    """Return the reward models that judge some source, by name; loads nothing.

    UserError for one that is not there or whose scale is unknown.
    """
    found = {}
    for name, settings in models_in_use(config).items():
        path = resolve_reward_model(name, settings)
        found[name] = FoundModel(settings=settings, path=path, scale=read_scale(name, settings, path))
    return found


def models_in_use(config: Config) -> dict[str, RewardModelConfig]:
    """Return the settings of the reward models that judge some source, by name."""
    rewards = {reward_name(one, config.rewards) for one in config.sources if not judges_itself(one)}
    names = [config.rewards[name].reward_model for name in sorted(rewards) if name in config.rewards]
    return {name: config.reward_models[name] for name in names if name is not None}


def resolve_reward_model(name: str, settings: RewardModelConfig) -> Path | str:
    """Return the folder or hub name of a reward model; UserError for a folder that is not there or is none."""
    key = f"reward_models.{name}.path"
    path = resolve_model_path(settings.path, key=key)
    if isinstance(path, Path):
        architectures = json.loads((path / "config.json").read_text(encoding="utf-8")).get("architectures") or ["?"]
        if not architectures[0].endswith("ForSequenceClassification"):
            raise UserError(
                f"{key}={settings.path} is {architectures[0]}, no reward model; train one from it with "
                f"rlcs reward-model --config … model.path={settings.path}"
            )
    elif path.count("/") > 1:
        raise UserError(f"{key}={settings.path} does not exist; train a reward model with rlcs reward-model")
    return path


def read_scale(name: str, settings: RewardModelConfig, path: Path | str) -> Scale:
    """Return the declared scale, or the one stored in the model's folder."""
    if settings.mean is not None and settings.std is not None:
        return Scale(mean=settings.mean, std=settings.std, clip=settings.clip)
    file = Path(path) / FILE
    if not file.is_file():
        raise UserError(
            f"reward_models.{name}: {path} has no {FILE}, which rlcs reward-model writes; measure its raw values on "
            "held-out answers and set mean and std"
        )
    stored = json.loads(file.read_text(encoding="utf-8"))
    mean, std = float(stored["mean"]), float(stored["std"])
    if not (math.isfinite(mean) and 0 < std < math.inf):
        raise UserError(f"{file} holds mean {mean} and std {std}; both must be finite and std above 0: train it again")
    return Scale(mean=mean, std=std, clip=settings.clip)


def write_scale(folder: Path, values: list[float], **about: Any) -> None:
    """Store mean and standard deviation of raw values beside a model, and what else is worth knowing about it."""
    mean = math.fsum(values) / len(values)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    if not 0 < std < math.inf:
        raise UserError(f"the reward model gives all held-out answers the value {mean:g}; it has learned nothing")
    record = {"mean": mean, "std": std, "num_answers": len(values), **about}
    (folder / FILE).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
