"""The configuration of a set: its defaults, what its curriculum says of a level, and the settings given by hand."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from rlcs.errors import UserError, unknown_name
from rlcs.reasoning_gym.library import check_set, load_library

_OURS = ("seed", "size")
"""Fields of every configuration that a path sets by its own keys."""


def num_levels(name: str) -> int:
    """Return how many levels the curriculum of a set has: the most that one of its attributes has; 0 without one."""
    library = load_library()
    if not library.has_curriculum(name):
        return 0
    return max(len(one.levels) for one in library.create_curriculum(name).attributes.values())


def make_dataset(name: str, level: int | None, settings: Mapping[str, Any], *, seed: int = 0, size: int = 1) -> Any:
    """Return the library's data set at a level, with settings by hand. Raises UserError when they cannot be."""
    check_set(name)
    dataset, config = load_library().DATASETS[name]
    made = config() if level is None else _config_of_level(name, level)
    fields = {one.name for one in dataclasses.fields(config)} - set(_OURS)
    for key in settings:
        if key not in fields:
            raise unknown_name(f"setting of the set {name!r}:", key, fields)
    try:
        given = {key: _like(getattr(made, key), value) for key, value in settings.items()}
        return dataset(config=dataclasses.replace(made, **given, seed=seed, size=size))
    except Exception as error:  # assertions and errors of many kinds, each set its own
        where = f"{name} cannot be made" if level is None else f"{name} cannot be made at level {level}"
        raise UserError(f"reasoning_gym://{where}: {error}; give other settings, or other levels") from error


@lru_cache(maxsize=256)
def dataset_to_score(name: str, level: int | None, settings: str) -> Any:
    """Return a data set whose scorer can be asked; `settings` as YAML."""
    return make_dataset(name, level, yaml.safe_load(settings) or {})


def _config_of_level(name: str, level: int) -> Any:
    """Return the configuration of one level alone, without what easier levels have."""
    highest = num_levels(name) - 1
    if level > highest:
        known = f"it has 0 to {highest}" if highest >= 0 else "it has none; set what it has by its own settings"
        raise UserError(f"the set {name!r} of Reasoning Gym has no level {level}: {known}")
    from reasoning_gym.coaching.base_curriculum import DefaultCurriculumContext, RangeAttributeMode

    curriculum = load_library().create_curriculum(name)
    curriculum.set_global_level(level)
    return curriculum.generate_configuration(context=DefaultCurriculumContext(mode=RangeAttributeMode.UPPER_BOUND))


def _like(default: Any, value: Any) -> Any:
    """Return a value in the type that a setting has: tuples, dates, times and choices cannot be written in a path."""
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    if isinstance(default, enum.Enum):
        return type(default)(value)
    if hasattr(type(default), "fromisoformat") and isinstance(value, str):
        return type(default).fromisoformat(value)
    return value
