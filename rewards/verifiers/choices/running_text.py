"""Finds the choice in running text, for responses whose layout asks for no box and no answer tag.

The last "answer is …", box, or "… is the correct option" that holds one choice; else a last sentence that is nothing
but a choice; else the choice that the text begins with.
"""

from __future__ import annotations

import re

from rewards.verifiers.choices.labels import ADJECTIVE, ANSWER_WORD, CONJUNCTION, IS, label_list, whole_choice
from rewards.verifiers.choices.options import Options, fold
from rewards.verifiers.choices.wording import boxed, without_ruled_out, without_wrong

MAX_MARKERS = 8
_MARKER = re.compile(
    rf"(?<![a-z])(?:{ANSWER_WORD}|(?:correct|right|best|正确)\s*(?:option|choice|one|选项)){ADJECTIVE}{IS}|(?:应|故)选\s*"
    rf"|(?<![a-z])(?:my|final)\s+(?:pick|choice|selection){IS}"
    r"|(?<![a-z])(?:i(?:\s+would|'d|'ll|\s+will)?\s+(?:choose|pick|select|go\s+(?:with|for))|leaving|leaves)\s+",
    re.IGNORECASE,
)
_DECLARED = re.compile(
    r"(?<![A-Za-z])(?<![Ii]f )(?<![Ww]hether )(?<!that )(?<!think )[(\[]?(?<![A-Za-z0-9])([A-Z])[)\]]?(?:选?项)?"
    r"\s*(?:\s(?:is|must be|has to be) (?:therefore |thus |clearly )?(?:the )?(?:only )?(?:correct|right|best)(?!ly)\b"
    r"|\sis the answer\b|(?:是|才?是)?正确(?!吗))"
)
_REVISED = re.compile(
    r"(?<![a-z])(?:wait|hmm+|no,|actually|on second thought|correction|更正|不对|等等)(?![a-z])", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2}[.!?])\s+|(?<=[。！？!?])\s*|\n+")
_REASON = re.compile(r"\s*(?:[.。,:;)(-]|\n|(?:because|since|as|for|is)\b|因为|是)")
_ALTERNATIVE = re.compile(r"\bor\b|或", re.IGNORECASE)
_PUNCTUATION = re.compile(r"\s*[.。:)]")
_SEPARATOR = re.compile(r"\s*[.):、:-]\s*")


def chosen_in(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Return the labels that a (clean) running text chooses in the end; None when it chooses none, or hedges."""
    text = without_wrong(without_ruled_out(text)[0]).lstrip(" .,;\n")
    announced = _announced(text, options, ignore_case)
    start = announced[0] if announced else 0
    revisions = list(_REVISED.finditer(text, start)) if announced else []
    if announced and not revisions:
        return announced[1]
    start = revisions[-1].end() if revisions else start
    if last := _last_sentence(text[start:], options, ignore_case, is_all=not announced):
        return last
    if announced:
        return announced[1]
    if _MARKER.search(text):
        return None
    return whole_choice(text, options, ignore_case) or _leading(text, options, ignore_case, punctuated=True)


def _announced(text: str, options: Options, ignore_case: bool) -> tuple[int, frozenset[str]] | None:
    """Return the last choice that is announced, boxed, or declared the correct one, and where in the text."""
    found = [(match.end(), _after(text, match.end(), options, ignore_case)) for match in _last(_MARKER, text)]
    if (box := boxed(text)) and (labels := whole_choice(box[0].strip(), options, ignore_case)):
        found.append((box[1], labels))
    found += [(match.end(), frozenset({match[1]})) for match in _last(_DECLARED, text) if match[1] in options.labels]
    valid = [(start, labels) for start, labels in found if labels]
    return max(valid, key=lambda one: one[0]) if valid else None


def _last(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))[-MAX_MARKERS:]


def _after(text: str, start: int, options: Options, ignore_case: bool) -> frozenset[str] | None:
    rest = text[start:].lstrip(" *\n:")
    if prefix := CONJUNCTION.match(rest):
        rest = rest[prefix.end() :]
    if rest.startswith(("\\boxed", "$\\boxed", "$$")) and (box := boxed(rest.partition("\n")[0])):
        rest = box[0]
    return _leading(rest, options, ignore_case)


def _last_sentence(text: str, options: Options, ignore_case: bool, *, is_all: bool) -> frozenset[str] | None:
    """Read the last sentence or line where it is nothing but a choice: `So it's (C).`"""
    sentences = [one.strip(" *#>-") for one in _SENTENCE_END.split(text.strip()) if one.strip(" *#>-")]
    if not sentences or (is_all and len(sentences) == 1):
        return None
    found = whole_choice(sentences[-1], options, ignore_case)
    return found or (_choice_at_end(sentences[-1], options) if not is_all else None)


def _choice_at_end(sentence: str, options: Options) -> frozenset[str] | None:
    match = re.search(r"(?:it's|it is|that's|should be|must be|is)\s+(?:option\s+)?\(?([A-Z])\)?\s*\.?\Z", sentence)
    return frozenset({match[1]}) if match and match[1] in options.labels else None


def _leading(text: str, options: Options, ignore_case: bool, *, punctuated: bool = False) -> frozenset[str] | None:
    """Read the choice a running text begins with: `B because C is not valid`, `D. it can't be A`; not `A bird …`."""
    line = text.partition("\n")[0].strip(" *")
    if not punctuated and (whole := whole_choice(line, options, ignore_case)):
        return whole
    labels, end = label_list(line, options, ignore_case and not punctuated)
    if len(labels) != 1:
        return labels if labels and not _ALTERNATIVE.search(line[:end]) else None
    rest = line[end:]
    if rest and not _REASON.match(rest) and line[end - 1] not in ")]":
        return None
    if punctuated and rest and not _PUNCTUATION.match(rest) and line[end - 1] not in ")]":
        return None
    own_rest = fold(_SEPARATOR.sub("", rest, count=1))
    return None if options.label_of(own_rest) not in (None, *labels) else labels
