"""The images of a completion with gold and predicted boxes and points laid over them, as elements of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.marking import one_line, visible
from rlcs.dashboard.pages.widgets import note
from rlcs.dashboard.pictures import MAX_IMAGES, SPATIAL, Mark, NoPicture, Picture, Role, marks, picture, references
from rlcs.images import describe

SMALL_PX = 320
"""Longer side that a smaller image is enlarged to."""
LEGEND: dict[tuple[Role, Literal["region", "point"]], str] = {
    ("gold", "region"): "gold: solid blue",
    ("gold", "point"): "gold: blue circle",
    ("answer", "region"): "answer: dashed orange",
    ("answer", "point"): "answer: orange diamond",
}


def drawn_images(row: Mapping[str, Any], params: Mapping[str, Any]) -> list[Component]:
    """Return the images of a completion, none when its task has none; what cannot be drawn is said in words."""
    found = references(row["images"])
    shown = [part for reference in found[:MAX_IMAGES] for part in marked_image(reference, row, params)]
    if len(found) > MAX_IMAGES:
        shown.append(note(f"{len(found) - MAX_IMAGES} more images are not shown."))
    if len(found) > 1 and row["domain"] in SPATIAL:
        shown.append(note("The data does not say which image the coordinates belong to: they are drawn on each."))
    return shown


def marked_image(reference: str | bytes, row: Mapping[str, Any], params: Mapping[str, Any]) -> list[Component]:
    """Return an image with the places that gold and answer name, in domains in which they name some."""
    try:
        shown = picture(reference)
    except NoPicture as error:
        return [note(f"The image is not shown: {visible(str(error))}.")]
    placed, faults = [], []
    for role, text in _sides(row):
        try:
            placed += marks(text, role, row["domain"], params, (shown.width, shown.height))
        except NoPicture as error:
            faults.append(note(f"The {role} is not drawn: {visible(str(error))}."))
    caption = [_caption(placed)] if row["domain"] in SPATIAL else []
    return [html.Figure([overlaid(shown, placed, describe(reference)), *faults, *caption], className="picture")]


def _sides(row: Mapping[str, Any]) -> list[tuple[Role, str]]:
    """Return the texts that name places; of an answer that is no place, as the letters in an image, there are none."""
    sides: list[tuple[Role, str]] = [("gold", row["answer"] or ""), ("answer", row["extracted"] or "")]
    return [(role, text) for role, text in sides if text and row["domain"] in SPATIAL]


def overlaid(shown: Picture, placed: list[Mark], name: str) -> Component:
    """Return an image under its marks; a small one is enlarged, so that they do not cover all of it."""
    size, scale = f"{shown.width} by {shown.height} pixels", max(1.0, SMALL_PX / max(shown.width, shown.height))
    style = {"width": f"{shown.width * scale:.0f}px"}
    image = html.Img(src=shown.address, alt=f"Image of the task, {size}", title=one_line(name, 200), style=style)
    return html.Div([image, *map(_mark, placed)], className="overlaid")


def _mark(mark: Mark) -> Component:
    """Return a box, or a point as a circle or diamond, placed in percent of the image."""
    left, top = mark.place[:2]
    style = {"left": f"{100 * left:.3f}%", "top": f"{100 * top:.3f}%"}
    if len(mark.place) == 4:
        style |= {"width": f"{100 * (mark.place[2] - left):.3f}%", "height": f"{100 * (mark.place[3] - top):.3f}%"}
    label = html.Span(one_line(mark.label, 30), className="label") if mark.label else None
    return html.Span(label, className=f"mark {_kind(mark)} {mark.role}", style=style)


def _caption(placed: list[Mark]) -> Component:
    drawn = {(mark.role, _kind(mark)) for mark in placed}
    text = "; ".join(words for mark, words in LEGEND.items() if mark in drawn)
    return html.Figcaption(text or "no coordinates to draw", className="note")


def _kind(mark: Mark) -> Literal["region", "point"]:
    return "region" if len(mark.place) == 4 else "point"
