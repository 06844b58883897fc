"""A page from its picture: the picture that the policy saw beside what its HTML looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from rlcs.dashboard.address import Address
from rlcs.dashboard.marking import visible
from rlcs.dashboard.pages.images import overlaid
from rlcs.dashboard.pages.widgets import link, note
from rlcs.dashboard.pictures import NoPicture, Picture, picture, references
from rlcs.dashboard.renderings import rendering


def page_pair(row: Mapping[str, Any], params: Mapping[str, Any], address: Address, *, is_asked: bool) -> Component:
    """Return the two side by side. A browser is started only for the completion that was asked for."""
    return html.Div([_shown(row), _written(row, window(row, params), address, is_asked=is_asked)], className="pair")


def window(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the width that the verifier shows the page in.

    With a screenshot for gold that is the screenshot's own: of the task's picture, as the files of golds are not read.
    """
    is_screenshot = "<" not in (row["answer"] or "<")
    try:
        width = {"width": picture(references(row["images"])[0]).width} if is_screenshot else {}
    except (IndexError, NoPicture):  # said beside it
        width = {}
    return {**params, **width}


def _shown(row: Mapping[str, Any]) -> Component:
    found = references(row["images"])
    try:
        seen: Component = _framed(picture(found[0])) if found else note("The task has no picture.")
    except NoPicture as error:
        seen = note(f"The picture is not shown: {visible(str(error))}.")
    return html.Figure([seen, html.Figcaption("the page that was shown", className="note")], className="picture")


def _written(row: Mapping[str, Any], params: Mapping[str, Any], address: Address, *, is_asked: bool) -> Component:
    if not is_asked:
        place = address.but(index=row["index"], full=None)
        seen: Component = html.P(link("show what the HTML looks like", place, anchor=f"completion-{row['index']}"))
        return html.Figure(seen, className="picture")
    try:
        seen = _framed(rendering(row["extracted"] or "", params))
    except NoPicture as error:
        seen = note(f"The HTML is not shown: {visible(str(error))}.")
    return html.Figure([seen, html.Figcaption("what the HTML looks like", className="note")], className="picture")


def _framed(shown: Picture) -> Component:
    return overlaid(shown, [], "")
