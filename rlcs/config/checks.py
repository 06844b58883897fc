"""Checks across settings at load, before anything heavy starts: every problem at once, each with its remedy."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rlcs.config.environments import KnownEnvironment, budget_problems, environment_of, environment_problems
from rlcs.config.limits import (
    CHOICES,
    ENVIRONMENT_CHOICES,
    ENVIRONMENT_RANGES,
    FEATURES,
    NUM_TIER_EDGES,
    POLICY,
    RANGES,
    REWARD_CHOICES,
    REWARD_MODEL_RANGES,
    REWARD_RANGES,
    SOURCE_CHOICES,
    SOURCE_RANGES,
    Range,
)
from rlcs.config.schema import Config, RewardConfig, RewardModelConfig, SourceConfig
from rlcs.errors import UserError, nearest, unknown_name

MODEL_PARTS = ("vision", "merger", "language")
"""What model.freeze may name: the vision tower, what merges its patches into tokens, and the language model."""

GENERATED = "://"
"""In a path whose tasks are made when they are asked for, and not read."""

TAKEN_NAMES = frozenset({"all", "mean", "component", "domain", "tier"})
"""Names that metrics use beside those of domains and sources: reward/<domain>/mean, eval/all/pass@1."""


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The names that are registered, plug-ins included; layers above this one know them."""

    verifiers: Collection[str]
    domains: Collection[str]
    samplers: Collection[str]
    predicting: Collection[str]
    """Those of the samplers that ask what is predicted of tasks never judged."""
    advantages: Collection[str]
    losses: Collection[str]
    environments: Mapping[str, KnownEnvironment]


def check_config(config: Config, names: KnownNames, *, is_judged: bool = True) -> None:
    """Raise one UserError with every problem, a line each; `is_judged` is False for rlcs sft, which needs no reward."""
    problems = [*_settings(config, RANGES, CHOICES), *_names(config, names), *_data(config, names), *_across(config)]
    problems += [*_features(config, names), *_vision(config)]
    for number, source in enumerate(config.sources):
        problems += [f"data source {source.name!r} ({number + 1}): {problem}" for problem in _source(source, names)]
    for name, reward in config.rewards.items():
        problems += [f"rewards.{name}: {problem}" for problem in _reward(reward, names, config.reward_models)]
    for name, model in config.reward_models.items():
        problems += [f"reward_models.{name}: {problem}" for problem in _reward_model(model)]
    if is_judged:
        problems += _rollouts(config)
        problems += _screening(config)
        problems += _overlapped(config)
        problems += _routing(config, names)
    else:
        problems += _unplayed(config)
    if problems:
        raise UserError("\n".join(problems))


def value_at(section: Any, path: str) -> Any:
    """Return the setting at a dotted path below a section."""
    for key in path.split("."):
        section = getattr(section, key)
    return section


def reward_name(source: SourceConfig, rewards: Mapping[str, RewardConfig]) -> str:
    """Return the entry of `rewards` that judges a source: the one it names, the one of its name, or default."""
    return source.reward or (source.name if source.name in rewards else "default")


def correctness_fault(reward: RewardConfig) -> str | None:
    """Return what is wrong with what gives correctness, or None: a verifier or a reward model; both by weights."""
    if reward.verifier is None and reward.reward_model is None:
        return "nothing gives correctness; name a verifier or a reward_model"
    if reward.reward_model is None and reward.reward_model_weight > 0:
        return "reward_model_weight is set without a reward_model; name one, or set the weight to 0"
    if reward.verifier is None and reward.reward_model_weight > 0:
        return "the reward model alone gives correctness, whose weight is `weight`; set reward_model_weight to 0"
    if reward.verifier is not None and reward.reward_model is not None and reward.reward_model_weight == 0:
        return (
            f"both verifier {reward.verifier!r} and reward model {reward.reward_model!r} would give correctness; set "
            "reward_model_weight to add the model's part, or verifier to null for the model alone"
        )
    return None


def _settings(section: Any, ranges: Mapping[str, Range], choices: Mapping[str, tuple[object, ...]]) -> Iterator[str]:
    for path, allowed in ranges.items():
        if not allowed.allows(value := value_at(section, path)):
            yield f"{path} is {value}; set it to a number {allowed.words}"
    for path, options in choices.items():
        if (value := value_at(section, path)) not in options:
            yield f"{path} is {value!r}; set it to {_listed(options)}"


