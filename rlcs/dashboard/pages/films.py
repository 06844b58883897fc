"""A video of a completion: its frames along an axis of time, and under them the spans of gold and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from rewards.verifiers.temporal_iou import Span, span_iou
from rlcs.dashboard.address import Address
from rlcs.dashboard.films import DOMAIN, FRAME_PIXELS, Film, films, span
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages.images import marked_image
from rlcs.dashboard.pages.widgets import link, note
from rlcs.dashboard.pictures import SPATIAL, NoPicture, picture

LONGEST = 1.25
"""Of the axis, in lengths of the video."""


def drawn_films(
    row: Mapping[str, Any], params: Mapping[str, Any], address: Address, *, is_asked: bool
) -> list[Component]:
    """Return the videos of a completion, none when its task has none; what cannot be drawn is said in words.

    Frames stand only with the completion that was asked for: those of a group have the same.
    """
    try:
        found = films(row.get("videos"))
    except NoPicture as error:
        return [note(f"The video is not shown: {visible(str(error))}.")]
    drawn = [part for film in found for part in _drawn(film, row, params, with_frames=is_asked)]
    if found and not is_asked:
        place = address.but(index=row["index"], full=None)
        drawn.insert(0, html.P(link("show the frames", place, anchor=f"completion-{row['index']}")))
    return drawn


def _drawn(film: Film, row: Mapping[str, Any], params: Mapping[str, Any], *, with_frames: bool) -> list[Component]:
    rows, said = _spans(row, params) if row["domain"] == DOMAIN else ({}, [])
    # An answer far behind the end shall not press the frames together.
    longest = min(max([film.seconds, *(end for _, end in rows.values())]), LONGEST * film.seconds)
    line = [_bar(role, found, longest) for role, found in rows.items()]
    if with_frames:
        line.insert(0, _frames(film, longest))
    if film.left_out and with_frames:
        said = [*said, note(f"{film.left_out} more frames, between these, are not shown.")]
    drawn: list[Component] = []
    if line or said:
        drawn.append(html.Figure([html.Div(line, className="timeline"), *said], className="film"))
    if row["domain"] in SPATIAL:
        drawn += [note("Coordinates, on the last frame:"), *marked_image(film.frames[-1], row, params)]
    return drawn


def _frames(film: Film, longest: float) -> Component:
    """Return the frames in a row, on an axis of `longest` seconds."""
    scale = {"width": f"{100 * film.seconds / longest:.3f}%"}
    return html.Div([_frame(film, number) for number in range(len(film.frames))], className="frames", style=scale)


def _frame(film: Film, number: int) -> Component:
    """Return a frame as wide as it lasts, with the time at which it begins."""
    time = f"{film.times[number]:g} s"
    try:
        image: Component = html.Img(src=picture(film.frames[number], FRAME_PIXELS).address, alt=f"Frame at {time}")
    except NoPicture as error:
        image = html.Span("?", title=visible(str(error))[:200])
    return html.Div([image, html.Span(time)], className="frame", style={"flex": f"{film.shares[number]:.5f} 0 0"})


def _spans(row: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[dict[str, Span], list[Component]]:
    """Return the spans of gold and answer, and what is to be said of them."""
    found, said = {}, []
    for role, text in (("gold", row["answer"]), ("answer", row["extracted"])):
        try:
            if text:
                found[role] = span(text, role, params)
        except NoPicture as error:
            said.append(note(f"The {role} is not drawn: {visible(str(error))}."))
    if len(found) == 2:
        said.append(note(f"Overlap / union: {span_iou(found['gold'], found['answer']):.2f}."))
    return found, said


def _bar(role: str, found: Span, longest: float) -> Component:
    """Return a span as a bar under the frames that it holds."""
    start, end = (min(time, longest) for time in found)
    style = {"left": f"{100 * start / longest:.3f}%", "width": f"{100 * (end - start) / longest:.3f}%"}
    text = f"{role} {found[0]:g} to {found[1]:g} s"
    return html.Div(html.Div(html.Span(text), className=f"bar {role}", style=style), className="track")
