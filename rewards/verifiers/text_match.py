"""The verifier `text_match`: the same words as the gold answer, whole or in part, by a declared rule."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from fractions import Fraction
from typing import Any, Literal

from rewards.reading.normalize import normalize, unwrap
from rewards.reading.number_words import chinese_number
from rewards.reading.numeric import Number, equal_numbers, parse_number
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_CHARACTERS = 32_768
Match = Literal["exact", "normalized", "f1", "includes", "prefix", "suffix"]
_DELETED = str.maketrans("", "", "'’‘`\"“”„‚«»‹›「」『』*_")
_PUNCTUATION = re.compile(r"[.,:;!?/()\[\]{}\-—–…·，。、；：？！（）《》〈〉【】]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_IDLE_SPACE = re.compile(r" (?=[%°\u3040-\u30ff\u3400-\u9fff])|(?<=[\u3040-\u30ff\u3400-\u9fff]) ")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_ENDS = string.whitespace + string.punctuation + "“”‘’。，！？"
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.^])(?<!\d[-:])[+-]?"
    r"(?:\d+ \d+/\d+|(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?(?:/\d+)?)"
    r"(?![A-Za-z^]|[.,:-]?\d|\s*%)|(?<!\S)[零〇一二两三四五六七八九十百千万]{1,24}(?![^\s.,。!])"
)
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MINUS_FRACTION = re.compile(r"(?<![\d\w])[-−–]([¼-¾⅐-⅞])")


def check_text_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold answer, or None: text, a number, or a list of alternatives."""
    golds = _alternatives(gold)
    if not golds:
        return f"the gold answer must be text or a list of alternatives, got {gold!r:.60}"
    return "an alternative of the gold answer is empty" if not all(one.strip() for one in golds) else None


@reward("text_match", domains=["general"], runs="inline", check_gold=check_text_gold)
def text_match(
    answer: str, gold: Any, *, match: Match = "normalized", ignore_case: bool = True, numeric: bool = False
) -> float | Verdict:
    """The same words as one of the gold answers, by the declared rule.

    match: `exact` compares character by character; `normalized` passes over Unicode spelling, punctuation, articles
    (a, an, the) and white space; `f1` is the F1 of words in common after that (SQuAD), the best of all golds;
    `includes`, `prefix` and `suffix` look for the gold in, at the start and at the end of the answer.
    ignore_case: letter case does not count. numeric: where the gold is a number, compare it with the numbers in the
    answer instead: the only one (exact, normalized), any (includes), the first (prefix), the last (suffix).
    """
    answer = {"prefix": answer[:MAX_CHARACTERS], "suffix": answer[-MAX_CHARACTERS:]}.get(match, answer)
    if len(answer) > MAX_CHARACTERS:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {MAX_CHARACTERS} characters")
    return max((_score(answer, one, match, ignore_case, numeric) for one in _alternatives(gold)), default=0.0)


def _alternatives(gold: Any) -> list[str]:
    values = gold if isinstance(gold, list | tuple) else [gold]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        return []
    return [str(value) for value in values]


def _score(answer: str, gold: str, match: Match, ignore_case: bool, numeric: bool) -> float:
    if numeric and match != "f1" and "%" not in gold:
        wanted = parse_number(normalize(gold).strip("$€£ "))
        if wanted is not None:
            return float(any(equal_numbers(one, wanted) for one in _numbers(answer, match)))
    if ignore_case:
        answer, gold = answer.casefold(), gold.casefold()
    if match == "exact":
        return float(answer == gold)
    if match == "f1":
        return token_f1(words(answer), words(gold))
    if match == "normalized":
        return float(_same_words(words(answer), words(gold)))
    found, looked_for = _without_ends(answer), _without_ends(gold)
    rules = {"includes": str.__contains__, "prefix": str.startswith, "suffix": str.endswith}
    return float(rules[match](found, looked_for))


def words(text: str) -> list[str]:
    """Return the words of a text: Unicode spelling, punctuation and articles aside, signs and decimal points kept."""
    normal = _THOUSANDS.sub("", unwrap(normalize(text)).translate(_DELETED))
    bare = _PUNCTUATION.sub(_kept, normal)
    return _ARTICLE.sub(" ", bare).split() or bare.split() or normal.split()


def _same_words(answer: list[str], gold: list[str]) -> bool:
    """Compare words; spaces around Chinese and Japanese characters and before a percent sign do not count."""
    if answer == gold:
        return True
    found, wanted = " ".join(answer), " ".join(gold)
    return ("%" in wanted or not wanted.isascii()) and _IDLE_SPACE.sub("", found) == _IDLE_SPACE.sub("", wanted)


def _kept(match: re.Match[str]) -> str:
    """Keep what makes a number another one: 3.5, 1:30, 2/3 and the sign of -5; a full stop in U.S. leaves no gap."""
    text, position = match.string, match.start()
    before = text[position - 1] if position else " "
    after = text[position + 1] if position + 1 < len(text) else " "
    if after.isdigit() and (before.isdigit() or (match[0] in "-." and not before.isalnum())):
        return match[0]
    return "" if match[0] == "." and before.isalpha() and after.isalpha() else " "


def _without_ends(text: str) -> str:
    normal = normalize(text)
    return normal.strip(_ENDS) or normal


def token_f1(answer: list[str], gold: list[str]) -> float:
    """Return the harmonic mean of precision and recall over words, counted with repetition; 0 when either is empty."""
    common = (Counter(answer) & Counter(gold)).total()
    if common == 0:
        return 0.0
    precision, recall = common / len(answer), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def _numbers(text: str, match: Match) -> list[Number]:
    """Return the numbers of an answer that the rule looks at; 60% and 5² are not the numbers 60 and 52."""
    text = _MINUS_FRACTION.sub(lambda found: "-" + unicodedata.normalize("NFKC", found[1]), text)
    text = normalize(_RAISED.sub("^", text)).replace("*", "")
    if match in ("exact", "normalized"):
        number = _number(unwrap(text).strip("$€£ .!"))
        return [number] if number else []
    found = [number for one in _NUMBER.findall(text) if (number := _number(one))]
    return found[:1] if match == "prefix" else found[-1:] if match == "suffix" else found


def _number(text: str) -> Number | None:
    if text[:1].isalpha():
        value = chinese_number(text)
        return None if value is None else Number(Fraction(value), False)
    return parse_number(text)
