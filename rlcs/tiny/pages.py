"""Small web pages to write down as HTML, from their picture: a ground, headings, paragraphs, buttons, blocks of colour.

The level is the number of elements. A page has at most MAX_CHARACTERS, which are as many tokens here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from rlcs.tiny.canvas import COLOURS, write_one_of
from rlcs.tiny.page_picture import WIDTH, WORDS, Element, draw_page, window
from rlcs.tiny.problems import Problem, Work, Write, kind

MAX_CHARACTERS = 120
_PLAIN = "white"
_GROUNDS = (_PLAIN, *COLOURS)
"""Names of colours mean in HTML what they mean in HTML, which is not quite what the shapes of other kinds have."""
_PLAIN_SHARE = 0.4
_TAGS = ("h1", "p", "button", "hr")
_SIZES = (14, 28, 42)
"""Heights of a block in pixels: half a token, one, one and a half."""


@kind("page", "webpage", media="image", is_mixed=False)
def page(random: Random, level: int) -> Problem:
    """`html` beside a page is worked `gold;h1 Home;hr blue 28`, the ground and each element.

    d = 1, one for each word, two for each block: its colour and its height.
    """
    ground = _PLAIN if random.random() < _PLAIN_SHARE else random.choice(tuple(COLOURS))
    elements = _elements(random, level)
    while len(_html(ground, elements)) > MAX_CHARACTERS or window(elements) is None:
        elements = _elements(random, level)
    html = _html(ground, elements)
    return Problem(
        prompt="html",
        answer=html,
        work=lambda write: _read_page(ground, elements, write),
        image=partial(draw_page, ground, elements),
        scene=html,
        params={"width": WIDTH, "height": window(elements)},
    )


def _elements(random: Random, count: int) -> list[Element]:
    """Draw elements, at most one heading. No two buttons follow one another: they would stand on one line."""
    found: list[Element] = []
    while len(found) < count:
        tag = random.choice(_TAGS)
        tags = [one.tag for one in found]
        if tag == "hr":
            found.append(Element(tag, random.choice(tuple(COLOURS)), random.choice(_SIZES)))
        elif not (tag == "h1" and tag in tags) and not (tag == "button" and tags[-1:] == [tag]):
            found.append(Element(tag, random.choice(WORDS)))
    return found


def _html(ground: str, elements: Sequence[Element]) -> str:
    body = "" if ground == _PLAIN else f"<body bgcolor={ground}>"
    return body + "".join(element.html for element in elements)


def _read_page(ground: str, elements: Sequence[Element], write: Write) -> Work:
    read_ground = write_one_of(write, ground, _GROUNDS)
    read = [_read_element(element, write) for element in elements]
    steps = (f"{one.tag} {one.text} {one.size}" if one.tag == "hr" else f"{one.tag} {one.text}" for one in read)
    return [read_ground, *steps], _html(read_ground, read)


def _read_element(element: Element, write: Write) -> Element:
    if element.tag == "hr":
        size = _SIZES[write(_SIZES.index(element.size), len(_SIZES) - 1)]
        return Element("hr", write_one_of(write, element.text, tuple(COLOURS)), size)
    return Element(element.tag, write_one_of(write, element.text, WORDS))
