"""`rlcs check`: does this configuration work with this data and these rewards? Told before any model loads.

Every source is read whole, every gold answer checked, every prompt measured; of some tasks a source, the gold answer
itself, an empty response and a junk answer are judged: they must score 1, 0 and little. A verifier that pays nothing
for the right answer is found here and not after a night of training. Of a source that is played in an environment some
episodes are begun; that they can be won is not proven.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from rewards import Scorer, route_sources
from rewards.registry import SAYS_NOTHING, RewardEntry
from rewards.running.call import VERIFIER_RAISED
from rlcs.config.batch_in_words import describe_batch
from rlcs.config.environments import environment_of
from rlcs.config.schema import Config, FormatConfig, RewardConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.images import original_size
from rlcs.model.files import Resizing, load_preprocessing, resolve_model_path
from rlcs.model.vision import check_videos
from rlcs.process.console import console, say
from rlcs.process.environment import prepare_process
from rlcs.records import Task, Verdict
from rlcs.reward_models.catalogue import find_reward_models
from rlcs.tasks import PromptRenderer, TaskPool, drop_long, load_pool, load_preferences, load_traces
from rollout.environments.trial import begin_episodes
from rollout.episodes.demonstrations import load_demonstrations

NUM_JUDGED = 32
NUM_BEGUN = 4
NUM_TOLD = 3
FULL = 0.999
HIGH = 0.5
"""Similarity to a gold text is hardly ever 0; an answer that says nothing must not come near a right one."""


@dataclass(frozen=True, kw_only=True)
class SourceReport:
    """What `rlcs check` found about one source."""

    source: SourceConfig
    domains: str
    judge: str
    """Reward and verifier, or the environment."""
    num_tasks: int
    num_judged: int
    num_begun: int
    """Episodes that were begun; 0 without an environment."""
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Golds that are right only as they are written."""


def run(config: Config) -> None:
    """Check a configuration for `rlcs train` and `rlcs eval`; UserError lists what is wrong."""
    check_files(config)
    routes = route_sources(config.sources, config.rewards)
    find_reward_models(config)
    renderer = prompt_renderer(config, config.sources)
    with Scorer(without_raters(config.rewards), routes, config.scoring) as scorer:
        scorer.resize = Resizing(config.model, config.data.images)
        reports = [check_source(source, config, scorer, routes[source.name], renderer) for source in config.sources]
    print_reports(reports)
    for note in (note for report in reports for note in report.notes):
        say(note)
    for report in reports:
        if report.num_begun and not report.problems:
            say(f"{report.source.name}: episodes can be begun; that they can be won was not tried")
    for line in describe_batch(config):
        say(line)
    if problems := [problem for report in reports for problem in report.problems]:
        raise UserError("\n".join(problems))
    say("the configuration is whole")


def without_raters(rewards: Mapping[str, RewardConfig]) -> dict[str, RewardConfig]:
    """Return the rewards without the part of a reward model beside a verifier: no model is loaded here."""
    return {
        name: reward if reward.verifier is None else replace(reward, reward_model=None, reward_model_weight=0.0)
        for name, reward in rewards.items()
    }


def run_reward_model(config: Config) -> None:
    """Check a configuration for `rlcs reward-model`; UserError tells the first thing that is wrong."""
    check_files(config)
    train, held_out = load_preferences(config.data, seed=config.run.seed)
    say(f"pairs: {len(train):,} to train on, {config.preferences.batch_size} an update; {len(held_out):,} held out")
    say("the configuration is whole")


def run_sft(config: Config) -> None:
    """Check a configuration for `rlcs sft`; UserError tells the first thing that is wrong."""
    check_files(config)
    played = [source for source in config.data.train if environment_of(source) is not None]
    traces = [source for source in config.data.train if source not in played]
    num_episodes = sum(len(load_demonstrations(source)) for source in played)
    told = [f"traces: {len(load_traces(traces)[0]):,}"] * bool(traces) + [f"episodes: {num_episodes:,}"] * bool(played)
    say(f"{', '.join(told)} in {len(config.data.train)} sources, {config.sft.batch_size} an update")
    say("the configuration is whole")


