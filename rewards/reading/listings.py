"""Items and rows as models write them: `A, B and C`, `1. A 2. B`, `B > A > C`, a grid of cells.

What is wanted is known: where a text can be split in several ways, the first in which the wanted words come up counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rewards.reading.json_values import Unreadable
from rewards.reading.normalize import normalize, unwrap
from rewards.reading.numeric import parse_number
from rlcs.records import Status

MAX_ITEMS = 1000
MAX_SPACED = 2 * MAX_ITEMS
"""Characters of a list whose items only spaces part."""
_ARROWS = r"->|→|⟶|=>|⇒|>|<|≻|≺|\\(?:to|rightarrow|Rightarrow|succ|prec|gt|lt)\b"
_ORDER = rf"{_ARROWS}|,|;|、|\n|\b(?:and )?then\b|\bfollowed by\b|\bbefore\b|然后|接着|再(?=\w)"
SPLITS = tuple(
    re.compile(rf"\s*(?:{one})\s*", re.IGNORECASE)
    for one in (r"\n", r";|\n", r",|;|、|\n", r"(?:,|;|、|\n|\band\b|&|和|与|及)+(?:\s*\band\b)?", r"\s")
)
AND_LIST = SPLITS[3]
_ORDER_SPLITS = tuple(
    re.compile(rf"\s*(?:{one})\s*", re.IGNORECASE)
    for one in (_ARROWS, rf"(?:{_ORDER})+", rf"(?:(?:{_ORDER}|\band\b|和)\s*)+", r"-|—", r"\s")
)
_INLINE_NUMBER = re.compile(r"(?:(?<=\s)|(?<=[,;、])|\A)(?:\(\d{1,3}\)|\d{1,3}[.)、])\s*(?=\D)")
NUMBERING = re.compile(r"\A(?:\(?\d{1,3}[.)、:]|[-*•])\s*(?=\D)|\A[-*•]\s+")
_RANK = re.compile(
    r"(?:(?:(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|last)"
    r"|(?:and )?finally|lastly|next|and|then"
    r"|\d{1,2}(?:st|nd|rd|th))(?: place| position)?\b(?:\s+(?:is|comes|place))?"
    r"|先|首先|其次|最后|第[一二三四五六七八九\d]+(?:名|个|位)?(?:是)?)\s*[:,]?\s*",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\{([^{}]*)\}")
LEAD = re.compile(
    r"\A(?:[^\n:]{0,60}\b(?:order|ordering|ranking|sequence|answer|arrangement|solution|set|elements|assignment|roles?)\b"
    r"[^\n:]{0,60}?(?::|\b(?:is|are)\b:?)|from [^\n:]{1,60} to [^\n:]{1,60}:|(?:依次|顺序|答案)(?:是|为|:)+:?)\s*",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:an?|the) (?=\S)")
_RULE = re.compile(r"[|\s:+=─━│┃┼╬═║├┤┬┴┌┐└┘-]+")
_BARS = str.maketrans({bar: "|" for bar in "│┃║"})
_ROW = re.compile(r"\[([^\[\]]*)\]|\(([^()]*)\)|\{([^{}]*)\}")
_ROW_NAME = re.compile(r"\A(?:row\s*|r|第)?\d{1,3}\s*(?:行\s*)?:\s*", re.IGNORECASE)
_ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\{(?:[a-zA-Z]*matrix|array|tabular|aligned)\*?\}(?:\{[lcr|@ ]*\})?"
    r"|\\hline|\\(?:left|right)[\[\]().|]"
)


def plain(value: object) -> str:
    """Write a value in one way: 3.0 as 3, no case, article, extra space and full stop; lists and mappings as text."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{plain(key)}: {plain(one)}" for key, one in value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(plain(one) for one in value) + "]"
    text = unwrap(normalize(str(value))).strip(" .。'\"*`“”‘’「」").casefold()
    number = parse_number(text) if any(map(str.isdigit, text)) or not text.isascii() else None
    return _ARTICLE.sub("", text, count=1) if number is None else str(number.value)


def read_items(text: str, wanted: Sequence[str], *, is_ordered: bool) -> list[str]:
    """Return the plain items of a list in a text; raises Unreadable.

    wanted: the items looked for, which decide between readings; empty where a gold itself is read.
    """
    text = bare_list(text)
    found: list[list[str]] = []
    for body in dict.fromkeys((text, LEAD.sub("", text, count=1))):
        # every word an item: only where that many can be wanted
        splits = _ORDER_SPLITS if is_ordered else SPLITS
        for split in splits if len(body) < MAX_SPACED else splits[:-1]:
            items = [_item(part, wanted) for part in parts_of(body, split)]
            if wanted and Counter(items) == Counter(wanted):
                return items
            found.append(items)
    numbered = [_item(part, wanted) for part in _INLINE_NUMBER.split(text) if part.strip(" ,;.")]
    letters = [plain(one) for one in text] if len(text) == len(wanted) else []
    for items in (numbered, letters):
        if wanted and Counter(items) == Counter(wanted):
            return items
    return found[(2 if wanted else 1) if is_ordered else 3]


def _item(part: str, wanted: Sequence[str]) -> str:
    item = plain(part.strip("()[]{} ,;"))
    if item in wanted:
        return item
    rest = _RANK.match(item)
    return plain(item[rest.end() :].strip("()[]{} ,;")) if rest and rest.end() < len(item) else item


def parts_of(text: str, separator: re.Pattern[str]) -> list[str]:
    """Return the parts of a text, without bullets and numbers in front of its lines; raises Unreadable."""
    lines = "\n".join(NUMBERING.sub("", line.strip(), count=1) for line in text.split("\n"))
    parts = [part for part in separator.split(lines) if part.strip(" .")]
    if len(parts) > MAX_ITEMS:
        raise Unreadable(f"more than {MAX_ITEMS} elements", Status.OVER_LIMIT)
    return parts


def bare_list(text: str) -> str:
    """Return a text line by line normalised, without emphasis and brackets around it all."""
    lines = (normalize(line) for line in _TEXT.sub(r"\1", text).replace("**", "").replace("$", "").split("\n"))
    text = "\n".join(line for line in lines if line).strip()
    text = text.removeprefix("\\{").removesuffix("\\}").strip()
    while len(text) > 1 and text[0] + text[-1] in ("[]", "()", "{}") and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def read_rows(text: str, *, is_single: bool) -> list[list[str]]:
    """Return the rows of cells of a grid: a line a row, brackets (NumPy's too), bars, or a TeX matrix.

    is_single: every wanted cell is one character, so a line without separators has one cell a character.
    """
    text = text.removeprefix("np.").removeprefix("array(")
    text = _lines(_ENVIRONMENT.sub("\n", text)).replace("\\\\", "\n")
    if rows := [next(filter(None, groups), "") for groups in _ROW.findall(text)]:
        rows = [row for found in rows for row in found.split(";")]
    else:
        rows = re.split(r"\n|;", text)
    named = [_ROW_NAME.sub("", row.strip(), count=1) for row in rows if not _RULE.fullmatch(row)]
    return [_cells(row, is_single) for row in named if row.strip(" |,&")]


def _lines(text: str) -> str:
    return "\n".join(normalize(line) for line in text.translate(_BARS).split("\n"))


def _cells(row: str, is_single: bool) -> list[str]:
    row = row.strip().strip(",")
    for mark in "|&,":
        if mark in row:
            return [cell.strip() for cell in row.removeprefix(mark).removesuffix(mark).split(mark)]
    cells = row.split()
    return list(row) if is_single and len(cells) == 1 else cells