def _names(config: Config, names: KnownNames) -> Iterator[str]:
    """Yield a sentence for each name that nobody registered."""
    asked = (
        ("sampler", config.curriculum.sampler, names.samplers, "curriculum.sampler"),
        ("advantage estimator", config.algorithm.advantage, names.advantages, "algorithm.advantage"),
        ("loss", config.algorithm.loss, names.losses, "algorithm.loss"),
    )
    for kind, name, known, key in asked:
        if name not in known:
            yield f"{key}: {unknown_name(kind, name, known)}"


def _data(config: Config, names: KnownNames) -> Iterator[str]:
    if not config.data.train and not config.data.eval:
        yield "data.train is empty; add a source, for example data.train.0.name=mine data.train.0.path=mine.jsonl"
    counts = Counter(source.name for source in config.sources)
    for name, count in counts.items():
        if name in TAKEN_NAMES or name in names.domains:
            yield f"a data source is called {name!r}, the name of a domain or metric; call it for example {name}_data"
        if count > 1:
            yield f"{count} data sources are called {name!r}; give each its own name (metrics and task ids use it)"
    if config.data.holdout and config.data.eval:
        yield "data.holdout has no effect beside data.eval; set data.holdout=0 or take the eval sources out"


def _features(config: Config, names: KnownNames) -> Iterator[str]:
    """Yield what is wrong with what difficulty is to be told from."""
    curriculum = config.curriculum
    if not curriculum.features:
        yield "curriculum.features is empty; set it to [text], or curriculum.predict to false"
    for name, count in Counter(curriculum.features).items():
        if name not in FEATURES:
            yield f"curriculum.features: {unknown_name('kind of features', name, FEATURES)}"
        if count > 1:
            yield f"curriculum.features holds {name} {count} times; name it once"
    if POLICY in curriculum.features and not curriculum.predict:
        yield "curriculum.features holds policy, and curriculum.predict=false asks nothing of it; take one of them out"
    if POLICY in curriculum.features and curriculum.sampler not in names.predicting:
        yield (
            f"curriculum.features holds policy, and curriculum.sampler={curriculum.sampler} does not ask what is "
            f"predicted; take it out, or choose {' or '.join(names.predicting)}"
        )


def _vision(config: Config) -> Iterator[str]:
    for part in config.model.freeze:
        if part not in MODEL_PARTS:
            yield f"model.freeze: {unknown_name('part', part, MODEL_PARTS)}"
    if set(config.model.freeze) == set(MODEL_PARTS):
        yield "model.freeze leaves nothing to train; take a part out of it"
    rate, most = config.learner.vision_lr, config.data.images.max_pixels
    if rate is not None and not rate > 0:
        yield f"learner.vision_lr is {rate}; set it above 0, or freeze the part instead: model.freeze=[vision]"
    if most is not None and most < 1:
        yield f"data.images.max_pixels is {most}; set it to 1 or more, or leave it empty"


def _across(config: Config) -> Iterator[str]:
    """Yield what is wrong between settings that concern every job."""
    if not re.fullmatch(r"[^/\\\s]+", config.run.name) or config.run.name in (".", ".."):
        yield f"run.name is {config.run.name!r}; use a plain folder name without spaces or slashes"
    edges = config.curriculum.tier_edges
    bounds = [0.0, *edges, 1.0]
    if len(edges) != NUM_TIER_EDGES or any(low >= high for low, high in pairwise(bounds)):
        yield f"curriculum.tier_edges is {edges}; give {NUM_TIER_EDGES} rising pass rates between 0 and 1"
    if len(config.learner.betas) != 2 or not all(0 <= beta < 1 for beta in config.learner.betas):
        yield f"learner.betas is {config.learner.betas}; give two numbers, each at least 0 and below 1"
    if config.learner.offload and config.learner.zero_stage == 0:
        yield "learner.offload needs partitioned optimizer state; set learner.zero_stage to 1, 2 or 3"
    if config.model.dtype == "bfloat16" and config.learner.zero_stage == 0:
        yield "model.dtype=bfloat16 needs float32 master weights, which ZeRO keeps; set learner.zero_stage to 1, 2 or 3"
    yield from _grading(config)
    for k in config.eval.k:
        if not 1 <= k <= config.eval.num_completions:
            have = config.eval.num_completions
            yield f"eval.k holds {k}, but eval.num_completions is {have}; raise it or take {k} out"


