"""Which reward judges which source, which verifier a domain, and whether the rewards of a configuration work at all.

All of it is checked before any model loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rewards.registry import REWARDS, RewardEntry
from rlcs.config.checks import correctness_fault, value_at
from rlcs.config.environments import environment_of
from rlcs.config.limits import REWARD_CHOICES
from rlcs.config.schema import FormatConfig, RewardConfig, SourceConfig
from rlcs.errors import UserError, nearest, unknown_name
from rlcs.plugins import ENVIRONMENTS

Routes = dict[str, str | None]
"""Source -> the reward that judges it; None where its environment does."""


def judges_itself(source: SourceConfig) -> bool:
    """Tell whether the environment of a source judges its episodes; False without an environment."""
    found = environment_of(source)
    return found is not None and ENVIRONMENTS.get(found.name).judges


def route_sources(sources: Iterable[SourceConfig], rewards: Mapping[str, RewardConfig]) -> Routes:
    """Return the reward of each source: the one it names, else the one named like it, else `default`.

    None where the environment of the source judges.
    """
    return {one.name: None if judges_itself(one) else route(one.name, one.reward, rewards) for one in sources}


def unjudged_limit(name: str | None, rewards: Mapping[str, RewardConfig]) -> float:
    """Return the share of unjudged verdicts that stops a run, by the route of a source."""
    return (RewardConfig() if name is None else rewards[name]).max_unjudged_share


def route(source: str, named: str | None, rewards: Mapping[str, RewardConfig]) -> str:
    """Return the reward of a source by its name and by the reward that it names."""
    for candidate in [named] if named else [source, "default"]:
        if candidate in rewards:
            return candidate
    known = ", ".join(sorted(rewards)) or "none"
    if not named:
        raise UserError(
            f"no reward judges source {source!r}: add rewards.{source} or rewards.default, or set the source's reward; "
            f"known: {known}"
        )
    guess = nearest(named, rewards)
    hint = f": did you mean {guess!r}?" if guess else ";"
    raise UserError(f"source {source!r} names the unknown reward {named!r}{hint} known: {known}")


def check_rewards(rewards: Mapping[str, RewardConfig]) -> dict[str, RewardEntry]:
    """Return the verifier of each reward that has one; a UserError tells the first thing that cannot work."""
    entries = {name: _check_reward(f"rewards.{name}", config) for name, config in rewards.items()}
    return {name: entry for name, entry in entries.items() if entry is not None}


def _check_reward(where: str, config: RewardConfig) -> RewardEntry | None:
    if fault := correctness_fault(config):
        raise UserError(f"{where}: {fault}")
    entry = _verifier(where, config)
    if config.weight < 0 or config.format_weight < 0 or config.weight + config.format_weight <= 0:
        raise UserError(
            f"{where}: weight is {config.weight}, format_weight {config.format_weight}; none may be below 0, nor both 0"
        )
    if config.timeout_s <= 0:
        raise UserError(f"{where}: timeout_s is {config.timeout_s}; it must be above 0")
    if not 0.0 <= config.max_unjudged_share <= 1.0:
        raise UserError(f"{where}: max_unjudged_share is {config.max_unjudged_share}; it must lie in [0, 1]")
    for path, known in REWARD_CHOICES.items():
        if (value := value_at(config, path)) not in known:
            raise UserError(f"{where}.{path} is {value!r}; expected one of {', '.join(map(str, known))}")
    if entry is not None and entry.runs == "worker" and entry.function.__module__ in ("__main__", "__mp_main__"):
        raise UserError(
            f"{where}: verifier {entry.name!r} is defined in the main script, which worker processes do not run; "
            "move it to a file of its own and name that under plugins"
        )
    return entry


def _verifier(where: str, config: RewardConfig) -> RewardEntry | None:
    if config.verifier is None:
        return None
    try:
        entry = REWARDS.get(config.verifier)
        entry.check_params(config.params)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    return entry


def verifier_of(name: str) -> str:
    """Return the verifier for a domain; the name of a verifier stands for itself."""
    if name in REWARDS:
        return name
    domains = REWARDS.domains()
    if name not in domains:
        raise unknown_name("verifier or domain", name, {*REWARDS, *domains})
    return domains[name]


def default_reward(name: str, params: Mapping[str, Any] | None = None) -> RewardConfig:
    """Return how a verifier, or that of a domain, judges where no configuration says so."""
    entry = REWARDS.get(verifier_of(name))
    return RewardConfig(
        verifier=entry.name, params=dict(params or {}), format=FormatConfig(box=entry.box), timeout_s=entry.timeout_s
    )
