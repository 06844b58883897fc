"""Every figure of the dashboard by name: its page, title, what it means, and how it is made from runs and a view.

overview.py    learning, time, verdicts
curriculum.py  pass rates, tiers and waste over steps
now.py         the curriculum now: waste by domain, weights, one task
episodes.py    turns, faults, success by turns
compare.py     several runs
lines.py       curves and stacked areas
lanes.py       engines and learner side by side
style.py       colours, layout
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures import compare, curriculum, episodes, now, overview

Build = Callable[[Sequence[Run], View], go.Figure]


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """A figure of a page."""

    name: str
    page: str
    title: str
    explanation: str
    """One plain sentence for someone who sees it for the first time."""
    build: Build
    """Pages of one run give a list of one; a broken folder gives an empty figure that says so."""
    of_episodes: bool = False
    """Not shown of a run whose tasks are all answered in one turn."""


def _spec(page: str, name: str, title: str, build: Build, explanation: str, *, of_episodes: bool = False) -> FigureSpec:
    return FigureSpec(
        name=name, page=page, title=title, explanation=explanation, build=build, of_episodes=of_episodes
    )  # fmt: skip


_ALL = (
    _spec("overview", "reward", "Training reward", overview.reward,
          "Mean score of the completions of each step; the curriculum keeps it near one half, so held-out tells more."),
    _spec("overview", "held_out", "Held-out accuracy", overview.held_out,
          "Share of held-out completions that pass: the number that should rise."),
    _spec("overview", "verdicts", "Verdicts that went wrong", overview.verdicts,
          "Share of verdicts of each kind, of the source that has most at each step; high: look at its rollouts."),
    _spec("overview", "lengths", "Cut thinking and cut answers", overview.lengths,
          "Forced: thinking ran out of budget and the answer was asked for; cut off: the answer was not finished."),
    _spec("overview", "step_time", "Where the time of a step goes", overview.step_time,
          "Seconds of each phase; of scoring, only the wait for it. Overlapped: a lane for each side, waits hatched."),
    _spec("overview", "speed", "Speed", overview.speed, "Tokens per second while generating and while learning."),
    _spec("overview", "entropy", "Entropy of the policy", overview.entropy,
          "Near zero the policy gives the same answer each time, and groups stop teaching."),
    _spec("overview", "mismatch", "Learner against engine", overview.mismatch,
          "How far the two disagree about the same tokens; growing means that training learns from wrong numbers."),
    _spec("overview", "success_by_turns", "Success by number of turns", episodes.success_by_turns,
          "Of the newest steps, at most 20: which share of the judged episodes is right, by how many turns they took; "
          "the numbers count episodes.", of_episodes=True),
    _spec("overview", "turns", "Turns of an episode", episodes.turns,
          "How long episodes are; a new prompt begins where turns have prompts of their own, or the context is full.",
          of_episodes=True),
    _spec("overview", "episode_faults", "What goes wrong in episodes", episodes.faults,
          "Failed: our fault, and unjudged; replayed: brought back after a fault; of turns: what is counted.",
          of_episodes=True),
    _spec("overview", "episode_seconds", "Seconds of a turn", episodes.seconds,
          "What the environment takes to answer, replays included; engines go on with other episodes meanwhile.",
          of_episodes=True),
    _spec("curriculum", "pass_rate_map", "Tasks by pass rate", curriculum.pass_rate_map,
          "Each column is a step: where the tasks seen so far stand between never solved (bottom) and always (top)."),
    _spec("curriculum", "tiers_drawn", "Tiers drawn", curriculum.tiers_drawn,
          "What the sampler drew: shares of the tasks of a step by how hard they were believed to be."),
    _spec("curriculum", "tiers_selected", "Tiers trained on", curriculum.tiers_selected,
          "What was left to train on after the most balanced groups were chosen, by the same beliefs."),
    _spec("curriculum", "expansion", "Expansion", curriculum.expansion,
          "How many times the batch is drawn so that enough groups teach something."),
    _spec("curriculum", "waste", "Wasted rollouts", curriculum.waste,
          "Groups whose scores are all equal teach nothing; the estimate says how many uniform drawing would waste."),
    _spec("curriculum", "waste_by_domain", "Wasted rollouts by domain", now.waste_by_domain,
          "The same over the newest steps, at most 20, for each domain, source or subcategory."),
    _spec("curriculum", "weight", "Weight against pass rate", now.weight,
          "How much the sampler wants tasks of each pass rate; 1 or more is wanted, little is kept for re-testing."),
    _spec("curriculum", "certainty", "Certainty of the beliefs", curriculum.certainty,
          "Mean standard deviation of the believed pass rates: 0.29 is no idea, 0.1 is eight completions' worth."),
    _spec("curriculum", "calibration", "Believed against observed", curriculum.calibration,
          "Do tasks pass as often as was believed before they were drawn? On the diagonal they do; size is groups."),
    _spec("curriculum", "prediction", "Difficulty told from texts", curriculum.prediction,
          "How much better texts tell how unseen tasks turn out than their kind alone, and how far they are trusted."),
    _spec("tasks", "task_history", "History of the task", now.task_history_figure,
          "Each point is a group of completions; the band is what the curriculum believes."),
    _spec("compare", "compare_held_out", "Held-out accuracy", compare.compare_held_out,
          "Share of held-out completions that pass, of every run."),
    _spec("compare", "compare_reward", "Training reward", compare.compare_reward,
          "Mean score of the completions of each step; runs with different curricula draw different tasks."),
    _spec("compare", "compare_waste", "Wasted rollouts", compare.compare_waste,
          "Share of groups whose scores are all equal."),
    _spec("compare", "compare_metric", "Any metric", compare.compare_metric, "The chosen key of metrics.jsonl."),
)  # fmt: skip

FIGURES = {spec.name: spec for spec in _ALL}
