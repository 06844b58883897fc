"""The verifier `ocr_text`: how much of a printed text was read, character by character."""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

from rewards.reading.edit_distance import edit_similarity, is_quick, too_long
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_GOLD = 100_000
_SAME_LINE_END = dict.fromkeys(map(ord, "\r\x85\u2028\u2029"), "\n")
Spaces = Literal["exact", "keep", "collapse", "remove"]
Spelling = Literal["exact", "NFC", "NFKC"]


def check_ocr_gold(gold: Any, *, spaces: Spaces = "keep", spelling: Spelling = "NFC") -> str | None:
    """Return what is wrong with a gold text, or None."""
    golds = _texts(gold)
    if not golds:
        return f"the gold answer must be text or a list of alternatives, got {gold!r:.60}"
    for one in golds:
        if len(one) > MAX_GOLD:
            return f"the gold text has {len(one)} characters; at most {MAX_GOLD} are compared"
        if not prepared(one, spaces, spelling, ignore_case=False):
            return "the gold text is empty"
    return None


def quick_ocr_text(answer: str, gold: Any, **params: Any) -> float | Verdict | None:
    """Decide all but very long texts; None leaves those to the worker."""
    golds = _texts(gold)
    if faults := [fault for one in golds if (fault := too_long(answer, one))]:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=faults[0])
    return ocr_text(answer, gold, **params) if all(is_quick(answer, one) for one in golds) else None


@reward("ocr_text", domains=["ocr.text"], runs="worker", quick=quick_ocr_text, check_gold=check_ocr_gold)
def ocr_text(
    answer: str, gold: Any, *, spaces: Spaces = "keep", spelling: Spelling = "NFC", ignore_case: bool = False
) -> float | Verdict:
    """Text read from an image: 1 - edit distance / length of the longer text (GLM-V paper, table 1); 43 is not 43.0.

    spaces: `keep` counts all but those at the ends (line ends are one, however encoded), `exact` these too, `collapse`
    reads any run of white space as one space, `remove` takes all out (as GLM-V does). spelling: `NFC` passes over how
    accents are encoded, `NFKC` over full width, ligatures and the like too, `exact` over nothing. ignore_case: letter
    case does not count.
    """
    found = prepared(answer, spaces, spelling, ignore_case)
    return max(edit_similarity(found, prepared(one, spaces, spelling, ignore_case)) for one in _texts(gold))


def prepared(text: str, spaces: Spaces, spelling: Spelling, ignore_case: bool) -> str:
    """Return a text in the declared spelling, with the declared spaces and case."""
    if spaces != "exact" and ("\r" in text or not text.isascii()):
        text = text.replace("\r\n", "\n").translate(_SAME_LINE_END)
    if spelling != "exact":
        text = unicodedata.normalize(spelling, text)
    if ignore_case:
        text = text.lower()
    if spaces == "remove":
        return "".join(text.split())
    if spaces == "collapse":
        return " ".join(text.split())
    return text if spaces == "exact" else text.strip()


def _texts(gold: Any) -> list[str]:
    values = gold if isinstance(gold, list | tuple) else [gold]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        return []
    return [str(value) for value in values]
