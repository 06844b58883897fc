"""A page of components as one self-contained HTML file: every text escaped, plotly.js inlined once, nothing loaded.

Scripts of the file are named by their hashes in its Content-Security-Policy, so that nothing else in it can run.
"""

from __future__ import annotations

import base64
import hashlib
import html as markup
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from dash import dcc
from dash.development.base_component import Component
from plotly.offline import get_plotlyjs

_VOID = frozenset({"Img", "Br", "Hr"})
_ATTRIBUTES = {"className": "class", "tabIndex": "tabindex", "colSpan": "colspan"}
_KEPT = ("id", "className", "tabIndex", "colSpan", "role", "title", "alt", "src", "dir", "scope", "style")
_DRAW = """
for (const graph of document.querySelectorAll(".graph[data-figure]")) {
  const figure = JSON.parse(document.getElementById(graph.dataset.figure).textContent);
  const config = {responsive: true, displaylogo: false, modeBarButtons: [["toImage"]]};
  Plotly.newPlot(graph, figure.data, figure.layout, config);
}
"""


def page(title: str, parts: Sequence[Component]) -> str:
    """Return the whole file."""
    writer = _Writer()
    body = "".join(part for component in parts for part in writer.render(component))
    style = Path(__file__).with_name("assets").joinpath("dashboard.css").read_text(encoding="utf-8")
    scripts = [get_plotlyjs(), _DRAW]
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{markup.escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{style}</style></head>\n<body><main>{body}</main>\n"
        + "".join(writer.figures)
        + "".join(f"<script>{script}</script>\n" for script in scripts)
        + "</body></html>\n"
    )


class _Writer:
    """Components to HTML; figures are collected, to be drawn when the file is opened."""

    def __init__(self) -> None:
        self.figures: list[str] = []

    def render(self, child: Any) -> Iterator[str]:
        """Yield the HTML of a component, a text, or a list of them."""
        if child is None:
            return
        if isinstance(child, list | tuple):
            for item in child:
                yield from self.render(item)
        elif not isinstance(child, Component):
            yield _text(str(child))
        elif isinstance(child, dcc.Graph):
            yield self._graph(child.to_plotly_json()["props"]["figure"])
        elif isinstance(child, dcc.Link):
            # There are no other pages here to go to.
            yield from self.render(child.children)
        elif child._type != "Button" and getattr(child, "className", "") != "links":
            yield from self._element(child)

    def _element(self, element: Component) -> Iterator[str]:
        tag = element._type.lower()
        yield f"<{tag}{''.join(_attributes(element))}>"
        if element._type not in _VOID:
            yield from self.render(getattr(element, "children", None))
            yield f"</{tag}>"

    def _graph(self, figure: go.Figure) -> str:
        name = f"figure-data-{len(self.figures)}"
        # As JSON inside of a script element: only "<" could end it.
        data = (figure.to_json() or "").replace("<", "\\u003c")
        self.figures.append(f'<script type="application/json" id="{name}">{data}</script>\n')
        return f'<div class="graph" data-figure="{name}"></div>'


def _attributes(element: Component) -> Iterator[str]:
    for name, value in element.to_plotly_json()["props"].items():
        if value is None or not (name in _KEPT or name.startswith("aria-")):
            continue
        if name == "style":
            value = ";".join(f"{key}:{part}" for key, part in value.items())
        yield f' {_ATTRIBUTES.get(name, name)}="{_text(str(value))}"'


def _text(text: str) -> str:
    return markup.escape(text.encode("utf-8", "replace").decode())


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
