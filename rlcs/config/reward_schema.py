"""Settings of the reward system; part of rlcs/config/schema.py, from where they are imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


def setting(default: Any, help: str) -> Any:
    """Declare one setting with its default and the sentence that explains it."""
    metadata = {"help": help}
    if isinstance(default, type) or callable(default):
        return field(default_factory=default, metadata=metadata)
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class FormatConfig:
    """The layout a response must have, and how the answer is taken out of it."""

    think: str = setting(
        "optional", "<think>…</think> block: required, optional (also for templates that open it) or forbidden."
    )
    answer_tag: str = setting("optional", "<answer>…</answer> around the answer: required, optional or forbidden.")
    box: str = setting(
        "any",
        "Marker around the final answer: glm (<|begin_of_box|>…<|end_of_box|>), boxed (\\boxed{…}), any of the two, "
        "or none.",
    )


@dataclass
class StyleConfig:
    """Style of a response, apart from its content (paper section 5.2); every weight is 0 unless set."""

    language_weight: float = setting(
        0.0, "Weight of the language part: 0 when thinking or answer mixes Chinese and English at length, else 1."
    )
    repetition_weight: float = setting(
        0.0, "Weight of the repetition part: 1 less the share of n-grams that occurred before in the response."
    )
    repetition_ngram: int = setting(20, "Words in a row that make an n-gram; a Chinese character is a word.")
    length_weight: float = setting(
        0.0, "Weight of the length part: 1, falling to 0 over the last soft_tokens before max_tokens."
    )
    max_tokens: int = setting(4096, "Tokens of a completion at which the length part is 0.")
    soft_tokens: int = setting(1024, "Tokens before max_tokens over which the length part falls.")
    cap: float = setting(
        1.0, "Highest score of a response whose language, repetition or length part is below 0.5; 1 turns it off."
    )
    forbid_box: bool = setting(
        False, "For sources whose answers no rule can check: box markers in the answer make the score 0."
    )


@dataclass
class RewardConfig:
    """How the completions of a source are judged."""

    verifier: str | None = setting(
        "math", "Registered verifier that gives correctness, see rlcs verifiers; empty where a reward model gives it."
    )
    params: dict[str, Any] = setting({}, "Parameters of the verifier.")
    reward_model: str | None = setting(
        None, "Name under `reward_models` that gives correctness in the place of a verifier, or a part beside it."
    )
    reward_model_weight: float = setting(0.0, "Weight of the reward model's part beside the correctness of a verifier.")
    weight: float = setting(1.0, "Weight of correctness in the score.")
    format_weight: float = setting(0.0, "Weight of the format reward in the score; weights are divided by their sum.")
    format: FormatConfig = setting(FormatConfig, "Layout of a response.")
    style: StyleConfig = setting(StyleConfig, "Style of a response.")
    timeout_s: float = setting(5.0, "Deadline of one judgement, from the start of the work; the worker is killed then.")
    max_unjudged_share: float = setting(
        0.2, "The run stops when more than this share of a source's verdicts could not be judged."
    )


@dataclass
class RewardModelConfig:
    """A reward model that rates answers: a sequence classifier with one output, in processes of its own."""

    path: str = setting(MISSING, "Folder or hub name of the model; rlcs reward-model writes such folders.")
    mean: float | None = setting(
        None, "Mean of its raw values on held-out answers; empty takes what rlcs reward-model stored beside the model."
    )
    std: float | None = setting(None, "Standard deviation of its raw values; empty as for mean.")
    clip: float = setting(4.0, "Raw values count up to so many standard deviations from the mean; sigmoid follows.")
    max_tokens: int = setting(
        2048, "Longest conversation it reads: a longer question loses its first tokens, a longer answer scores 0."
    )
    batch_tokens: int = setting(16384, "Token slots of one forward pass, padding included.")
    num_workers: int = setting(1, "Processes that serve it, one Ray actor each.")
    num_gpus: float = setting(1.0, "GPUs of each process where there are GPUs; a fraction shares one, 0 means CPU.")


@dataclass
class ScoringConfig:
    """Where judging runs."""

    num_workers: int = setting(1, "Killable worker processes for verifiers that can be slow or crash.")
    memory_gib: float = setting(2.0, "Address space cap of a worker process, in GiB.")
    remote_calls: int = setting(32, "Answers that LLM judges are asked about at the same time.")
