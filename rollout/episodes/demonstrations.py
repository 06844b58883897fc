"""Episodes to imitate: rows of a file, and what the learner reads of them.

A row has what was shown first (`opening`) and each turn with what was shown then (`turns`), pieces as text or image.
It becomes samples by way of the classes that play episodes, so its tokens are those that a policy will see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from rlcs.config.schema import SourceConfig
from rlcs.records import Group, Outcome, Sample, Status, Task, samples_of
from rlcs.tasks.convert import checked_rows, open_source, report_skipped
from rlcs.tasks.rows import BadRow, shown, value_of
from rollout.environments.experts import Played, PlayedTurn
from rollout.environments.protocol import Observation, Piece
from rollout.episodes.episode import Episode
from rollout.forcing import Budgets, Finished, Markers

_PIECES = pa.list_(pa.struct({"text": pa.string(), "image": pa.binary()}))
_TURN = pa.struct({"text": pa.string(), "shown": _PIECES, "fresh": pa.bool_(), "mistake": pa.bool_()})
SCHEMA = pa.schema(
    [
        ("task_id", pa.string()), ("source", pa.string()), ("domain", pa.string()), ("subcategory", pa.string()),
        ("opening", _PIECES), ("turns", pa.list_(_TURN)), ("score", pa.float32()),
    ]
)  # fmt: skip
_COLUMNS = ["opening", "turns"]
_NO_TASK = Task(id="", source="", domain="", prompt="", answer="")
_WON = Outcome(score=1.0, status=Status.CORRECT)


class Unfit(Exception):
    """An episode that no policy could play under the budgets of a configuration; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """An episode to imitate."""

    place: str
    """Where a person finds its row."""
    opening: tuple[Piece, ...]
    turns: tuple[PlayedTurn, ...]


def row_of(task: Task, played: Played, score: float) -> dict[str, Any]:
    """Return an episode as a row of SCHEMA."""
    turns = [
        {
            "text": turn.text,
            "shown": _as_structs(turn.shown.parts),
            "fresh": turn.shown.fresh,
            "mistake": turn.is_mistake,
        }
        for turn in played.turns
    ]
    return {
        "task_id": task.id, "source": task.source, "domain": task.domain, "subcategory": task.subcategory,
        "opening": _as_structs(played.opening.parts), "turns": turns, "score": score,
    }  # fmt: skip


def load_demonstrations(source: SourceConfig) -> list[Demonstration]:
    """Read the episodes of a file. Raises UserError on a bad row, unless the source says on_bad_row: skip."""
    opened = open_source(source, _COLUMNS)
    skipped: list[str] = []
    rows = checked_rows(source, opened.rows, _canonical, skipped)
    found = [Demonstration(place=raw.place, opening=row["opening"], turns=row["turns"]) for raw, row in rows]
    report_skipped(source.name, len(skipped), skipped)
    return found


def imitate(
    demonstration: Demonstration,
    episode: Episode,
    turn_ids: Sequence[Sequence[int]],
    markers: Markers,
    budgets: Budgets,
) -> list[Sample]:
    """Return what the learner reads of an episode: a sample for each prompt in it, all of the same weight.

    A mistake is read and not imitated; a prompt that is followed by nothing else gives no sample.
    episode: a new one. turn_ids: the tokens of each turn, with the one that ends it. Raises Unfit.
    """
    prompt, num_turns = episode.begin(Observation(parts=demonstration.opening)), len(demonstration.turns)
    for number, (turn, ids) in enumerate(zip(demonstration.turns, turn_ids, strict=True), start=1):
        if episode.outcome is not None:
            raise Unfit(episode.outcome.message)
        _check_budgets(ids, markers, budgets)
        end = episode.draft.advance(ids, [0.0] * len(ids), stopped=True, budgets=budgets, markers=markers)
        assert isinstance(end, Finished) and end.keep == len(ids), "a turn within its budgets is kept whole"
        if turn.is_mistake:
            episode.draft.leave_out()
        episode.end_turn(end)
        episode.show(replace(turn.shown, outcome=_WON if number == num_turns else None), seconds=0.0, replays=0)
    assert prompt is not None, "an episode that begins has a prompt"
    completion = episode.complete(policy_version=0)
    group = Group(task=_NO_TASK, prompt_ids=prompt.ids, images=prompt.images, completions=(completion,))
    samples = samples_of(group, completion, 1.0)
    return [replace(sample, weight=1.0) for sample in samples if any(sample.loss_mask)]


def _check_budgets(ids: Sequence[int], markers: Markers, budgets: Budgets) -> None:
    thinking = markers.think_length(ids)
    first = len(ids) if thinking is None else thinking
    if first > budgets.max_think_tokens:
        raise Unfit(f"thinking takes {first} tokens, rollout.max_think_tokens={budgets.max_think_tokens}")
    if len(ids) - first > budgets.max_answer_tokens:
        raise Unfit(f"an answer takes {len(ids) - first} tokens, rollout.max_answer_tokens={budgets.max_answer_tokens}")


def _as_structs(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    return [
        {"text": piece, "image": None} if isinstance(piece, str) else {"text": None, "image": piece} for piece in pieces
    ]


def _canonical(row: Any, number: int) -> dict[str, Any]:
    """Return the episode of a row and, for them to be opened, the images in it; raises BadRow."""
    if not isinstance(row, dict):
        raise BadRow(f"expected an object with columns, got {shown(row)}")
    turns = value_of(row, "turns")
    if not isinstance(turns, list) or not turns:
        raise BadRow(f"field 'turns' should be a list of turns, got {shown(turns)}")
    opening = _pieces(value_of(row, "opening"), "opening")
    found = tuple(_turn(turn) for turn in turns)
    pieces = [*opening, *(piece for turn in found for piece in turn.shown.parts)]
    return {
        "id": str(number),
        "images": [{"path": None, "bytes": piece} for piece in pieces if isinstance(piece, bytes)],
        "opening": opening,
        "turns": found,
    }


def _turn(turn: Any) -> PlayedTurn:
    if not isinstance(turn, dict) or not isinstance(text := turn.get("text"), str) or not text.strip():
        raise BadRow(f"field 'turns' should hold turns with a text, got {shown(turn)}")
    parts = _pieces(turn.get("shown") or [], "turns.shown")
    then = Observation(parts=parts, fresh=bool(turn.get("fresh")))
    return PlayedTurn(text=text, shown=then, is_mistake=bool(turn.get("mistake")))


def _pieces(found: Any, field: str) -> tuple[Piece, ...]:
    """Return pieces as they were shown; raises BadRow."""
    if not isinstance(found, list):
        raise BadRow(f"field {field!r} should be a list of pieces, got {shown(found)}")
    return tuple(_piece(one, field) for one in found)


def _piece(one: Any, field: str) -> Piece:
    given = [value for value in one.values() if value is not None] if isinstance(one, dict) else []
    if len(given) != 1 or one.keys() - {"text", "image"} or not isinstance(given[0], str | bytes):
        raise BadRow(f"field {field!r} should hold pieces with a text or an image, got {shown(one)}")
    piece: Piece = given[0]
    return piece
