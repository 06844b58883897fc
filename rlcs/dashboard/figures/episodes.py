"""Figures of runs whose tasks are played in several turns: how long episodes are, what goes wrong, how success goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rlcs.dashboard.data.curves import smoothed
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import shows
from rlcs.dashboard.data.turns import recent_success, words_counted
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.lines import PERCENT, line, line_of, lines_figure
from rlcs.dashboard.figures.style import blank, colour, empty, safe

NO_EPISODES = "no episodes yet"
MAX_TICKS = 20


def success_by_turns(runs: Sequence[Run], view: View) -> go.Figure:
    """Return for each source the share of judged episodes that are right, by the number of their turns."""
    counts: dict[str, dict[int, tuple[float, float]]] = {}
    for (part, turns), (judged, passed) in sorted(recent_success(runs[0]).items()):
        if shows(view, part):
            before = counts.setdefault(part.source, {}).get(turns, (0.0, 0.0))
            counts[part.source][turns] = (before[0] + judged, before[1] + passed)
    if not counts:
        return empty(NO_EPISODES)
    figure = blank("turns of the episode", "share of episodes that are right")
    for number, (source, of_source) in enumerate(counts.items()):
        figure.add_trace(_bars(source, of_source, colour(number)))
    widest = max(turns for of_source in counts.values() for turns in of_source)
    figure.update_layout(barmode="group", showlegend=len(counts) > 1)
    figure.update_xaxes(dtick=1 if widest <= MAX_TICKS else None)
    figure.update_yaxes(tickformat=PERCENT, range=[0, 1.08])
    return figure


def _bars(source: str, counts: dict[int, tuple[float, float]], hue: str) -> go.Bar:
    turns = sorted(counts)
    judged = [counts[one][0] for one in turns]
    return go.Bar(
        x=turns,
        y=[counts[one][1] / counts[one][0] for one in turns],
        name=safe(source),
        marker={"color": hue},
        text=[f"{number:,.0f}" for number in judged],
        textposition="outside",
        customdata=[[source, one] for one in turns],
        hovertemplate="%{fullData.name}, turns: %{x}<br>%{y:.1%} of %{text} episodes<extra></extra>",
    )


def turns(runs: Sequence[Run], view: View) -> go.Figure:
    """Return how many turns episodes take, and prompts where turns or a full context begin new ones."""
    parts = {"turns, mean": "env/turns_mean", "turns, most": "env/turns_max", "prompts, mean": "env/parts_mean"}
    lines = [line(name, runs[0].curves(), key, view) for name, key in parts.items()]
    return lines_figure(lines, view, y_title="of an episode", nothing=NO_EPISODES)


def faults(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the shares of episodes that failed, ran out of room or were replayed, and of turns that count a word."""
    run, curves = runs[0], runs[0].curves()
    parts = {
        "episodes: environment failed": "env/fault_share",
        "episodes: out of turns or context": "env/over_limit_share",
    }
    lines = [line(name, curves, key, view) for name, key in parts.items()]
    episodes = curves.get("env/num_episodes")
    replays = np.divide(curves.get("env/replays"), episodes, out=np.full(len(curves), np.nan), where=episodes > 0)
    lines.append(line_of("replays for each episode", curves, smoothed(replays, view.smoothing), view))
    for word in words_counted(run):
        lines.append(line(f"turns: {word}".replace("_", " "), curves, f"env/{word}_share", view))
    return lines_figure(lines, view, y_title="share", nothing=NO_EPISODES, tick_format=PERCENT)


def seconds(runs: Sequence[Run], view: View) -> go.Figure:
    """Return what environments take to answer a turn."""
    lines = [line("environment", runs[0].curves(), "env/seconds", view)]
    return lines_figure(lines, view, y_title="seconds a turn", nothing=NO_EPISODES)
