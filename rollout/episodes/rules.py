"""What a request says of its episodes: the environment they are played in, and how the policy sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlcs.plugins import Packed
from rlcs.records import Task
from rlcs.tasks.prompts import PLACEHOLDER


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeRules:
    """The environment of a source (data.….environment), as an engine needs to know it."""

    environment: str
    """Its registered name."""
    params: Mapping[str, Any]
    layout: str = "append"
    """append: one conversation that grows; fresh: a new prompt each turn."""
    keep_images: int = 1
    """Images that a fresh prompt shows: the last so many."""
    max_turns: int | None = None
    context_tokens: int = 4096
    """Tokens of a prompt and what follows it, at most, what the policy may write in its turn included."""
    when_full: str = "end"
    """end, or fresh: what happens when the next turn has no room."""
    system_prompt: str | None = None
    prompt_template: str | None = None
    """Text around the question of a task, with {prompt} where it goes, as the environment gets it."""
    chat_template: str | None = None
    """That of the run; None: that of the tokenizer."""
    num_hosts: int = 1
    """Processes that hold its environments, beside each engine."""
    plugins: tuple[Packed, ...] = ()
    """What environments and tools of one's own need in their process."""

    @property
    def key(self) -> str:
        """What environments must have in common to be shared by episodes."""
        return json.dumps([self.environment, self.params, self.num_hosts, self.plugins], sort_keys=True, default=str)

    def shown(self, task: Task) -> Task:
        """Return a task as the environment gets it."""
        if self.prompt_template is None or not isinstance(task.prompt, str):
            return task
        return replace(task, prompt=self.prompt_template.replace(PLACEHOLDER, task.prompt))
