"""Tasks in, judged groups out: prompts, engines and scorer together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat

from rewards import Scorer
from rlcs.config.schema import Config
from rlcs.images import bytes_of
from rlcs.metrics import Metrics
from rlcs.process.console import track
from rlcs.records import Group, Sample, Task
from rlcs.run.episodes import episode_rules
from rlcs.tasks import Prompt, PromptRenderer
from rlcs.videos import as_bytes
from rollout.episodes.rules import EpisodeRules
from rollout.pool import Generating, RolloutPool
from rollout.requests import RolloutRequest, Sampling


@dataclass
class Generation:
    """Tasks in, judged groups out: prompts, engines and scorer together."""

    rollout: RolloutPool
    renderer: PromptRenderer
    scorer: Scorer
    config: Config

    def prompts(self, tasks: Sequence[Task]) -> list[Prompt]:
        """Return the prompts of some tasks as engines and learner get them: on other machines files need not be."""
        prompts = self.renderer.render(tasks)
        if not self.config.cluster.spans_machines:
            return prompts
        return [replace(prompt, images=as_bytes(prompt.images)) for prompt in prompts]

    def samples_to_read(self, tasks: Sequence[Task]) -> list[Sample]:
        """Return samples of which nothing but the prompt counts, for a learner that reads the tasks."""
        return [
            Sample(
                prompt_ids=prompt.ids,
                token_ids=(0,),
                loss_mask=(0,),
                logprobs=(0.0,),
                advantage=0.0,
                images=prompt.images,
            )
            for prompt in self.prompts(tasks)
        ]

    def requests(
        self,
        tasks: Sequence[Task],
        *,
        step: int,
        purpose: str,
        lengths: Sequence[float] | None = None,
        counts: Sequence[int] | None = None,
    ) -> list[RolloutRequest]:
        """Return the requests for some tasks, with their prompts as tokens and their seeds.

        lengths: how long the completions of each will be, where that is known. counts: how many each gets, where that
        is not for all the same.
        """
        return [
            RolloutRequest(
                task=self._with_files(task),
                prompt_ids=prompt.ids,
                images=prompt.images,
                seed=request_seed(self.config.run.seed, step, task.id, purpose),
                episode=self.episode_rules.get(task.source),
                expected_tokens=length,
                num_completions=count,
            )
            for task, prompt, length, count in zip(
                tasks,
                self.prompts(tasks),
                lengths or repeat(0.0, len(tasks)),
                counts or repeat(0, len(tasks)),
                strict=True,
            )
        ]

    def _with_files(self, task: Task) -> Task:
        """Return a task as its environment gets it, which shows its images itself, on whatever machine that runs."""
        if not (self.config.cluster.spans_machines and task.images and task.source in self.episode_rules):
            return task
        return replace(task, images=tuple(map(bytes_of, task.images)))

    @cached_property
    def episode_rules(self) -> dict[str, EpisodeRules]:
        """How the tasks of those sources are played that have an environment."""
        return episode_rules(self.config, self.renderer.chat_template)

    def launch(
        self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int, text: str
    ) -> Flight:
        """Let the engines, which hold the weights of `policy_version`, begin to generate completions."""
        generating = self.rollout.launch(requests, sampling=sampling, policy_version=policy_version)
        return Flight(generating, self.scorer, len(requests), text)

    def generate(
        self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int, text: str
    ) -> Flight:
        """Generate completions and hand each finished group to the scorer at once."""
        return self.launch(requests, sampling=sampling, policy_version=policy_version, text=text).drain()


@dataclass
class Flight:
    """Groups that are being generated and judged: each goes to the scorer when it is taken from the engines."""

    generating: Generating
    scorer: Scorer
    total: int
    text: str
    order: list[int] = field(default_factory=list)
    """Numbers of the requests whose groups have come, in the order in which they came."""
    began_at: float = field(default_factory=time.perf_counter)
    ended_at: float = field(default_factory=time.perf_counter)
    """When the last group came."""
    _tokens: dict[int, int] = field(default_factory=dict)
    """Tokens generated for each request."""
    _error: Exception | None = None

    def pump(self) -> None:
        """Hand on what has come, without waiting. An error is kept for `drain`: what goes on beside ends first."""
        if self._error is None and len(self.order) < self.total:
            try:
                for index, group in self.generating.arrivals(within_s=0.0):
                    self._take(index, group)
            except Exception as error:
                self._error = error

    def drain(self) -> Flight:
        """Wait until every group has come."""
        if self._error is not None:
            raise self._error
        for index, group in track(self.generating.arrivals(), total=self.total - len(self.order), text=self.text):
            self._take(index, group)
        return self

    def _take(self, index: int, group: Group) -> None:
        self.scorer.submit(group)
        self.order.append(index)
        self._tokens[index] = sum(completion.num_tokens for completion in group.completions)
        self.ended_at = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds from the start to the last group."""
        return self.ended_at - self.began_at

    def metrics(self) -> Metrics:
        """Return how evenly several engines were loaded, and how evenly they would have been dealt to in turn."""
        shares = self.generating.shares
        if len(shares) == 1:
            return {}
        in_turn = [range(number, self.total, len(shares)) for number in range(len(shares))]
        return {
            "rollout/engine_balance": imbalance(self._tokens, shares),
            "rollout/engine_balance_in_turn": imbalance(self._tokens, in_turn),
        }

    def groups(self) -> list[Group]:
        """Wait for the verdicts and return the groups in the order of the requests."""
        judged = zip(self.order, self.scorer.collect(), strict=True)
        return [group for _, group in sorted(judged, key=lambda pair: pair[0])]


def imbalance(tokens: Mapping[int, int], shares: Sequence[Sequence[int]]) -> float:
    """Return the most tokens of a share over the mean of all: 1 is perfect. [3, 1] tokens, a share each: 1.5."""
    loads = [sum(tokens[request] for request in share) for share in shares]
    return max(loads) * len(loads) / max(sum(loads), 1)


def request_seed(run_seed: int, step: int, task_id: str, purpose: str) -> int:
    """Return the sampling seed of a task in a step: equal in every repetition of the run, below 2**31."""
    text = f"{run_seed}/{purpose}/{step}/{task_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1
