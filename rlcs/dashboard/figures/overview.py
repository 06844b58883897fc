"""Figures of the overview: is it learning, on what, and what goes wrong. All from metrics.jsonl."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rlcs.dashboard.data.curves import PHASES, smoothed
from rlcs.dashboard.data.domains import KINDS
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.lanes import OVERLAPPED, lanes_figure
from rlcs.dashboard.figures.lines import PERCENT, areas_figure, line, line_of, lines_figure
from rlcs.dashboard.figures.style import COLOURS, INK

NO_STEP = "no step is done yet"


def reward(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the mean training reward of all domains, of a domain and its sources, or of one source."""
    run, curves = runs[0], runs[0].curves()
    if view.source:
        names = [view.source]
    elif view.domain:
        names = [view.domain, *(one for one in run.sources() if run.domain_of(one) == view.domain)]
    else:
        names = run.domains()
    lines = [line(name, curves, f"reward/{name}/mean", view, subject=name) for name in names]
    if not (view.domain or view.source) and len(names) != 1:
        lines.append(line("all", curves, "reward/mean", view, colour=INK))
    return lines_figure(lines, view, y_title="mean reward, 0 to 1", nothing=NO_STEP)


def held_out(runs: Sequence[Run], view: View) -> go.Figure:
    """Return held-out pass@1 per domain, or of a domain and its evaluation sources."""
    run, curves = runs[0], runs[0].curves()
    domain = view.domain or run.domain_of(view.source)
    told = curves.names("eval/domain/", "/pass@1")
    parts = {name: f"eval/domain/{name}/pass@1" for name in ([domain] if domain else told)}
    if domain:
        parts |= {name: f"eval/{name}/pass@1" for name, of in eval_sources(run).items() if of == domain}
    elif len(told) != 1:
        parts["all"] = "eval/all/pass@1"
    lines = [
        line(name, curves, key, view, rare=True, subject=name, colour=INK if name == "all" else "")
        for name, key in parts.items()
    ]
    nothing = "no evaluation yet" if run.setting("eval.every", 1) else "no evaluation: eval.every is 0"
    return lines_figure(lines, view, y_title="held-out pass@1, 0 to 1", nothing=nothing)


def eval_sources(run: Run) -> dict[str, str]:
    """Return the domain of each evaluation source of config.yaml."""
    data = run.config.get("data")
    listed = data.get("eval") if isinstance(data, dict) else None
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return {str(row.get("name")): str(row.get("domain") or "") for row in rows}


def verdicts(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the shares of answers that timed out, could not be judged, …: at each step of the source with most."""
    run, curves = runs[0], runs[0].curves()
    told = curves.names("reward/", "/unjudged_share")
    chosen = [one for one in told if view.source in ("", one) and view.domain in ("", run.domain_of(one))]
    lines = []
    for kind, words in KINDS.items():
        rows = [curves.get(f"reward/{source}/{kind}_share") for source in chosen]
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # a step without any of them: NaN
            values = smoothed(np.nanmax(rows, axis=0), view.smoothing) if rows else np.full(len(curves), np.nan)
        lines.append(line_of(words, curves, values, view, subject=kind))
    return lines_figure(lines, view, y_title="share of verdicts", nothing=NO_STEP, tick_format=PERCENT)


def lengths(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the shares of completions whose answer was forced, and that a budget cut off."""
    parts = {"answer forced": "rollout/forced_share", "cut off by a budget": "rollout/truncated_share"}
    lines = [line(name, runs[0].curves(), key, view) for name, key in parts.items()]
    return lines_figure(lines, view, y_title="share of completions", nothing=NO_STEP, tick_format=PERCENT)


def step_time(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the seconds of a step by phase, stacked; in two lanes where engines and learner work side by side."""
    curves = runs[0].curves()
    if curves.has(OVERLAPPED):
        return lanes_figure(curves, view, nothing=NO_STEP)
    parts = {phase: curves.get(f"time/{phase}_s") for phase in PHASES}
    colours = dict(zip(PHASES, COLOURS, strict=False))
    return areas_figure(
        curves.steps.astype(np.float64), parts, colours, curves, view, y_title="seconds", nothing=NO_STEP
    )


def speed(runs: Sequence[Run], view: View) -> go.Figure:
    """Return tokens per second of generation and of learning."""
    parts = {"generated": "rollout/tokens_per_s", "learned from": "learner/tokens_per_s"}
    lines = [line(name, runs[0].curves(), key, view) for name, key in parts.items()]
    return lines_figure(lines, view, y_title="tokens per second", nothing=NO_STEP, tick_format=",")


def entropy(runs: Sequence[Run], view: View) -> go.Figure:
    """Return the policy's entropy."""
    lines = [line("entropy", runs[0].curves(), "policy/entropy", view)]
    return lines_figure(lines, view, y_title="nats per token", nothing="nothing was learned yet")


def mismatch(runs: Sequence[Run], view: View) -> go.Figure:
    """Return how far learner and engine are apart, on a logarithmic axis."""
    parts = {"KL, learner to engine": "policy/mismatch_kl", "largest gap after a sync": "sync/max_logprob_gap"}
    lines = [line(name, runs[0].curves(), key, view) for name, key in parts.items()]
    return lines_figure(lines, view, y_title="nats", nothing="nothing was learned yet", tick_format=".0e", log=True)