def _grading(config: Config) -> Iterator[str]:
    names = [source.name for source in config.data.train]
    for name in config.grade.sources:
        if name not in names:
            yield f"grade.sources: {unknown_name('source of data.train', name, names)}"
    for key, given in (("models", config.grade.models), ("sources", config.grade.sources)):
        for name, count in Counter(given).items():
            if count > 1:
                yield f"grade.{key} holds {name} {count} times; name it once"
    if config.grade.sample < 1.0 and len(config.grade.models) > 1:
        yield "grade.sample below 1 goes with one model, and grade.models holds more; name one, or set grade.sample=1"


def _rollouts(config: Config) -> Iterator[str]:
    """Yield what is wrong between settings of rollout and learner."""
    if config.curriculum.batch_size % max(config.learner.updates_per_step, 1):
        yield (
            f"learner.updates_per_step={config.learner.updates_per_step} does not divide "
            f"curriculum.batch_size={config.curriculum.batch_size}; choose a divisor"
        )
    rollout = config.rollout
    longest = config.data.max_prompt_tokens + rollout.max_think_tokens + rollout.max_answer_tokens
    if config.learner.pack_tokens < longest:
        yield (
            f"learner.pack_tokens={config.learner.pack_tokens} is less than the longest sample: "
            f"prompt {config.data.max_prompt_tokens} + thinking {rollout.max_think_tokens} "
            f"+ answer {rollout.max_answer_tokens} = {longest} tokens; raise it to {longest} or more"
        )
    if rollout.force_answer and not rollout.think_end:
        yield "rollout.force_answer needs the text that ends thinking; set rollout.think_end, or force_answer to false"
    for source in config.sources:
        yield from (f"data source {source.name!r}: {problem}" for problem in budget_problems(source, config))


def _screening(config: Config) -> Iterator[str]:
    """Yield what cannot be when tasks never judged get some of their completions first."""
    screen = config.curriculum.screen
    if not screen:
        return
    if screen >= config.rollout.group_size:
        yield (
            f"curriculum.screen={screen} leaves nothing of rollout.group_size={config.rollout.group_size} for later; "
            "set it lower, half of it for example, or to 0"
        )
    if config.run.schedule == "overlapped":
        yield (
            f"curriculum.screen={screen} generates the rest when verdicts are in, which run.schedule=overlapped cannot "
            "wait for; set it to 0, or run.schedule to in_turn"
        )
    played = [source.name for source in config.data.train if environment_of(source) is not None]
    if played:
        yield (
            f"curriculum.screen={screen} is for single answers, and data source {played[0]!r} is played in an "
            "environment, whose episodes of a group begin together; set it to 0"
        )


def _overlapped(config: Config) -> Iterator[str]:
    """Yield what cannot be while engines generate the next batch beside the update; of GPUs the placement knows."""
    if config.run.schedule != "overlapped":
        return
    if config.algorithm.anchor == "learner" and config.algorithm.importance_cap == 0:
        yield (
            "run.schedule=overlapped learns from completions of older weights, and algorithm.importance_cap=0 leaves "
            "that uncorrected; set the cap to 2, or algorithm.anchor to rollout"
        )
    if config.curriculum.max_refills > 0:
        yield (
            f"curriculum.max_refills={config.curriculum.max_refills} draws again when verdicts are in, which "
            "run.schedule=overlapped cannot wait for; set it to 0, or run.schedule to in_turn"
        )
    if config.learner.updates_per_step > 1:
        yield (
            f"learner.updates_per_step={config.learner.updates_per_step} makes the completions of "
            "run.schedule=overlapped older still; set it to 1, or run.schedule to in_turn"
        )


