"""Ratios: `1/2 : 1/3` is 3:2, by cross products; the parser would divide from left to right."""

from __future__ import annotations

from collections.abc import Callable

from rewards.reading.brackets import split_top_level

Same = Callable[[str, str], bool | None]
MAX_PARTS = 8


def read_ratio(text: str) -> list[str]:
    """Return the parts of a ratio; an empty list where there is none."""
    parts = split_top_level(text.replace("\\colon", ":"), ":") if ":" in text or "\\colon" in text else []
    is_ratio = 1 < len(parts) <= MAX_PARTS and all(parts) and not any(sign in text for sign in "=<>,;")
    return parts if is_ratio else []


def same_ratio(answer: str, gold: str, same: Same) -> bool | None:
    """Compare two texts of which at least one is a ratio; None where neither is, or `same` cannot tell."""
    found, wanted = read_ratio(answer), read_ratio(gold)
    if not found and not wanted:
        return None
    if len(found) == len(wanted):
        pairs = zip(found[1:], wanted[1:], strict=True)
        decided = [same(f"({found[0]})\\cdot({other})", f"({wanted[0]})\\cdot({one})") for one, other in pairs]
        return False if False in decided else None if None in decided else True
    if len(found) > 2 or len(wanted) > 2 or (found and wanted):
        return False
    return same(*(f"\\frac{{{one[0]}}}{{{one[1]}}}" if (one := read_ratio(text)) else text for text in (answer, gold)))
