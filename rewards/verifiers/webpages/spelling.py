"""One spelling for pages that differ in nothing that a browser sees, so that they are shown once.

What may be written in another way, and why the picture stays the same (HTML Living Standard, 13.2 Parsing):

    <P CLASS='a' >      <p class="a">   the tokenizer lowers the names of tags and attributes, and hands on names and
                                        values, neither quotes nor the spaces between: the same tokens, so the same
                                        document
    <br/>               <br>            the slash is a flag that only elements of SVG and MathML take notice of
    bgcolor=GOLD        bgcolor=gold    colours and alignments of attributes are compared without case, and no style
                                        sheet is there that could tell
    a \\n\\t b            a b             a run of spaces, tabs and line ends is shown as one space (CSS Text 3, 4.1.1)
                                        unless a style says otherwise, or East Asian letters stand beside it

The last two only where the page is made of PLAIN_TAGS and PLAIN_ATTRIBUTES, in ASCII and without character references:
nothing then can say otherwise. At the first thing that is not understood whole the rest is left as it is: a comment, a
character reference in a tag, an end tag with attributes, `<script>` with a `<` in it. Two spellings that this keeps
apart cost a picture; it never takes two pages for one.
"""

from __future__ import annotations

import re

_SPACE = "[ \t\n\f]"
_ATTRIBUTE = re.compile(
    rf"{_SPACE}+([a-zA-Z_][a-zA-Z0-9_:.-]*)"
    rf"(?:{_SPACE}*={_SPACE}*(?:\"([^\"&]*)\"|'([^'&]*)'|([^ \t\n\f\"'=<>`&]+)(?=[ \t\n\f>])))?"
)
_OPENING = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)")
_ENDING = re.compile(rf"{_SPACE}*(/?)>")
_CLOSING = re.compile(rf"</([a-zA-Z][a-zA-Z0-9-]*){_SPACE}*>")
_DOCTYPE = re.compile(rf"<!doctype{_SPACE}+html{_SPACE}*>", re.IGNORECASE)
_TEXT = re.compile("[^<]+")
_SPACES = re.compile("[ \t\n]+")
"""Of text, in which a form feed does not become a space."""
_FOREIGN = re.compile("<(?:svg|math)", re.IGNORECASE)

_OTHER_STATES = frozenset(
    {"style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "listing", "pre"}
)
"""What the tokenizer or the tree builder reads in a way of its own: taken as it is, up to the next `<`, its own end."""
PLAIN_TAGS = frozenset(
    "html head body div p span h1 h2 h3 h4 h5 h6 b i u s em strong small big sub sup font center hr br a ul ol li dl "
    "dt dd table caption thead tbody tfoot tr td th button section article header footer main nav aside label".split()
)
PLAIN_ATTRIBUTES = frozenset(
    "bgcolor color text align valign size width height border cellpadding cellspacing colspan rowspan href class id "
    "style".split()
)
_WITHOUT_CASE = frozenset({"bgcolor", "color", "text", "align", "valign"})
_PLAIN_STYLE = re.compile(
    r"(?!.*(?:white-|transform|webkit|modify|all|var|(?:attr|env|if|inherit)\())[a-z0-9 .:;,#%()-]*", re.IGNORECASE
)
"""None that could keep spaces: no `white-space`, and no other way (a backslash, a comment) to write it. None that could
read the case of another attribute: no `attr(`, and nothing that may hold it."""

Attributes = list[tuple[str, str | None]]


def one_spelling(html: str) -> str:
    """Return a page in the one spelling of all pages that look the same for the reasons above."""
    html = as_parsed(html)
    pieces, rest = _pieces(html)
    is_plain = not rest and html.isascii() and "&" not in html and all(_is_plain(piece) for piece in pieces)
    keeps_slash = _FOREIGN.search(html) is not None
    return "".join(_written(piece, is_plain, keeps_slash) for piece in pieces) + rest


def as_parsed(html: str) -> str:
    """Return a page without what every browser drops before it reads it: white space before it, and `\\r`."""
    return html.replace("\r\n", "\n").replace("\r", "\n").lstrip(" \t\n\f")


class _Tag:
    """A start tag: its name, its attributes as they come, and whether it ends in a slash."""

    def __init__(self, name: str, attributes: Attributes, slash: str) -> None:
        self.name, self.attributes, self.slash = name, attributes, slash


_Piece = _Tag | str
"""A start tag, or anything else as it is written: text, an end tag."""


def _pieces(html: str) -> tuple[list[_Piece], str]:
    """Return a page cut into tags and text as far as it is understood, and the rest."""
    pieces: list[_Piece] = []
    place = 0
    if match := _DOCTYPE.match(html):
        pieces.append("<!doctype html>")
        place = match.end()
    while place < len(html):
        found = _text(html, place) or _end_tag(html, place) or _start_tag(html, place)
        if found is None:
            break
        pieces += found[0]
        place = found[1]
    return pieces, html[place:]


_Found = tuple[list[_Piece], int] | None
"""Pieces and where they end, or None where they are not understood."""


def _text(html: str, place: int) -> _Found:
    match = _TEXT.match(html, place)
    return ([match[0]], match.end()) if match else None


def _end_tag(html: str, place: int) -> _Found:
    match = _CLOSING.match(html, place)
    return ([f"</{match[1].lower()}>"], match.end()) if match else None


def _start_tag(html: str, place: int) -> _Found:
    opening = _OPENING.match(html, place)
    if opening is None:
        return None
    name, end = opening[1].lower(), opening.end()
    attributes: Attributes = []
    while match := _ATTRIBUTE.match(html, end):
        attributes.append((match[1].lower(), next((value for value in match.groups()[1:] if value is not None), None)))
        end = match.end()
    ending = _ENDING.match(html, end)
    if ending is None or name == "plaintext":
        return None
    tag, end = _Tag(name, attributes, ending[1]), ending.end()
    if name not in _OTHER_STATES:
        return [tag], end
    text = _TEXT.match(html, end)
    end = text.end() if text else end
    closing = _CLOSING.match(html, end)
    if closing is None or closing[1].lower() != name:
        return None
    return [tag, text[0] if text else "", f"</{name}>"], closing.end()


def _is_plain(piece: _Piece) -> bool:
    """Tell whether nothing about a tag or a text can change how spaces and the case of values are read."""
    if isinstance(piece, str):
        return "\f" not in piece
    return piece.name in PLAIN_TAGS and all(
        name in PLAIN_ATTRIBUTES and (name != "style" or _PLAIN_STYLE.fullmatch(value or "") is not None)
        for name, value in piece.attributes
    )


def _written(piece: _Piece, is_plain: bool, keeps_slash: bool) -> str:
    if isinstance(piece, str):
        return _SPACES.sub(" ", piece) if is_plain else piece
    attributes = "".join(f" {name}{_value(name, value, is_plain)}" for name, value in piece.attributes)
    return f"<{piece.name}{attributes}{piece.slash if keeps_slash else ''}>"


def _value(name: str, value: str | None, is_plain: bool) -> str:
    """Write the value of an attribute; one that is not given is an empty one."""
    if not value:
        return '=""'
    value = value.lower() if is_plain and name in _WITHOUT_CASE else value
    quote = "'" if '"' in value else '"'
    return f"={quote}{value}{quote}"
