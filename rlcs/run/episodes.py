"""How episodes are played, by source: what engines must know of the environments of a configuration."""

from __future__ import annotations

from rlcs.config.environments import environment_of
from rlcs.config.schema import Config
from rlcs.plugins import pack
from rollout.episodes.rules import EpisodeRules


def episode_rules(config: Config, chat_template: str | None) -> dict[str, EpisodeRules]:
    """Return the rules of each source that is played in an environment. chat_template: that of the tokenizer in use."""
    rules, plugins = {}, tuple(pack(config.plugins))
    for source in config.sources:
        environment = environment_of(source)
        if environment is not None:
            rules[source.name] = EpisodeRules(
                environment=environment.name,
                params=environment.params,
                layout=environment.layout,
                keep_images=environment.keep_images,
                max_turns=environment.max_turns,
                context_tokens=environment.context_tokens,
                when_full=environment.when_full,
                num_hosts=environment.hosts,
                system_prompt=source.system_prompt,
                prompt_template=source.prompt_template,
                chat_template=chat_template,
                plugins=plugins,
            )
    return rules