def check_files(config: Config) -> None:
    """Raise a UserError for a model folder or chat template that is not there; a hub name is not looked up."""
    if config.sft.init is None:
        model = resolve_model_path(config.model.path)
        say(f"model: {model}" + ("" if isinstance(model, Path) else " (a name on the hub, not looked up)"))
    else:
        say(f"model: {config.sft.init}, freshly initialised")
    template = config.model.chat_template
    if template is not None and not Path(template).is_file():
        raise UserError(f"model.chat_template={template} does not exist; correct the path")


def prompt_renderer(config: Config, sources: Sequence[SourceConfig]) -> PromptRenderer | None:
    """Return what makes prompts of tasks; None, and a line, for a model that is not on this machine."""
    model = resolve_model_path(config.model.path)
    if isinstance(model, str):
        say(f"prompts: not measured, {model} is not looked up; training leaves out those that are too long")
        return None
    prepare_process()
    return load_preprocessing(config.model, config.data.images, model, config.data.video).renderer(sources)


def check_source(
    source: SourceConfig, config: Config, scorer: Scorer, reward: str | None, renderer: PromptRenderer | None
) -> SourceReport:
    """Read a source whole; judge what must score 1 and 0 for some of its tasks, begin episodes of some.

    reward: what judges it; None where its environment does.
    """
    pool = load_pool([source], check_gold=scorer.check_gold)
    if renderer is not None:
        pool = drop_long(pool, renderer, config.data.max_prompt_tokens)
        if most := pool.most_videos():
            check_videos(config.model, resolve_model_path(config.model.path), most)
    played = environment_of(source)
    judged = [] if reward is None else spread(pool, NUM_JUDGED)
    begun = [] if played is None else spread(pool, NUM_BEGUN)
    found, notes = ([], []) if reward is None else check_reward(judged, config.rewards[reward], reward, scorer)
    not_begun = [] if played is None else begin_episodes(
        played.name, played.params, begun, plugins=config.plugins,
        reads_only=renderer is not None and not renderer.sees_images,
    )  # fmt: skip
    return SourceReport(
        source=source,
        domains=" + ".join(pool.index.domains),
        judge=f"environment: {played.name}" if reward is None and played else judged_by(config.rewards, reward),
        num_tasks=len(pool),
        num_judged=len(judged),
        num_begun=len(begun),
        problems=(*first_few(found, source), *first_few(list(not_begun), source)),
        notes=tuple(first_few(notes, source)),
    )


def check_reward(
    tasks: Sequence[Task], settings: RewardConfig, reward: str, scorer: Scorer
) -> tuple[list[str], list[str]]:
    """Judge what must score 1 and 0; return a sentence for each verdict that is wrong, and for each narrow gold."""
    entry = scorer.entries.get(reward)
    answers = [None if entry is None else right_answer(task, entry, scorer) for task in tasks]
    found = list(judge(tasks, answers, scorer, settings.format))
    return found, only_as_written(tasks, entry, scorer, settings.format)


def first_few(sentences: list[str], source: SourceConfig) -> list[str]:
    """Return the first of some sentences, and how many more there are."""
    more = len(sentences) - NUM_TOLD
    return sentences if more <= 0 else [*sentences[:NUM_TOLD], f"… and {more} more of source {source.name!r}"]


def judged_by(rewards: Mapping[str, RewardConfig], name: str | None) -> str:
    """Return a reward with its verifier and reward model, whichever there are: `default: math + helpful`."""
    assert name is not None, "nothing judges the source"
    return f"{name}: {' + '.join(filter(None, [rewards[name].verifier, rewards[name].reward_model]))}"


