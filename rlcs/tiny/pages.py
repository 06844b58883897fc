"""Small web pages to write down as HTML, from their picture: a ground, a heading, lines, buttons, blocks of colour.

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
_HEADING = "h2"
_TAGS = ("br", "button", "hr")
_SIZES = (4, 18, 32)
"""Heights of a block in pixels. With the 12 above and below it is one, one and a half, or two tokens high, as a line of
large letters is one: what is on a page then stands in rows, and a tiny model has few places at which to read a word."""
_LARGE = "<font size=5>"


@kind("page", "webpage", media="image", is_mixed=False)
def page(random: Random, level: int) -> Problem:
    """`html` beside a page is worked `gold;h2 Home;hr blue 18`, the ground and each element.

    d = 1, one for each word, two for each block: its colour and its height.
    """
    ground = _PLAIN if random.random() < _PLAIN_SHARE else random.choice(tuple(COLOURS))
    elements = _elements(random, level, ground)
    while len(html_of(ground, elements)) > MAX_CHARACTERS or window(elements) is None:
        elements = _elements(random, level, ground)
    html = html_of(ground, elements)
    return Problem(
        prompt="html",
        answer=html,
        work=lambda write: _read_page(ground, elements, write),
        image=partial(draw_page, ground, elements),
        scene=html,
        params={"width": WIDTH, "height": window(elements)},
    )


def _elements(random: Random, count: int, ground: str) -> list[Element]:
    """Draw elements: a heading comes first or not at all, no block has the colour of the ground,
    and none follows another."""
    found: list[Element] = []
    colours = [colour for colour in COLOURS if colour != ground]
    while len(found) < count:
        tag = random.choice(_TAGS if found else (_HEADING, *_TAGS))
        if tag != "hr":
            found.append(Element(tag, random.choice(WORDS)))
        elif not found or found[-1].tag != "hr":
            found.append(Element(tag, random.choice(colours), random.choice(_SIZES)))
    return found


def html_of(ground: str, elements: Sequence[Element]) -> str:
    """Write a page. All but the heading is in large letters: a line of them is as high as a token."""
    body = "" if ground == _PLAIN else f"<body bgcolor={ground}>"
    heading = "".join(element.html for element in elements if element.tag == _HEADING)
    rest = "".join(element.html for element in elements if element.tag != _HEADING)
    return body + heading + (_LARGE + rest if rest else "")


def _read_page(ground: str, elements: Sequence[Element], write: Write) -> Work:
    read_ground = write_one_of(write, ground, _GROUNDS)
    read = [_read_element(element, write) for element in elements]
    steps = (f"{one.tag} {one.text} {one.size}" if one.tag == "hr" else f"{one.tag} {one.text}" for one in read)
    return [read_ground, *steps], html_of(read_ground, read)


def _read_element(element: Element, write: Write) -> Element:
    if element.tag == "hr":
        size = _SIZES[write(_SIZES.index(element.size), len(_SIZES) - 1)]
        return Element("hr", write_one_of(write, element.text, tuple(COLOURS)), size)
    return Element(element.tag, write_one_of(write, element.text, WORDS))
