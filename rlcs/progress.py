"""The progress line of a step: reward, tiers, expansion ratio, tokens/s, seconds per phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlcs.console import say
from rlcs.metrics import Metrics
from rlcs.records import TIERS

HEADER_EVERY = 25
_TIER_TITLES = {"very_hard": "v.hard", "very_easy": "v.easy"}
_PHASES = ("rollout", "score", "learn", "sync", "step")


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, its width, and its text in a step."""

    title: str
    width: int
    text: Callable[[Metrics], str]
    group: str = ""
    """What stands above the titles of several columns, given at the first of them."""


def _share(tier: str) -> Callable[[Metrics], str]:
    return lambda metrics: f"{100 * metrics.get(f'curriculum/tier/{tier}/share', 0.0):.0f}"


def _seconds(phase: str) -> Callable[[Metrics], str]:
    return lambda metrics: f"{metrics.get(f'time/{phase}_s', 0.0):.1f}"


def _trained(metrics: Metrics) -> str:
    return f"{metrics['curriculum/num_selected']:.0f}/{metrics['rollout/num_tasks']:.0f}"


COLUMNS = (
    Column("reward", 6, lambda metrics: f"{metrics['reward/mean']:.3f}"),
    *(
        Column(_TIER_TITLES.get(tier, tier), 6, _share(tier), group="" if number else "% of tasks drawn, by tier")
        for number, tier in enumerate(TIERS)
    ),
    Column("expand", 6, lambda metrics: f"{metrics['curriculum/expansion_ema']:.2f}"),
    Column("drawn", 8, _trained, group="trained/"),
    Column("tokens/s", 8, lambda metrics: f"{metrics['rollout/tokens_per_s']:,.0f}"),
    Column("rollout", 7, _seconds("rollout"), group="seconds"),
    *(Column("all" if phase == "step" else phase, 5, _seconds(phase)) for phase in _PHASES[1:]),
)


def header() -> list[str]:
    """Return the two lines above the steps."""
    above, titles = " " * 9, "     step"
    for column in COLUMNS:
        above = f"{above:<{len(titles) + 1}}{column.group:>{column.width}}" if column.group else above
        titles += f" {column.title:>{column.width}}"
    return [above, f"{titles}   left"]


def step_line(step: int, num_steps: int, metrics: Metrics, *, seconds_left: float) -> str:
    """Return the progress line of a step; `header` names its columns."""
    cells = " ".join(f"{column.text(metrics):>{column.width}}" for column in COLUMNS)
    return f"{f'{step}/{num_steps}':>9} {cells} {_minutes(seconds_left):>6}"


def print_step(step: int, num_steps: int, first_step: int, metrics: Metrics, *, seconds_left: float) -> None:
    """Print the line of a step, with the header above the first and every 25th."""
    if (step - first_step) % HEADER_EVERY == 0:
        for line in header():
            say(line)
    say(step_line(step, num_steps, metrics, seconds_left=seconds_left))


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
