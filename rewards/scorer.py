"""The reward system as the training loop sees it: groups in as they finish, groups with verdicts out.

    submit(group)   extract each answer -> judge inline, or queue for a worker        (returns at once)
    collect()       wait for the workers -> add up the parts of each score -> groups in the order of submission

A score is the weighted mean of correctness, a reward model's rating, format and style. What the model got wrong costs
reward; what we could not judge has no score, and is counted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from rewards.extraction import bare_answer, extract
from rewards.reading.image_sizes import Resize, Size, with_sizes
from rewards.registry import RewardEntry
from rewards.routes import check_rewards, unjudged_limit
from rewards.running.call import Call, unjudged
from rewards.running.ratings import SCORE, RatedAnswer, Rater, TaskRatings
from rewards.running.remote import RemotePool
from rewards.running.workers import WorkerPool
from rewards.style import measure_style
from rewards.verdicts import (
    Judgement,
    Pending,
    Settled,
    outcome_verdict,
    raising,
    share,
    source_metrics,
    stop_if_unjudged,
    verdicts_by_source,
)
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.errors import MissingPart, UserError
from rlcs.images import original_size
from rlcs.plugins import plugin_of
from rlcs.records import Completion, Group, Status, Task, Verdict

log = logging.getLogger("rlcs.rewards")

_BUILT_IN = "rewards.verifiers"
UNROUTED = "the episode left its answer to a verifier; register its environment with judges=False, and name a reward"
_KILLED = frozenset({Status.TIMEOUT, Status.WORKER_DIED})


class Scorer:
    """Judges groups by the reward of their source. Use it as a context manager, or call close().

    `raters` holds the reward models by name, for rewards that ask one, and `resize` tells how large the model sees an
    image; both may be handed in after the start.
    """

    def __init__(
        self,
        rewards: Mapping[str, RewardConfig],
        routes: Mapping[str, str | None],
        scoring: ScoringConfig,
        *,
        stops: bool = True,
    ) -> None:
        """routes: source -> reward, None where its environment judges. stops: whether unjudged verdicts end the run."""
        self.rewards = dict(rewards)
        self.stops = stops
        self.routes = dict(routes)
        self.entries = check_rewards(self.rewards)
        self.workers = _worker_pool(self.entries, scoring)
        self.remote = RemotePool(scoring.remote_calls)
        self.raters: dict[str, Rater] = {}
        self.resize: Resize | None = None
        self._submitted: list[tuple[Group, list[Pending | Settled]]] = []
        self._metrics: dict[str, float] = {}

    def submit(self, group: Group) -> None:
        """Begin to judge a group: at once where that is quick, else in a worker."""
        question = None if self.routes[group.task.source] is None else self._question(group.task)
        pending = [_begin(one, question) for one in group.completions]
        if question is not None and question.ratings is not None:
            question.ratings.send()
        self._submitted.append((group, pending))

    def collect(self) -> list[Group]:
        """Wait for all submitted groups and return them with verdicts, in the order of submission.

        Raises RunStopped when too large a share of a source could not be judged.
        """
        submitted, self._submitted = self._submitted, []
        groups = [replace(group, verdicts=tuple(one.result() for one in pending)) for group, pending in submitted]
        by_source = verdicts_by_source(groups)
        self._metrics = {**source_metrics(by_source), **self.remote.metrics()}
        for source, verdicts in by_source.items():
            limit = unjudged_limit(self.routes[source], self.rewards)
            if self.stops:
                stop_if_unjudged(source, verdicts, limit)
            if raised := raising(verdicts):
                log.warning("source %s: %d answers made the verifier raise: %s", source, len(raised), raised[0])
            if (killed := share(verdicts, _KILLED)) > limit:
                log.warning(
                    "source %s: %.0f%% of the answers passed the deadline or killed a worker", source, 100 * killed
                )
        return groups

    def metrics(self) -> dict[str, float]:
        """Return shares of statuses per source over the groups of the last collect()."""
        return dict(self._metrics)

    def check_gold(
        self, source: str, gold: Any, task_params: Mapping[str, Any], sizes: Sequence[Size] = ()
    ) -> str | None:
        """Return what is wrong with the gold answer or the parameters of a task of `source`, or None.

        sizes: (width, height) in pixels of each of the task's images.
        """
        entry = self.entries.get(self.routes[source] or "")
        if entry is None:  # a reward model alone, or an environment, compares with no gold answer
            return None
        try:
            return _fault_of(entry, gold, self.params_of(source, task_params, lambda: sizes))
        except MissingPart as missing:
            raise MissingPart(f"data source {source}: {missing}") from missing
        except UserError as error:
            return str(error)

    def params_of(
        self, source: str, task_params: Mapping[str, Any], sizes: Callable[[], Sequence[Size]]
    ) -> dict[str, Any]:
        """Return all parameters that the verifier of a source gets for a task whose images have these sizes."""
        name = self._reward_of(source)
        entry, params = self.entries.get(name), {**self.rewards[name].params, **task_params}
        return params if entry is None else with_sizes(params, entry.parameters, sizes, self.resize)

    def begin(self, response: str, task: Task, *, bare: bool = False) -> Pending:
        """Begin to judge one response; `bare` means that it is the answer itself. Its result() is the verdict."""
        return self._question(task).begin(response, bare=bare)

    def score_one(
        self,
        response: str,
        gold: Any,
        *,
        source: str,
        question: str = "",
        params: Mapping[str, Any] | None = None,
        bare: bool = False,
    ) -> Verdict:
        """Judge one response to a question by the reward of `source`, and wait for the verdict."""
        given = dict(params or {})
        task = Task(id=f"{source}:0", source=source, domain="general", prompt=question, answer=gold, params=given)
        return self.begin(response, task, bare=bare).result()

    def close(self) -> None:
        """Stop the worker processes and what is being asked over the network."""
        self.workers.close()
        self.remote.close()

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reward_of(self, source: str) -> str:
        name = self.routes[source]
        assert name is not None, f"the environment of source {source!r} judges its episodes"
        return name

    def _question(self, task: Task) -> _Question:
        """Gather what is the same for all responses to a task."""
        name = self._reward_of(task.source)
        config = self.rewards[name]
        entry, rater = self.entries.get(name), self.raters.get(config.reward_model or "")
        params, fault = {**config.params, **task.params}, None
        try:
            params = self.params_of(task.source, task.params, lambda: [original_size(image) for image in task.images])
            fault = None if entry is None else _fault_of(entry, task.answer, params)
        except UserError as error:  # an image that is gone: the task cannot be judged, the run goes on
            fault = str(error)
        arguments = {**params, "question": task.question, "task": task}
        if entry is not None and fault is None:
            arguments = entry.arguments_of(arguments)
        ratings = TaskRatings(rater, task.prompt) if rater is not None else None
        return _Question(task.answer, fault, arguments, entry, config, self.workers, self.remote, ratings, {})


@dataclass(frozen=True, slots=True)
class _Question:
    """A task made ready for judging responses to it, and the judgements so far."""

    gold: Any
    fault: str | None
    """What is wrong with the task itself: then no response to it can be judged."""
    arguments: dict[str, Any]
    entry: RewardEntry | None
    """The verifier; None where a reward model alone gives correctness."""
    config: RewardConfig
    workers: WorkerPool
    remote: RemotePool
    ratings: TaskRatings | None
    judged: dict[tuple[str, bool], Judgement]

    def begin(self, response: str, *, bare: bool = False, num_tokens: int | None = None) -> Pending:
        """Judge a response, unless the same answer to the same question is judged already, in whatever spelling."""
        extraction = bare_answer(response) if bare else extract(response, self.config.format)
        style = measure_style(response, self.config.style, num_tokens=num_tokens)
        if self.fault:
            return Pending(extraction, unjudged(Status.BAD_GOLD, self.fault), self.config, style)
        if extraction.answer is None:
            assert extraction.status is not None, "a response without an answer must say why"
            parts = {SCORE: 0.0} if self.config.reward_model else {}
            verdict = Verdict(score=0.0, status=extraction.status, message=extraction.message, components=parts)
            return Pending(extraction, verdict, self.config, style)
        rated = self._rate(extraction.answer) if self.config.reward_model else None
        if self.entry is None:
            assert rated is not None, "a reward without a verifier needs a reward model"
            return Pending(extraction, rated, self.config, style)
        key = _sameness(self.entry, extraction.answer), extraction.delimited
        if key not in self.judged:
            self.judged[key] = self._judge(extraction.answer, extraction.delimited)
        return Pending(extraction, self.judged[key], self.config, style, rated)

    def _rate(self, answer: str) -> RatedAnswer:
        """Note an answer for the reward model; the answers to a task go to it together."""
        if self.ratings is None:
            raise UserError(
                f"reward model {self.config.reward_model!r} is not loaded here; rlcs train, eval and grade load them: "
                "judge with a verifier instead"
            )
        return self.ratings.ask(answer)

    def _judge(self, answer: str, delimited: bool) -> Judgement:
        """Judge an answer inline, or hand it to a worker or to the judges elsewhere."""
        assert self.entry is not None, "there is no verifier to ask"
        arguments = {**self.arguments, "delimited": delimited}
        call = Call(verifier=self.entry.name, answer=answer, gold=self.gold, arguments=arguments)
        quick = call.run_quick()
        if quick is not None:
            return quick
        if self.entry.runs == "inline":
            return call.run()
        if self.entry.runs == "remote":
            return self.remote.submit(call, timeout_s=self.config.timeout_s)
        return self.workers.submit(call.for_worker(), timeout_s=self.config.timeout_s)


def _sameness(entry: RewardEntry, answer: str) -> str:
    """Return what answers that are judged once have in common; of a `same` that fails, the answer itself."""
    if entry.same is None:
        return answer
    try:
        key = entry.same(answer)
        if isinstance(key, str):
            return key
        fault = f"returned {type(key).__name__}; expected str"
    except (Exception, SystemExit) as error:
        fault = f"raised {type(error).__name__}: {error}"
    log.warning("verifier %s: its `same` %s; the answer is judged by itself", entry.name, fault[:200])
    return answer


def _begin(completion: Completion, question: _Question | None) -> Pending | Settled:
    """Begin to judge a completion: the answer, or that which an episode ended with, unless the episode is judged.

    question: None where the environment of the source is to judge.
    """
    outcome = completion.outcome
    if outcome is not None and outcome.status is not None:
        return Settled(outcome_verdict(outcome))
    if question is None:
        return Settled(unjudged(Status.JUDGE_ERROR, UNROUTED))
    text = completion.text if outcome is None or outcome.answer is None else outcome.answer
    return question.begin(text, num_tokens=completion.num_tokens)


def _fault_of(entry: RewardEntry, gold: Any, params: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a gold answer, or None; UserError for parameters that are wrong."""
    entry.check_params(params)
    return entry.check_gold(gold, params)


def score_one(
    response: str,
    gold: Any,
    config: RewardConfig,
    *,
    question: str = "",
    params: Mapping[str, Any] | None = None,
    bare: bool = False,
) -> Verdict:
    """Judge one response on its own; for many, keep a Scorer, whose workers stay alive."""
    with Scorer({"default": config}, {"default": "default"}, ScoringConfig()) as scorer:
        return scorer.score_one(response, gold, source="default", question=question, params=params, bare=bare)


def _worker_pool(entries: Mapping[str, RewardEntry], scoring: ScoringConfig) -> WorkerPool:
    """Return the (not yet started) workers, told which plug-ins and libraries the verifiers need."""
    used = [entry for entry in entries.values() if entry.runs == "worker"]
    modules = {entry.function.__module__ for entry in used} | {_BUILT_IN}
    preload = {module for entry in used for module in entry.preload}
    return WorkerPool(scoring, plugins=sorted(plugin_of(module) for module in modules), preload=sorted(preload))
