"""Verdicts in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.data.turns import REPLAYED
from rlcs.dashboard.marking import one_line, visible
from rlcs.records import UNJUDGED, Status

WORDS = {
    Status.CORRECT: "The answer is right.",
    Status.PARTIAL: "The answer is partly right.",
    Status.INCORRECT: "The answer was found and read, and it is wrong.",
    Status.NO_ANSWER: "There is no answer in the response, so there was nothing to judge.",
    Status.FORMAT_ERROR: "The response does not keep to the layout, so no answer was taken from it.",
    Status.INVALID_ANSWER: "The answer cannot be read as one of the kind that was asked for.",
    Status.OVER_LIMIT: "The answer is larger than what the verifier reads.",
    Status.TIMEOUT: "Judging took longer than its deadline.",
    Status.WORKER_DIED: "Judging killed its worker process (out of memory, or a crash in a library).",
    Status.BAD_GOLD: "The gold answer cannot be read: our fault, so the completion is left out of training.",
    Status.JUDGE_ERROR: "The judge did not answer: our fault, so the completion is left out of training.",
    Status.INTERNAL_ERROR: "The verifier failed: our fault, so the completion is left out of training.",
    Status.ENV_FAULT: "The environment failed: our fault, so the completion is left out of training.",
}
MAX_EVENTS = 8
_OF_EPISODES = {
    Status.CORRECT: "The episode reached its goal.",
    Status.PARTIAL: "The episode reached a part of its goal.",
    Status.INCORRECT: "The episode ended without reaching its goal.",
    Status.OVER_LIMIT: "The episode ran out of turns or of context.",
}
"""Where the environment judged, and no verifier."""
_SHAPES = {"right": "✓", "part": "◐", "wrong": "✗", "ours": "?"}


def badge(status: str) -> Component:
    """Return a status as a small word with a shape: colour is never all that tells."""
    kind = _kind(status)
    return html.Span(f"{_SHAPES[kind]} {visible(status).replace('_', ' ')}", className=f"status {kind}")


def reason(row: Mapping[str, Any]) -> str:
    """Return why a completion got its score, in a sentence or three."""
    judge, of_judge = ("environment", _OF_EPISODES) if _is_of_environment(row) else ("verifier", {})
    words = [{**WORDS, **of_judge}[Status(row["status"])] if row["status"] in set(Status) else ""]
    if row["message"]:
        words.append(f"The {judge} says: {visible(row['message']).rstrip('.')}.")
    if row["status"] in (Status.INCORRECT, Status.PARTIAL) and row["extracted"]:
        words.append(f"Found {one_line(row['extracted'], 120)}, expected {one_line(row['answer'] or '', 120)}.")
    return " ".join(word for word in words if word)


def events_in_words(events: Mapping[str, int]) -> str:
    """Return what happened in the turns of an episode. Example: {"replayed": 1, "unreadable": 2} gives
    "replayed once, 2 turns unreadable".
    """
    said = []
    for word, number in list(events.items())[:MAX_EVENTS]:
        if word == REPLAYED:
            said.append("replayed once" if number == 1 else f"replayed {number} times")
        else:
            said.append(f"{number} {'turn' if number == 1 else 'turns'} {one_line(word, 40).replace('_', ' ')}")
    return ", ".join(said)


def _is_of_environment(row: Mapping[str, Any]) -> bool:
    """Tell whether the environment judged an episode: no answer was found, and the message is that of its end."""
    if row["num_turns"] is None or row["extracted"]:
        return False
    return bool((row["outcome"] or "").startswith(row["message"] or ""))


def _kind(status: str) -> str:
    if status in UNJUDGED:
        return "ours"
    return {Status.CORRECT.value: "right", Status.PARTIAL.value: "part"}.get(status, "wrong")
