"""The records that cross a boundary in RLCS. Read this file to understand the system.

A Task is drawn by the curriculum; the rollout workers turn it into a Group of n Completions; the reward system
adds a Verdict to each; selection and advantages make a Batch of groups, whose Samples are all the learner sees.
An answer is the case of one Turn; a completion of a task with an environment is an episode of several.

Shapes: T tokens of a completion, P tokens of a prompt, N tasks of the pool, n completions of a group, K images.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Messages = list[dict[str, Any]]

TIERS = ("very_hard", "hard", "medium", "easy", "very_easy")


class Status(enum.StrEnum):
    """What became of judging one answer. "Wrong" and "could not judge" are different answers."""

    CORRECT = "correct"
    PARTIAL = "partial"
    INCORRECT = "incorrect"
    # The model's fault: costs reward (score 0 unless the policy says otherwise), counted.
    NO_ANSWER = "no_answer"
    FORMAT_ERROR = "format_error"
    INVALID_ANSWER = "invalid_answer"
    OVER_LIMIT = "over_limit"
    TIMEOUT = "timeout"
    WORKER_DIED = "worker_died"
    # Our fault: score None, the completion leaves the advantages, counted.
    BAD_GOLD = "bad_gold"
    JUDGE_ERROR = "judge_error"
    INTERNAL_ERROR = "internal_error"
    ENV_FAULT = "env_fault"


UNJUDGED = frozenset({Status.BAD_GOLD, Status.JUDGE_ERROR, Status.INTERNAL_ERROR, Status.ENV_FAULT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A reference to a video (rlcs.videos): a file, as of an image, or frames taken out of one and their seconds."""

    file: str | bytes = b""
    frames: tuple[str | bytes, ...] = ()
    times: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One question with its gold answer. Example: id "gsm8k:17", domain "stem.math", answer "18"."""

    id: str
    """Unique over all sources: "<source>:<id within the source>"."""
    source: str
    """Name of the data source; decides which reward judges it."""
    domain: str
    """What kind of task it is, a domain that a verifier judges (docs/data.md); metrics are given for each."""
    prompt: str | Messages
    """Plain text, or chat messages with `role` and `content`."""
    answer: Any
    """Gold answer, JSON-like, checked when the source was loaded."""
    subcategory: str = ""
    """Finer kind inside the domain ("addition"), or empty."""
    images: tuple[Any, ...] = ()
    """References to images (path or encoded bytes), in the order of the prompt, decoded where they are used."""
    videos: tuple[Video, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    """What the verifier needs to know about this task: units, coordinate space, tolerance."""
    difficulty: float | None = None
    """Offline grade: expected pass rate in [0, 1], or None when unknown."""
    row: int = -1
    """Row in the task pool, the number the curriculum knows the task by; -1 outside a pool."""

    @property
    def question(self) -> str:
        """The prompt as plain text (for verifiers that read the question, and for people)."""
        if isinstance(self.prompt, str):
            return self.prompt
        return "\n".join(_message_text(message) for message in self.prompt)


def _message_text(message: dict[str, Any]) -> str:
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptImage:
    """An image that the policy is shown, or a video. Its tokens stand in the prompt as copies of one placeholder token.

    Example: prompt tokens [5, 8, 8, 8, 8, 6] with an image of 2 x 2 tokens (placeholder 8): start 1, num_tokens 4.
    """

    reference: str | bytes | Video
    """Path of a file or encoded bytes; decoded where it is used (rlcs.images)."""
    start: int
    """Place of its first token, counted from the first one of the prompt, also where it is shown after a turn."""
    num_tokens: int
    """Tokens that the language model reads of it, those of times in a video too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How an episode ended: Outcome(score=1.0, status=Status.CORRECT), or, to be judged, Outcome(answer="42")."""

    score: float | None = None
    """In [0, 1]; None where the episode failed through our fault, or `answer` is to be judged."""
    status: Status | None = None
    """None: the verifier of the task's source judges `answer`."""
    answer: str | None = None
    message: str = ""

    def __post_init__(self) -> None:
        is_judged = self.status is not None and self.status not in UNJUDGED
        fits = self.score is not None and 0.0 <= self.score <= 1.0 if is_judged else self.score is None
        if not fits or (self.status is None and self.answer is None):
            raise ValueError(
                f"status {self.status} with score {self.score} and answer {self.answer!r}: expected a score in [0, 1] "
                "with a status of a verdict, no score with one of our faults, or an answer alone"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A turn of an episode, for people, metrics and verifiers: what the policy said and what it was shown then."""

    part: int
    """0: among the tokens that continue the group's prompt; k: in `later[k - 1]`."""
    start: int
    """Place of its first token among the tokens of the part."""
    stop: int
    """Place behind its last one."""
    text: str
    """What the environment was told: its tokens decoded, without the one that ended the turn."""
    forced: bool = False
    """True when thinking ran out of budget and the answer was forced."""
    shown: tuple[str | bytes, ...] = ()
    """Texts and encoded images that the environment answered with."""
    counted: tuple[str, ...] = ()
    """What metrics count of it: "unreadable" where the action could not be read."""
    seconds: float = 0.0
    """What the environment took to answer, replays included."""
    replays: int = 0
    """How often the environment had to be brought back to this turn after a fault."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A prompt within an episode and what followed it: what one forward pass of the learner reads."""

    prompt_ids: tuple[int, ...]
    """[P] those of images included."""
    images: tuple[PromptImage, ...] = ()
    """[K] images of the prompt and of what was shown after it."""
    token_ids: tuple[int, ...]
    """[T] tokens after the prompt, as of a Completion."""
    logprobs: tuple[float, ...]
    loss_mask: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """One sampled answer to a prompt, or one episode that began with it.

    Example, thinking cut by its budget, `</think>` (id 9) inserted, then answered:
    token_ids [5, 6, 9, 7, 1], logprobs [-.1, -.2, 0., -.3, -.1], loss_mask [1, 1, 0, 1, 1], forced True.
    Example, an episode of two turns, [5, 1] and [6, 1], the environment's message [8, 8, 8] between them:
    token_ids [5, 1, 8, 8, 8, 6, 1], loss_mask [1, 1, 0, 0, 0, 1, 1], turns at 0:2 and 5:7.
    """

    token_ids: tuple[int, ...]
    """[T] tokens after the prompt of the group; inserted ones, and what an environment showed, included."""
    logprobs: tuple[float, ...]
    """[T] log-probability of each token under the policy that sampled it; 0.0 where inserted."""
    loss_mask: tuple[int, ...]
    """[T] 1 where the policy sampled the token, 0 where it was inserted. Not one contiguous run in general."""
    policy_version: int
    """Number of weight syncs behind the weights that sampled it: one an iteration that learned."""
    finish_reason: str
    """"stop" (the model ended it, or its last turn) or "length" (a budget ended it)."""
    forced: bool
    """True when thinking ran out of budget and the answer was forced; of an episode, in any turn."""
    text: str
    """The tokens decoded, special tokens kept (verifiers need them)."""
    images: tuple[PromptImage, ...] = ()
    """Images that an environment showed among these tokens."""
    later: tuple[Part, ...] = ()
    """What an episode went on with under new prompts, where each turn, or a full context, begins one."""
    opening: str = ""
    """Of an episode the text that the environment began with."""
    turns: tuple[Turn, ...] = ()
    """Of an episode; empty for a single answer."""
    outcome: Outcome | None = None
    """How an episode ended; None for a single answer, which the verifier of its source judges."""

    @property
    def num_tokens(self) -> int:
        """Tokens of the answer; of an episode those of its turns, without what the environment showed."""
        if self.outcome is None:
            return len(self.token_ids)
        return sum(turn.stop - turn.start for turn in self.turns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the reward system says of one completion. `score` is None when it could not be judged."""

    score: float | None
    """In [0, 1], or None: the completion then leaves the advantage computation."""
    status: Status
    extracted: str | None = None
    """The answer that was judged, as text; None when none was found."""
    components: dict[str, float] = field(default_factory=dict)
    """Parts of the score by name, for example {"correctness": 1.0, "format": 1.0}."""
    verifier: str = ""
    """Name of the verifier that judged."""
    seconds: float = 0.0
    """Time the judging took."""
    message: str = ""
    """At most 200 characters for a person to read."""

    def __post_init__(self) -> None:
        unjudged = self.status in UNJUDGED
        if unjudged != (self.score is None):
            raise ValueError(
                f"status {self.status} goes with score {'None' if unjudged else 'in [0, 1]'}, got {self.score}"
            )
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must lie in [0, 1], got {self.score}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A task and its n completions; verdicts are empty until the reward system has scored them."""

    task: Task
    prompt_ids: tuple[int, ...]
    """[P] prompt tokens, the same for all completions; those of images included."""
    images: tuple[PromptImage, ...] = ()
    """[K] images of the prompt, in its order."""
    completions: tuple[Completion, ...]
    """[n] in the order of their seeds."""
    verdicts: tuple[Verdict, ...] = ()
    """[n], or empty before scoring."""

    @property
    def scores(self) -> list[float]:
        """Scores of the judged completions; unjudged ones are left out."""
        return [verdict.score for verdict in self.verdicts if verdict.score is not None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One completion as the learner sees it: tokens, what to train on, and how much."""

    prompt_ids: tuple[int, ...]
    """[P] prompt tokens, those of images included; never trained on."""
    token_ids: tuple[int, ...]
    """[T] tokens after the prompt."""
    loss_mask: tuple[int, ...]
    """[T] 1 on tokens to train on."""
    logprobs: tuple[float, ...]
    """[T] log-probabilities under the sampling policy (zeros for SFT)."""
    advantage: float
    """Advantage of every token of this completion (1.0 for SFT)."""
    images: tuple[PromptImage, ...] = ()
    """[K] images of the prompt, then those among the tokens after it, in their order."""
    weight: float = 1.0
    """What it counts where samples count alike: 1, or of an episode in parts its share of the trained tokens."""

    @property
    def num_tokens(self) -> int:
        """Prompt and completion tokens together, those of images included: what the sample costs in a pack."""
        return len(self.prompt_ids) + len(self.token_ids)

    @property
    def num_image_tokens(self) -> int:
        """Tokens that stand for images."""
        return sum(image.num_tokens for image in self.images)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """The groups of a step and what of them is trained on: the same numbers are trained and logged.

    Example, the first and the last of three groups of two completions are trained on:
    selected (0, 2), advantages ((1, -1), (None, None), (-1, 1)), four samples.
    """

    groups: Sequence[Group]
    """[G] all groups of the step with verdicts, in the order of its plans."""
    selected: tuple[int, ...]
    """Positions of the groups to train on, ascending; may be empty."""
    advantages: tuple[tuple[float | None, ...], ...]
    """[G][n] what each completion is trained with, weights of groups applied; None: it is not trained on."""
    share: float
    """Groups to train on, as a share of the configured batch."""
    policy_version: int = 0
    """Number of weight syncs behind the weights that this batch changes."""

    def staleness(self, completion: Completion) -> int:
        """Return how many updates the weights that sampled a completion are behind those that it changes."""
        return self.policy_version - completion.policy_version

    @property
    def samples(self) -> list[Sample]:
        """The trained completions as the learner reads them, in the order of the groups."""
        return [
            sample
            for group, row in zip(self.groups, self.advantages, strict=True)
            for completion, advantage in zip(group.completions, row, strict=True)
            if advantage is not None
            for sample in samples_of(group, completion, advantage)
        ]


def samples_of(group: Group, completion: Completion, advantage: float) -> list[Sample]:
    """Return a completion of a group as what the learner reads: one sample, or one for each part of an episode.

    A part in which nothing was sampled is left out; the weights of the others add up to 1.
    """
    first = Part(
        prompt_ids=group.prompt_ids,
        images=(*group.images, *completion.images),
        token_ids=completion.token_ids,
        logprobs=completion.logprobs,
        loss_mask=completion.loss_mask,
    )
    parts = [part for part in (first, *completion.later) if any(part.loss_mask)] or [first]
    trained = [sum(part.loss_mask) for part in parts]
    return [
        Sample(
            prompt_ids=part.prompt_ids,
            token_ids=part.token_ids,
            loss_mask=part.loss_mask,
            logprobs=part.logprobs,
            advantage=advantage,
            images=part.images,
            weight=1.0 if len(parts) == 1 else number / sum(trained),
        )
        for part, number in zip(parts, trained, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class TaskIndex:
    """What the curriculum knows of the N tasks of a pool: numbers only, one array a column."""

    ids: Any
    """[N] pyarrow string array of task ids, or a list of str."""
    source: NDArray[np.int16]
    """[N] index into `sources`."""
    domain: NDArray[np.int16]
    """[N] index into `domains`."""
    difficulty: NDArray[np.float32]
    """[N] offline expected pass rate, NaN where unknown."""
    sources: tuple[str, ...]
    domains: tuple[str, ...]
    subcategory: NDArray[np.int16]
    """[N] index into `subcategories`."""
    subcategories: tuple[str, ...]
    proportions: tuple[float, ...]
    """[number of sources] share of each source in a batch, summing to 1: the mixture that no curriculum changes."""
    certainty: NDArray[np.float32] | None = None
    """[N] completions that the difficulty is worth, NaN where that is not known; None: of no task is it known."""
    is_predicted: NDArray[np.bool_] | None = None
    """[N] whether the difficulty was told from the text and never measured; None: of no task."""
    is_measured: NDArray[np.bool_] | None = None
    """[N] whether the difficulty was measured by grading; None: no source has grades."""

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Which tasks an iteration rolls out next. Without refills and screening it is the only plan of its step."""

    step: int
    rows: NDArray[np.int64]
    """[number of tasks] rows of the task pool, no row twice unless its source holds fewer tasks than its share."""
    refill: int = 0
    """0 for the plan that a step starts with, then 1, 2, … (curriculum.max_refills)."""
    screened: NDArray[np.bool_] | None = None
    """[number of tasks] which get curriculum.screen completions only; None: none of them."""
    is_rest: bool = False
    """Whether these tasks were screened and passed, and now get the rest of their completions."""
