"""The images of a completion with gold and predicted boxes and points laid over them, as elements of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.marking import one_line, visible
from rlcs.dashboard.pages.parts import note
from rlcs.dashboard.pictures import MAX_IMAGES, Mark, NoPicture, Picture, Role, marks, picture, references


def drawn_images(row: Mapping[str, Any], params: Mapping[str, Any]) -> list[Component]:
    """Return the images of a completion, none when its task has none; what cannot be drawn is said in words."""
    found = references(row["images"])
    shown = [_drawn(reference, row, params) for reference in found[:MAX_IMAGES]]
    if len(found) > MAX_IMAGES:
        shown.append(note(f"{len(found) - MAX_IMAGES} more images are not shown."))
    if len(found) > 1:
        shown.append(note("The data does not say which image the coordinates belong to: they are drawn on each."))
    return shown


def _drawn(reference: str | bytes, row: Mapping[str, Any], params: Mapping[str, Any]) -> Component:
    name = f"{len(reference):,} bytes" if isinstance(reference, bytes) else one_line(reference, 120)
    try:
        shown = picture(reference)
    except NoPicture as error:
        return note(f"Image {name}: {visible(str(error))}.")
    placed, faults = [], []
    for role, text in _sides(row):
        try:
            placed += marks(text, role, row["domain"], params, (shown.width, shown.height))
        except NoPicture as error:
            faults.append(note(f"The {role} is not drawn: {visible(str(error))}."))
    return html.Figure([_overlaid(shown, placed, name), *faults, _caption(placed)], className="picture")


def _sides(row: Mapping[str, Any]) -> list[tuple[Role, str]]:
    sides: list[tuple[Role, str]] = [("gold", row["answer"] or ""), ("answer", row["extracted"] or "")]
    return [(role, text) for role, text in sides if text]


def _overlaid(shown: Picture, placed: list[Mark], name: str) -> Component:
    image = html.Img(src=shown.address, alt=f"Image of the task, {shown.width} by {shown.height} pixels", title=name)
    return html.Div([image, *map(_mark, placed)], className="overlaid")


def _mark(mark: Mark) -> Component:
    """Return a box, or a point as a small cross, placed in percent of the image."""
    left, top = mark.place[:2]
    style = {"left": f"{100 * left:.3f}%", "top": f"{100 * top:.3f}%"}
    kind = "point"
    if len(mark.place) == 4:
        kind = "region"
        style |= {"width": f"{100 * (mark.place[2] - left):.3f}%", "height": f"{100 * (mark.place[3] - top):.3f}%"}
    label = html.Span(one_line(mark.label, 30), className="label") if mark.label else None
    return html.Span(label, className=f"mark {kind} {mark.role}", style=style)


def _caption(placed: list[Mark]) -> Component:
    shown = [role for role in ("gold", "answer") if any(mark.role == role for mark in placed)]
    text = {"gold": "gold: solid blue, a circle for a point", "answer": "answer: dashed orange, a diamond for a point"}
    return html.Figcaption("; ".join(text[role] for role in shown) or "no coordinates to draw", className="note")
