"""An episode turn by turn: what the policy saw, with its click drawn on it, thought and did, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.rollouts import turns_of
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.marking import mark_plain, mark_response, one_line, visible
from rlcs.dashboard.pages.images import overlaid
from rlcs.dashboard.pages.responses import facts, head, inserted_text, limit_of, rest
from rlcs.dashboard.pages.verdicts import badge, reason
from rlcs.dashboard.pages.widgets import Child, link, marked, note, present, tiles
from rlcs.dashboard.pictures import Mark, NoPicture, acting_params, marks, picture, references
from rlcs.records import Status
from rollout.environments.protocol import answer_of

MAX_TURNS = 20
"""Turns on a page; links lead to those before and behind."""
MAX_SHOWN = 4
"""Images of one observation."""
MAX_WORDS = 8
"""Words that a turn counts."""
ACTIONS = "gui.action"
"""Domain as which the answer of a turn is read for places."""
SCREENS = "gui."
"""Domains in which a turn that names no readable place is told so; elsewhere turns are no actions on a screen."""


def episode_card(run: Run, row: Mapping[str, Any], number: int, address: Address) -> Component:
    """Return an episode of a group of `number`, from the turn on that the address names."""
    turns = turns_of(run, row["step"], row["group"], row["index"])
    first = min(max((address.number("turn") or 1) - 1, 0), max(len(turns) - 1, 0))
    last = min(first + MAX_TURNS, len(turns))
    seen = _seen(references(row["images"]), turns)
    shown = [_turn(run, row, turns[place], place, *seen[place], address) for place in range(first, last)]
    children: list[Child | None] = [
        head("Episode", row),
        _neighbours(row["index"], number, address),
        html.P(reason(row), className="reason"),
        tiles({"turns": str(row["num_turns"]), **facts(row)}),
        _pager(first, last, len(turns), address),
        *shown,
        _end(row, images_of(turns[-1]) if turns else []) if last == len(turns) else None,
        _pager(first, last, len(turns), address),
    ]
    return html.Section(present(children), className="card completion asked", id=f"completion-{row['index']}")


def images_of(turn: Mapping[str, Any]) -> list[str | bytes]:
    """Return the images that the environment answered a turn with."""
    return references([{"bytes": piece.get("image")} for piece in _pieces(turn)])


def said_in(turn: Mapping[str, Any]) -> str:
    """Return the texts that the environment answered a turn with."""
    return "\n".join(piece["text"] for piece in _pieces(turn) if isinstance(piece.get("text"), str))


def _pieces(turn: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [piece for piece in turn.get("shown") or () if isinstance(piece, Mapping)]


def _seen(opening: list[str | bytes], turns: Sequence[Mapping[str, Any]]) -> list[tuple[list[str | bytes], bool]]:
    """Return [turns] the images that the policy saw last before each turn, and whether they are new."""
    found = [(opening, True)]
    for turn in turns[:-1]:
        images = images_of(turn)
        found.append((images or found[-1][0], bool(images)))
    return found[: len(turns)]


def _turn(
    run: Run,
    row: Mapping[str, Any],
    turn: Mapping[str, Any],
    place: int,
    seen: list[str | bytes],
    is_new: bool,
    address: Address,
) -> Component:
    name, said = f"turn-{place + 1}", said_in(turn)
    words = [*_policy(run, turn, name, address)]
    if said:
        words += [html.H4("The environment answered"), _plain(said, f"{name}-answer", address)]
        words += present([rest(said, address, f"{name}-answer", anchor=name)])
    left = _screens(row, turn, acting_params(run.config, row["source"], row["params"]), seen)
    if left and not is_new:
        left.insert(0, note("No new image was shown; this is the last one."))
    columns = [html.Div(left, className="seen")] if left else []
    went_on = row["status"] != Status.ENV_FAULT or place + 1 < row["num_turns"]
    replays = _replays(turn, went_on=went_on)
    children = [_turn_head(turn, place), replays, html.Div([*columns, html.Div(words)], className="columns")]
    return html.Section(present(children), className="turn", id=name)


def _turn_head(turn: Mapping[str, Any], place: int) -> Component:
    badges = [html.Span("forced answer", className="status forced")] if turn.get("forced") else []
    badges += [
        html.Span(f"✗ {_word(word)}", className="status wrong") for word in (turn.get("counted") or ())[:MAX_WORDS]
    ]
    length = (turn.get("stop") or 0) - (turn.get("start") or 0)
    cost = f"{length:,} tokens; the environment took {turn.get('seconds') or 0.0:.2g} s"
    parted = [part for badge in badges for part in (" ", badge)]
    return html.Div([html.H3([f"Turn {place + 1}", *parted]), html.Span(cost, className="note")], className="head")


def _word(word: str) -> str:
    return one_line(str(word), 40).replace("_", " ")


def _replays(turn: Mapping[str, Any], *, went_on: bool) -> Component | None:
    if not (number := turn.get("replays") or 0):
        return None
    times = "once" if number == 1 else f"{number} times"
    end = "then it went on" if went_on else "then the episode was given up"
    return html.P(f"↻ The environment failed here and was brought back to this turn {times}; {end}.", className="fault")


def _policy(run: Run, turn: Mapping[str, Any], name: str, address: Address) -> Iterator[Child]:
    """Yield what the policy wrote: thought and action apart."""
    text = turn.get("text") or ""
    inserted = inserted_text(run) if turn.get("forced") else None
    segments = mark_response(text, inserted=inserted, search=address["text"], limit=limit_of(address, name))
    thought = [segment for segment in segments if "think" in segment.kinds]
    action = [segment for segment in segments if "think" not in segment.kinds]
    if thought:
        yield from (html.H4("Thought"), marked(thought))
    yield html.H4("Action")
    yield marked(action) if any(segment.text.strip() for segment in action) else note("The policy said nothing.")
    yield from present([rest(text, address, name, anchor=name)])


def _plain(text: str, name: str, address: Address) -> Component:
    return marked(mark_plain(text, search=address["text"], limit=limit_of(address, name)))


def _screens(
    row: Mapping[str, Any], turn: Mapping[str, Any], params: Mapping[str, Any], seen: list[str | bytes]
) -> list[Component]:
    """Return what the policy saw before a turn; the place of its action is drawn on the last of the images."""
    shown = [_screen(reference) for reference in seen[: MAX_SHOWN - 1]] if len(seen) > 1 else []
    if seen:
        shown.append(_screen(seen[-1], answer_of(turn.get("text") or ""), params, is_told=_is_screen(row)))
    if len(seen) > len(shown):
        shown.append(note(f"{len(seen) - len(shown)} more images are not shown."))
    return shown


def _is_screen(row: Mapping[str, Any]) -> bool:
    return str(row["domain"]).startswith(SCREENS)


def _screen(
    reference: str | bytes, action: str = "", params: Mapping[str, Any] | None = None, *, is_told: bool = False
) -> Component:
    try:
        shown = picture(reference)
    except NoPicture as error:
        return note(f"The image is not shown: {visible(str(error))}.")
    placed: list[Mark] = []
    caption = ""
    if params is not None and action:
        try:
            placed = marks(action, "answer", ACTIONS, params, (shown.width, shown.height))
            caption = "orange: " + ", ".join(visible(mark.label) for mark in placed) if placed else ""
        except NoPicture:
            caption = "No place is drawn: no action of a known space." if is_told else ""
    told = [html.Figcaption(caption, className="note")] if caption else []
    return html.Figure([overlaid(shown, placed, "shown before the turn"), *told], className="picture")


def _end(row: Mapping[str, Any], after: list[str | bytes]) -> Component:
    """Return how the episode ended, with what was shown after its last turn."""
    said = row["outcome"] or "Nothing was said of the end."
    shown = [_screen(reference) for reference in after[:MAX_SHOWN]]
    return html.Section(
        [html.H3(["The end ", badge(row["status"])]), *shown, marked(mark_plain(said))], className="turn"
    )


def _neighbours(index: int, number: int, address: Address) -> Component | None:
    """Return links to the episodes before and behind in the group."""
    places = {"← episode": index - 1, "episode →": index + 1}
    links = [
        link(words.replace("episode", f"episode {place + 1}"), address.but(index=place, turn=None, full=None))
        for words, place in places.items()
        if 0 <= place < number
    ]
    return html.P(_parted(links), className="pager") if links else None


def _pager(first: int, last: int, number: int, address: Address) -> Component | None:
    """Return which turns are on the page, with links to the others; None where all are."""
    if last - first == number:
        return None
    links = []
    if first:
        links.append(link("← earlier turns", address.but(turn=max(first - MAX_TURNS, 0) + 1)))
    if last < number:
        links.append(link("later turns →", address.but(turn=last + 1)))
    return html.P([f"Turns {first + 1} to {last} of {number:,}. ", *_parted(links)], className="pager")


def _parted(links: Sequence[Component]) -> list[Child]:
    return [part for one in links for part in (" · ", one)][1:]
