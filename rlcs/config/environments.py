"""The environment that the tasks of a source are played in, and what can be wrong with its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from rlcs.config.schema import Config, EnvironmentConfig, SourceConfig
from rlcs.errors import UserError, unknown_name

IMPLIED = {"miniwob://": "miniwob", "textarena://": "textarena"}
"""How paths begin whose tasks can be played in one environment only, with its name."""


class KnownEnvironment(Protocol):
    """What the checks ask of a registered environment."""

    @property
    def judges(self) -> bool:
        """Whether it judges its episodes; False where they end with an answer that is left to a verifier."""
        ...

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise a UserError on parameters that do not fit, or where this machine lacks what it needs."""
        ...


def environment_of(source: SourceConfig) -> EnvironmentConfig | None:
    """Return the environment of a source, also where only its path says so; None: one answer ends a task.

    Example: path miniwob://click-test-2 and no environment gives that of the name miniwob, everything as by default.
    """
    if source.environment is not None:
        return source.environment
    name = _implied(source.path)
    return None if name is None else EnvironmentConfig(name=name)


def longest_sequence(config: Config, sources: Iterable[SourceConfig]) -> int:
    """Return the tokens of the longest sequence: prompt, thinking and answer, or what a turn of an episode sees."""
    single = config.data.max_prompt_tokens + config.rollout.max_think_tokens + config.rollout.max_answer_tokens
    played = [found.context_tokens for source in sources if (found := environment_of(source)) is not None]
    return max([single, *played])


def environment_problems(source: SourceConfig, known: Mapping[str, KnownEnvironment]) -> Iterator[str]:
    """Yield what is wrong with the environment of a source; ranges and choices are checked elsewhere."""
    found = environment_of(source)
    if found is None:
        return
    implied = _implied(source.path)
    if implied is not None and found.name != implied:
        yield (
            f"environment.name is {found.name!r}, and {source.path} is played in {implied!r}; name that, or leave "
            "environment out"
        )
    elif found.name not in known:
        yield f"environment.name: {unknown_name('environment', found.name, known)}"
    else:
        try:
            known[found.name].check_params(found.params)
        except UserError as error:
            yield str(error)


def budget_problems(source: SourceConfig, config: Config) -> Iterator[str]:
    """Yield where the turns of a source have no room, in the context or in what the learner packs."""
    found, rollout = environment_of(source), config.rollout
    if found is None:
        return
    written = rollout.max_think_tokens + rollout.max_answer_tokens
    if found.context_tokens <= written:
        yield (
            f"environment.context_tokens={found.context_tokens} leaves no room for what the environment shows: a turn "
            f"may write thinking {rollout.max_think_tokens} + answer {rollout.max_answer_tokens} = {written} tokens; "
            "raise it"
        )
    if config.learner.pack_tokens < found.context_tokens and source in config.data.train:
        yield (
            f"learner.pack_tokens={config.learner.pack_tokens} is less than environment.context_tokens="
            f"{found.context_tokens}, which an episode may fill; raise it to {found.context_tokens} or more"
        )


def _implied(path: str) -> str | None:
    return next((name for prefix, name in IMPLIED.items() if path.startswith(prefix)), None)
