"""Splits what is said about an answer from it: `x = 2k\\pi, k \\in \\mathbb{Z}`, `1/x, x \\ne 0`, `…, where n > 0`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rewards.reading.brackets import CLOSING, OPENING, split_top_level

_LETTERS = r"(\\?[A-Za-z]+(?:\s*,\s*[A-Za-z])*)"
_SETS = r"(?:\\(?:mathbb|mathbf|mathrm|Bbb)\s*\{?\s*([ZNQR])\s*\}?|([ZNQRℤℕℚℝ])(?![A-Za-z]))"
_SIGN = r"\s*(?:[\^_]\s*\{?\s*(\*|\+|\\ast|\\geq?\s*0|>\s*0|0)\s*\}?|([*+]))*"
_MEMBER = re.compile(_LETTERS + r"\s*(?:\\in(?![A-Za-z])|∈)\s*" + _SETS + _SIGN)
_KIND = r"(positive\s+|non-?negative\s+|natural\s+)?(?:integers?|whole\s+numbers?|(natural)\s+numbers?)"
_IN_WORDS = re.compile(
    rf"(?:for\s+)?(?:(?:any|all|every|some|an)\s+)?{_KIND}\s+([A-Za-z])"
    rf"|(?:for\s+)?([A-Za-z])\s*(?:is|are|be|being)?\s*(?:(?:an?|any|some|every)\s+)*(?:arbitrary\s+)?{_KIND}",
    re.IGNORECASE,
)
_IN_CHINESE = re.compile(r"([A-Za-z])\s*(?:为|是|取|∈)?\s*(?:任意|任何)?的?(正整数|非负整数|自然数|整数)")
_COUNTED = re.compile(r"([A-Za-z])\s*=\s*(0\s*,\s*(?:\\pm\s*|±\s*)?1|1|0)\s*,.*(?:\\[lc]?dots|\.\.\.|…)")
_RELATION = re.compile(r"[<>≤≥≠∈]|\\(?:le|ge|ne|neq|leq|geq|lt|gt|in|notin)(?![A-Za-z])")
_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_SAID = re.compile(r"where|with|for|when|if|integer|whole|natural|any|all|其中|整数|自然数", re.IGNORECASE)
_OPENER = re.compile(
    r"\s*[,;，；:]?\s*(?:(?<![A-Za-z\\])(?:where|with|for|when|whenever|if|provided(?:\s+that)?|such\s+that)(?![A-Za-z])"
    r"|其中|\\forall(?![A-Za-z])|∀)\s*",
    re.IGNORECASE,
)
_BUILDER = re.compile(
    r"(?:[A-Za-z]\s*(?:\\in(?![A-Za-z])|∈)\s*)?\\\{\s*([^|:]+?)\s*(?:\||\\mid(?![A-Za-z])|:|\\vert(?![A-Za-z]))\s*(.+?)\s*\\\}"
)
_BRACKET_AT_END = re.compile(r"\s*[(（]([^()（）]*(?:\([^()]*\)[^()]*)?)[)）]\s*\Z")


@dataclass(frozen=True, slots=True)
class Conditioned:
    """An answer and what is said about its letters."""

    body: str
    integers: tuple[tuple[str, str], ...] = ()
    """Letters that stand for any integer, with their kind: Z, N (from 0) or N+ (from 1)."""
    others: tuple[str, ...] = ()
    """Other conditions, as they are written."""


def read_conditions(text: str) -> Conditioned:
    """Split an answer from the conditions after it."""
    if "\\begin" in text or not (_RELATION.search(text) or _SAID.search(text) or "=" in text and "dots" in text):
        return Conditioned(text)
    text = _TEXT.sub(lambda match: f" {match[1]} " if _SAID.search(match[1]) else match.group(), text).strip()
    if builder := _BUILDER.fullmatch(text):
        text = builder[2] if len(builder[1]) == 1 else f"{builder[1]}, {builder[2]}"
    body, said = _split(text)
    if not body or not said:
        return Conditioned(text)
    integers, others = [], []
    for one in said:
        found = _integers(one)
        integers += found
        if not found:
            others.append(one)
    return Conditioned(body.strip(" ,;，；"), tuple(dict.fromkeys(integers)), tuple(others))


def _split(text: str) -> tuple[str, list[str]]:
    """Return the answer and the pieces that are conditions, or the text and none."""
    if (bracket := _BRACKET_AT_END.search(text)) and _is_condition(bracket[1]) and bracket.start():
        return text[: bracket.start()], _pieces(bracket[1])
    opener = next(
        (match for match in _OPENER.finditer(text) if _depth(text, match.start()) == 0 and match.start()), None
    )
    if opener and _is_condition(text[opener.end() :]):
        body, more = _split(text[: opener.start()])
        return body, more + _pieces(text[opener.end() :])
    if counted := _counted_at_end(text):
        return counted
    parts = split_top_level(text, ",;，；")
    end = len(parts)
    while end > 1 and _is_condition(parts[end - 1]):
        end -= 1
    if end == len(parts) or any(_RELATION.search(part) for part in parts[:end]):
        return text, []
    return ", ".join(parts[:end]), parts[end:]


def _counted_at_end(text: str) -> tuple[str, list[str]] | None:
    """Split off `k = 0, 1, 2, \\ldots`, whose commas part no answers."""
    start = max(text.find(", ", 1), 0)
    while 0 < start:
        if _COUNTED.fullmatch(text[start + 1 :].strip()):
            return text[:start], [text[start + 1 :].strip()]
        start = text.find(", ", start + 1)
    return None


def _depth(text: str, end: int) -> int:
    before = text[:end]
    return sum(map(before.count, OPENING)) - sum(map(before.count, CLOSING))


def _pieces(text: str) -> list[str]:
    if _MEMBER.fullmatch(text.strip()) or _COUNTED.fullmatch(text.strip()):
        return [text.strip()]
    return [one for part in split_top_level(text, ",;，；") for one in re.split(r"\band\b|且", part) if one.strip()]


def _is_condition(text: str) -> bool:
    return bool(_RELATION.search(text)) or bool(_integers(text))


def _integers(text: str) -> list[tuple[str, str]]:
    """Return the letters that a condition makes integers."""
    text = text.strip(" .,;()（）。")
    if member := _MEMBER.fullmatch(text):
        name = (member[2] or member[3]).translate(str.maketrans("ℤℕℚℝ", "ZNQR"))
        if name in "QR":
            return []
        sign = (member[4] or member[5] or "").replace(" ", "")
        kind = name if not sign else "N" if "0" in sign and ">" not in sign else "N+"
        return [(letter.strip(), kind) for letter in member[1].split(",")]
    if words := _IN_WORDS.fullmatch(text):
        kind = (words[1] or words[2] or words[5] or words[6] or "").strip().lower()
        return [(words[3] or words[4], {"positive": "N+", "": "Z"}.get(kind, "N"))]
    if chinese := _IN_CHINESE.fullmatch(text):
        return [(chinese[1], {"正整数": "N+", "整数": "Z"}.get(chinese[2], "N"))]
    if counted := _COUNTED.fullmatch(text):
        start = counted[2].replace(" ", "")
        return [(counted[1], "Z" if "±" in start or "pm" in start else "N" if start.startswith("0") else "N+")]
    return []
