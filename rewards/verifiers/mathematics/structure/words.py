"""Symbols and words that say one thing: `\\mathbb{R}` and "all real numbers", `\\emptyset` and 空集, DNE."""

from __future__ import annotations

import re
from functools import lru_cache

ALL_REALS, EMPTY_SET = "all real numbers", "the empty set"
_WORDS = {
    ALL_REALS: r"""\mathbb{r}; \mathbbr; \r; \bbbr; allreals; allrealnumbers; anyrealnumber; everyrealnumber;
        allrealvalues; x\in\mathbb{r}; x\inr; x\in\mathbbr; (-\infty,\infty); (-\infty,+\infty); therealnumbers;
        全体实数; 一切实数; 任意实数; 所有实数; 实数集""",
    EMPTY_SET: r"\emptyset; \varnothing; \{\}; emptyset; theemptyset; nullset; 空集",
    "does not exist": "doesnotexist; dne; doesn'texist; notexist; 不存在",
    "no solution": "nosolution; nosolutions; thereisnosolution; therearenosolutions; hasnosolution; 无解; 没有解",
    "no real solution": "norealsolution; norealsolutions; norealroots; 无实数解; 无实根; 无实数根",
    "infinity": r"\infty; +\infty; infinity; inf; positiveinfinity; 无穷大; 正无穷; 正无穷大",
    "minus infinity": r"-\infty; -infinity; negativeinfinity; minusinfinity; 负无穷; 负无穷大",
    "infinitely many": "infinitelymany; infinitelymanysolutions; infinitesolutions; 无穷多解; 无数个; 无穷多个; 无数解",
    "undefined": "undefined; notdefined; isundefined; 无定义; 无意义",
    "yes": "yes; 是; 是的",
    "no": "no; 否; 不是",
    "true": "true; 正确; 对; 真",
    "false": "false; 错误; 错; 假",
}
_MEANING = {name.strip(): meaning for meaning, names in _WORDS.items() for name in names.split(";")}
_TEXT = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{([^{}]*)\}")
_SPACES = re.compile(r"\s+|\\[,;: ]")
_SYMBOLS = str.maketrans(
    {"ℝ": r"\mathbb{r}", "∞": r"\infty", "∈": r"\in", "∅": r"\emptyset", "Ø": r"\emptyset", "’": "'"}
)


@lru_cache(maxsize=4096)
def known_words(text: str) -> str:
    """Return what a text says, in one wording, or an empty text when it is not known. A letter R says nothing."""
    if len(text) > 60:
        return ""
    bare = _SPACES.sub("", _TEXT.sub(r"\1", text).translate(_SYMBOLS)).lower().strip(".。")
    return _MEANING.get(bare.replace("\\mathbf", "\\mathbb").replace("\\rm", ""), "")


def same_words(answer: str, gold: str) -> bool | None:
    """Compare by what is known of words and symbols; None when the gold says nothing known."""
    meant = known_words(gold)
    if not meant:
        return None
    if meant == ALL_REALS and answer.strip() == "R":
        return True
    found = known_words(answer)
    return found == meant if found else None
