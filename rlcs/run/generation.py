"""Tasks in, judged groups out: prompts, engines and scorer together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rewards import Scorer
from rlcs.config.schema import Config
from rlcs.images import as_bytes
from rlcs.process.console import track
from rlcs.records import Group, Task
from rlcs.tasks import Prompt, PromptRenderer
from rollout.pool import RolloutPool
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

    def requests(self, tasks: Sequence[Task], *, step: int, purpose: str) -> list[RolloutRequest]:
        """Return the requests for some tasks, with their prompts as tokens and their seeds."""
        return [
            RolloutRequest(
                task=task,
                prompt_ids=prompt.ids,
                images=prompt.images,
                seed=request_seed(self.config.run.seed, step, task.id, purpose),
            )
            for task, prompt in zip(tasks, self.prompts(tasks), strict=True)
        ]

    def generate(
        self, requests: Sequence[RolloutRequest], *, sampling: Sampling, policy_version: int, text: str
    ) -> Judging:
        """Generate completions and hand each finished group to the scorer at once."""
        arrivals = self.rollout.generate(requests, sampling=sampling, policy_version=policy_version)
        order = []
        for index, group in track(arrivals, total=len(requests), text=text):
            self.scorer.submit(group)
            order.append(index)
        return Judging(self.scorer, order)


@dataclass(frozen=True)
class Judging:
    """Groups that were generated and are being judged."""

    scorer: Scorer
    order: list[int]
    """Numbers of their requests, in the order in which the groups came."""

    def groups(self) -> list[Group]:
        """Wait for the verdicts and return the groups in the order of the requests."""
        judged = zip(self.order, self.scorer.collect(), strict=True)
        return [group for _, group in sorted(judged, key=lambda pair: pair[0])]


def request_seed(run_seed: int, step: int, task_id: str, purpose: str) -> int:
    """Return the sampling seed of a task in a step: equal in every repetition of the run, below 2**31."""
    text = f"{run_seed}/{purpose}/{step}/{task_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1
