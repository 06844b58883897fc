"""One generate call: requests in, groups out, as each is done.

    admit       as many completions as keep the engine busy, and no more episodes than there are environments
    step        one pass of the engine over all of them
    take        what a completion has sampled: on to its next pass, its environment, or its end
    answer      what an environment showed: on to the next turn, or the end of the episode

A single answer is the case of one turn. While environments work the engine works on other completions.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rlcs.process.pulse import tick
from rlcs.records import Completion, Group
from rlcs.tasks.prompts import Prompt
from rollout.drafts import Draft, OpenGroup
from rollout.environments.hosts.pool import Reply
from rollout.episodes.conversation import Conversation
from rollout.episodes.episode import Episode, Next
from rollout.episodes.rules import EpisodeRules
from rollout.episodes.stage import Stage
from rollout.forcing import Budgets, GoOn, Markers
from rollout.requests import RolloutRequest, Sampling, pass_seed

WAIT_S = 0.5
"""The engine has nothing to do until an environment answers: looked after so often."""


class Door(Protocol):
    """What a call needs of the engine."""

    policy_version: int

    def prepare(self, prompt: Prompt, *, task_id: str) -> Any:
        """Return what the engine takes of a prompt, its images processed."""

    def extend(self, made: Any, ids: Sequence[int], shown: Prompt, *, task_id: str) -> Any:
        """Return what it takes when a part has become `ids`, with the images of what was shown last."""

    def submit(self, key: str, made: Any, *, max_tokens: int, temperature: float, seed: int | None) -> None:
        """Let it sample up to `max_tokens` behind a prompt."""

    def step(self) -> list[Any]:
        """Make one pass; return the outputs of what has ended."""


@dataclass(kw_only=True)
class Live:
    """A completion in flight."""

    group: OpenGroup
    number: int
    """Its place in the group."""
    draft: Draft
    """The tokens of the present part."""
    made: Any = None
    """The present part as the engine takes it, up to its last turn."""
    episode: Episode | None = None
    key: int = -1
    """Of an episode, on the stage."""
    passes: int = 0
    """Of the engine, so far."""


class Call:
    """The state of one generate call."""

    def __init__(
        self,
        door: Door,
        stage: Stage,
        requests: Sequence[RolloutRequest],
        sampling: Sampling,
        *,
        budgets: Budgets,
        markers: Markers,
        conversation: Callable[[EpisodeRules], Conversation],
        num_at_once: int,
    ) -> None:
        """num_at_once: completions in flight, those of the last group beyond it."""
        self._door, self._stage, self._sampling = door, stage, sampling
        self._budgets, self._markers, self._conversation = budgets, markers, conversation
        self._num_at_once = num_at_once
        # Replies come in any order: the one generator of a call would then give other tokens each time.
        self._is_seeded = any(request.episode for request in requests)
        self._coming = deque(
            (group, number)
            for group in (
                OpenGroup(
                    index=index, request=request, num_completions=request.num_completions or sampling.num_completions
                )
                for index, request in enumerate(requests)
            )
            for number in range(group.num_completions)
        )
        self._numbers = itertools.count()
        self._num_answers = 0
        """Single answers in flight."""
        self.sampling: dict[str, Live] = {}
        """What the engine is working on, by its keys."""
        self.playing: dict[int, Live] = {}
        """Episodes in flight, by their keys on the stage."""

    def groups(self) -> Iterator[tuple[int, Group]]:
        """Yield (index of the request, group) as each is done."""
        self._admit()
        while self._num_live:
            for output in self._door.step() if self.sampling else ():
                yield from self._take(output)
            for reply in self._replies():
                yield from self._answer(reply)
            self._admit()

    def leave(self) -> list[str]:
        """Give all environments back; return the keys of what the engine is still working on."""
        for key in self.playing:
            self._stage.close(key)
        self.playing = {}
        return list(self.sampling)

    @property
    def _num_live(self) -> int:
        return self._num_answers + len(self.playing)

    def _admit(self) -> None:
        """Begin as much as keeps engine and environments busy: the pixels of all of it would fill the memory."""
        while self._coming:
            group, number = self._coming[0]
            rules = group.request.episode
            if self._num_live >= self._num_at_once and (rules is not None or number == 0):
                return
            if rules is None:
                self._begin_answer(group, number)
            elif self._stage.num_free(rules) > 0:
                self._begin_episode(group, number, rules)
            else:
                return
            self._coming.popleft()

    def _begin_answer(self, group: OpenGroup, number: int) -> None:
        if number == 0:
            self._open(group, Prompt(ids=group.request.prompt_ids, images=group.request.images))
        self._num_answers += 1
        self._submit(Live(group=group, number=number, draft=Draft(), made=group.made), self._budgets.max_think_tokens)

    def _begin_episode(self, group: OpenGroup, number: int, rules: EpisodeRules) -> None:
        episode = Episode(
            rules, self._conversation(rules), self._markers, turn_tokens=self._budgets.of_turn(self._markers)
        )
        key = self._stage.begin(rules.shown(group.request.task), rules, group.request.seed)
        self.playing[key] = Live(group=group, number=number, draft=episode.draft, episode=episode, key=key)

    def _open(self, group: OpenGroup, prompt: Prompt) -> None:
        """Take the prompt of a group: it is made ready once for all of its completions."""
        group.prompt_ids, group.images = prompt.ids, prompt.images
        group.made = self._door.prepare(prompt, task_id=group.request.task.id)

    def _submit(self, live: Live, max_tokens: int, key: str | None = None) -> None:
        """Let the engine sample what comes next of a completion."""
        request = live.group.request
        key = key or f"{next(self._numbers)}-{live.group.index}-{live.number}"
        seed = pass_seed(request, live.number, live.passes) if self._is_seeded else None
        live.passes += 1
        self.sampling[key] = live
        self._door.submit(key, live.made, max_tokens=max_tokens, temperature=self._sampling.temperature, seed=seed)

    def _take(self, output: Any) -> Iterator[tuple[int, Group]]:
        """Take the output of a pass; send the completion on its next one, or to its environment, or close it."""
        live, sampled = self.sampling.pop(output.request_id), output.outputs[0]
        next_step = live.draft.advance(
            sampled.token_ids,
            sampled.logprobs.logprobs,
            stopped=sampled.finish_reason == "stop",
            budgets=self._budgets,
            markers=self._markers,
        )
        if isinstance(next_step, GoOn):
            # The tokens so far are a prompt now; most of their keys and values are still in the prefix cache.
            live.made = {**live.made, "prompt_token_ids": [*self._prompt_ids(live), *live.draft.token_ids]}
            self._submit(live, next_step.max_tokens, output.request_id)
        elif live.episode is None:
            self._num_answers -= 1
            yield from self._close(live, live.draft.complete(next_step, markers=self._markers, **self._version))
        else:
            self._stage.step(live.key, live.episode.end_turn(next_step))

    def _replies(self) -> list[Reply]:
        """Return what environments have answered; with nothing else to do, wait for the first of them."""
        if not self.playing:
            return []
        replies = self._stage.poll()
        if not replies and not self.sampling:
            self._stage.wait(WAIT_S)
            tick()  # they have deadlines of their own
            replies = self._stage.poll()
        return replies

    def _answer(self, reply: Reply) -> Iterator[tuple[int, Group]]:
        """Take what an environment showed: the next turn of the episode, or its end."""
        live = self.playing[reply.key]
        assert live.episode is not None, "only episodes are on the stage"
        if not live.episode.has_begun:
            self._begin_turns(live, live.episode, reply)
        elif step := live.episode.show(reply.observation, seconds=reply.seconds, replays=reply.replays):
            self._go_on(live, live.episode, step)
        if live.episode.outcome is not None:
            del self.playing[reply.key]
            self._stage.close(reply.key)
            yield from self._close(live, live.episode.complete(**self._version))

    def _begin_turns(self, live: Live, episode: Episode, reply: Reply) -> None:
        """Take the first observation; all episodes of a group must begin alike."""
        prompt, group = episode.begin(reply.observation), live.group
        if prompt is None:
            return
        state = reply.observation.state
        if not group.prompt_ids:
            self._open(group, prompt)
            group.state = state
        if not group.begins_alike(prompt, state):
            episode.fail("the environment began otherwise than for the other episodes of its group")
            return
        live.made = group.made
        self._submit(live, self._budgets.max_think_tokens)

    def _go_on(self, live: Live, episode: Episode, step: Next) -> None:
        """Let an episode take its next turn."""
        live.draft = episode.draft
        task_id = live.group.request.task.id
        if step.is_new:
            live.made = self._door.prepare(step.prompt, task_id=task_id)
        else:
            ids = [*episode.prompt.ids, *episode.draft.token_ids]
            live.made = self._door.extend(live.made, ids, step.prompt, task_id=task_id)
        self._submit(live, self._budgets.max_think_tokens)

    @property
    def _version(self) -> dict[str, int]:
        return {"policy_version": self._door.policy_version}

    def _prompt_ids(self, live: Live) -> tuple[int, ...]:
        return live.group.prompt_ids if live.episode is None else live.episode.prompt.ids

    def _close(self, live: Live, completion: Completion) -> Iterator[tuple[int, Group]]:
        """Put a completion into its group; yield that when it was the last one."""
        finished = live.group.finish(live.number, completion)
        if finished is not None:
            yield live.group.index, finished