def spread(pool: TaskPool, most: int) -> list[Task]:
    """Return up to `most` tasks, evenly over the whole pool."""
    count = min(len(pool), most)
    return pool.take([index * len(pool) // count for index in range(count)])


def right_answer(task: Task, entry: RewardEntry, scorer: Scorer) -> str | None:
    """Return an answer that must score 1: the gold, or what the verifier makes of it; None where there is none."""
    sizes = cache(lambda: [original_size(image) for image in task.images])
    return entry.known_answer(task.answer, scorer.params_of(task.source, task.params, sizes))


def judge(tasks: Sequence[Task], right: Sequence[str | None], scorer: Scorer, layout: FormatConfig) -> Iterator[str]:
    """Yield a sentence for each verdict that is not what it must be.

    Where no answer is known to be right (tests of a program, instructions, a reward model) only the empty response can
    be judged.
    """
    responses = [("",) if answer is None else ("", answer, SAYS_NOTHING) for answer in right]
    pending = [
        [scorer.begin(response_with(answer, layout) if answer else "", task) for answer in answers]
        for task, answers in zip(tasks, responses, strict=True)
    ]
    for task, (empty, *others) in zip(tasks, pending, strict=True):
        if correctness(verdict := empty.result()) > 0:
            yield f"{task.id}: an empty response scores {told(verdict)}; it must score 0: see the verifier"
        if not others:
            continue
        gold, junk = others
        if correctness(verdict := gold.result()) < FULL:
            yield f"{task.id}: the gold answer {task.answer!r} scores {told(verdict)}; it must score 1: see its reward"
        if (verdict := junk.result()).score is None or verdict.message.startswith(VERIFIER_RAISED):
            yield f"{task.id}: the answer {SAYS_NOTHING!r} could not be judged: {verdict.message}"
        if correctness(verdict) >= HIGH:
            yield f"{task.id}: the answer {SAYS_NOTHING!r} scores {told(verdict)}; it must score less than {HIGH:g}"


def only_as_written(
    tasks: Sequence[Task], entry: RewardEntry | None, scorer: Scorer, layout: FormatConfig
) -> list[str]:
    """Return a sentence for each gold that scores 1 as it is written, but not in another spelling."""
    if entry is None or entry.respell is None:
        return []
    others = [(task, other) for task in tasks if (other := entry.respell(task.answer)) is not None]
    pending = [scorer.begin(response_with(other, layout), task) for task, other in others]
    return [
        f"{task.id}: the gold answer {task.answer!r} is right only as it is written: {other!r} scores {told(verdict)}"
        for (task, other), call in zip(others, pending, strict=True)
        if correctness(verdict := call.result()) < FULL
    ]


def response_with(answer: str, layout: FormatConfig) -> str:
    """Return a response that keeps to the layout and gives this answer."""
    boxes = {"boxed": f"\\boxed{{{answer}}}", "none": answer}
    inside = boxes.get(layout.box, f"<|begin_of_box|>{answer}<|end_of_box|>")
    thinking = "" if layout.think == "forbidden" else "<think>…</think>"
    return thinking + (inside if layout.answer_tag == "forbidden" else f"<answer>{inside}</answer>")


def correctness(verdict: Verdict) -> float:
    """Return the correctness of a verdict without its format part; what could not be judged counts 0."""
    return 0.0 if verdict.score is None else verdict.components.get("correctness", verdict.score)


def told(verdict: Verdict) -> str:
    """Return a verdict in words: `0.0 (incorrect)`."""
    reason = f"{verdict.status}: {verdict.message}" if verdict.message else str(verdict.status)
    return f"{verdict.score} ({reason})"


def print_reports(reports: Sequence[SourceReport]) -> None:
    """Print a row for each source."""
    table = Table(box=SIMPLE)
    for title in ("source", "domain", "tasks", "judged by", "gold, empty, junk"):
        table.add_column(title, overflow="fold")
    for report in reports:
        source, style = report.source, "red" if report.problems else ""
        table.add_row(source.name, report.domains, f"{report.num_tasks:,}", report.judge, state_of(report), style=style)
    console.print(table, soft_wrap=False)


def state_of(report: SourceReport) -> str:
    """Return how many tasks were judged and how many episodes begun, and whether that went as it must."""
    done = [f"{report.num_judged} judged"] * (report.num_judged > 0) + [f"{report.num_begun} begun"]
    what = ", ".join(done) if report.num_begun else str(report.num_judged)
    state = "wrong" if report.problems else "as expected, some only as written" if report.notes else "as expected"
    return f"{what} {state}"