def _unplayed(config: Config) -> Iterator[str]:
    """Yield a sentence for each training source that is there to be played, where records are learnt from."""
    for source in config.data.train:
        found = environment_of(source)
        if found is not None and GENERATED in source.path:
            yield (
                f"data source {source.name!r} is played in the environment {found.name!r}, and {source.path} gives no "
                "records to learn from; rlcs train plays it, and rlcs demonstrate makes a file of episodes for rlcs sft"
            )
        yield from (f"data source {source.name!r}: {problem}" for problem in budget_problems(source, config))


def _routing(config: Config, names: KnownNames) -> Iterator[str]:
    """Yield a sentence for each source whose completions nobody would judge."""
    known = list(config.rewards)
    for source in config.sources:
        found = environment_of(source)
        if found is not None and (entry := names.environments.get(found.name)) is not None and entry.judges:
            if source.reward is not None:
                yield (
                    f"data source {source.name!r}: reward is {source.reward!r}, but the environment {found.name!r} "
                    "judges its episodes itself; take reward out"
                )
            continue
        name = reward_name(source, config.rewards)
        if name in config.rewards:
            if source.fields.answer is None and config.rewards[name].verifier is not None:
                yield (
                    f"data source {source.name!r}: fields.answer is empty, but verifier "
                    f"{config.rewards[name].verifier!r} of rewards.{name} compares with gold answers; name their column"
                )
            continue
        if source.reward is None:
            yield f"data source {source.name!r} has no reward; add rewards.{source.name} or rewards.default"
        else:
            yield f"data source {source.name!r}: {unknown_name('reward', name, known)}"


def _source(source: SourceConfig, names: KnownNames) -> Iterator[str]:
    yield from _settings(source, SOURCE_RANGES, SOURCE_CHOICES)
    if source.domain not in names.domains:
        guess = nearest(source.domain, names.domains)
        hint = f"; did you mean {guess}?" if guess else ""
        yield f"domain is {source.domain!r}{hint}; known: {', '.join(names.domains)}"
    if source.limit is not None and source.limit < 1:
        yield f"limit is {source.limit}; set it to 1 or more, or leave it empty for all rows"
    if source.prompt_template is not None and "{prompt}" not in source.prompt_template:
        yield f"prompt_template {source.prompt_template!r} has no {{prompt}}; put it where the question goes"
    if (found := environment_of(source)) is not None:
        checked = _settings(found, ENVIRONMENT_RANGES, ENVIRONMENT_CHOICES)
        yield from (f"environment.{problem}" for problem in checked)
        yield from environment_problems(source, names.environments)
    if source.answer_pattern is not None:
        yield from _pattern(source.answer_pattern)


def _pattern(pattern: str) -> Iterator[str]:
    try:
        num_groups = re.compile(pattern).groups
    except re.error as error:
        yield f"answer_pattern {pattern!r} is no regular expression: {error}"
        return
    if num_groups == 0:
        yield f"answer_pattern {pattern!r} has no group; put the gold answer in parentheses, as in '#### (.+)$'"


def _reward(reward: RewardConfig, names: KnownNames, models: Collection[str]) -> Iterator[str]:
    yield from _settings(reward, REWARD_RANGES, REWARD_CHOICES)
    if reward.verifier is not None and reward.verifier not in names.verifiers:
        yield f"{unknown_name('verifier', reward.verifier, names.verifiers)}"
    if reward.reward_model is not None and reward.reward_model not in models:
        yield f"{unknown_name('reward model', reward.reward_model, models)}; add it under reward_models"
    if fault := correctness_fault(reward):
        yield fault
    if reward.weight == 0 and reward.format_weight == 0:
        yield "weight and format_weight are both 0; give at least one of them a weight"


def _reward_model(model: RewardModelConfig) -> Iterator[str]:
    yield from _settings(model, REWARD_MODEL_RANGES, {})
    if (model.mean is None) != (model.std is None):
        yield f"mean is {model.mean} and std {model.std}; give both, or none for those stored beside the model"
    if model.mean is not None and not math.isfinite(model.mean):
        yield f"mean is {model.mean}; set it to a finite number"
    if model.std is not None and not 0 < model.std < math.inf:
        yield f"std is {model.std}; set it to a finite number above 0"


def _listed(options: tuple[object, ...]) -> str:
    *first, last = map(str, options)
    return f"{', '.join(first)} or {last}"
