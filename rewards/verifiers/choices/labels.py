"""Reads answers to multiple-choice questions: which of the options' labels did somebody choose?

`A`, `(A)`, `A. <text of A>`, the text of A, `Option A`, 选A; for several: `A, C`, `AC`, `A and C`. Letters of other
alphabets that look like A are not A.
"""

from __future__ import annotations

import re
import unicodedata

from rewards.reading.brackets import argument_of
from rewards.reading.normalize import unwrap
from rewards.verifiers.choices.options import EDGES, Options, fold, normalize_lines

MAX_CHARACTERS = 4096
MAX_MARKERS = 8
_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")
_LABEL = re.compile(
    r"[(\[]?\s*(?<![A-Za-z0-9])([A-Za-z]|\d{1,2})(?![A-Za-z0-9_'’%°])(?:\s*[)\]])?"
    r"(?:\s*选?项)?"
    r"(?:\s*(?:(?:is|are) (?:the )?(?:correct|right)(?: (?:answer|option|choice))?\b|is the answer\b"
    r"|是?正确(?:的|答案|选项)?|です|입니다|है))?"
)
_CONNECTOR = re.compile(r"\s*(?:[,;/&+、|和与及或]|\b(?:and|or)\b)\s*(?:\b(?:and|or)\b\s*)?|\s+|(?<=\))(?=\()")
_ALTERNATIVE = re.compile(r"\bor\b|或")
_TOGETHER = re.compile(r"[A-Z]{2,26}")
_ANSWER_WORD = unicodedata.normalize(
    "NFKC",
    r"answer|ans(?![a-z])\.?|réponse|respuesta|resposta|risposta|antwoord|antwort|svar|ответ|відповідь|απάντηση|cevap|"
    "yanıt|odpowiedź|odpověď|đáp án|jawaban|jibu|答案|答え|正解|回答|정답|답|الجواب|الإجابة|پاسخ|جواب|תשובה|"
    "उत्तर|जवाब|উত্তর|คำตอบ|సమాధానం|பதில்",
)
_ADJECTIVE = r"(?:\s+(?:correct[aeo]?|corretta|finale?)(?!\w))?"
_IS = (
    r"(?:\s*(?:(?:is|are|est|es|é|è|ist|là|adalah|είναι|هو|هي|است|היא|है|হল|คือ|är|ni)(?!\w)|是|为|は|은|는))?"
    r"\s*[:=-]?\s*"
)
_PREFIX = re.compile(
    rf"(?:(?:so|thus|therefore|hence),?\s+)?(?:(?:the|la|el|die|my)\s+)?(?:(?:correct|final|best|right|正确)\s*)*"
    rf"(?:{_ANSWER_WORD}|option|choice|选项|选择){_ADJECTIVE}(?:\s*\([^()]{{2,20}}\))?{_IS}(?:option\b|choice\b|选项)?\s*"
    r"|(?:应|故|因此|所以|我)?[,:]?\s*(?:应|故)?选\s*[择项]?\s*[:]?\s*"
    r"|(?:i(?:\s+would)?\s+(?:choose|pick|select)|it(?:'s|\s+is))\s*(?:option\b)?\s*(?=[(\[]?[A-Z]\b)",
    re.IGNORECASE,
)
_MARKER = re.compile(
    rf"(?<![a-z])(?:{_ANSWER_WORD}|(?:correct|right|best|正确)\s*(?:option|choice|选项)){_ADJECTIVE}{_IS}|(?:应|故)选\s*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*[.):、:-]\s*")
_REASON = re.compile(r"\s*(?:[.。,:;)(-]|\n|(?:because|since|as|for|is)\b|因为|是)")


def read_choice(text: str, options: Options, *, delimited: bool, ignore_case: bool = True) -> frozenset[str] | None:
    """Return the labels an answer chooses, or None when it chooses none, or hedges.

    A delimited answer is nothing but the choice; running text is searched for its last "Answer: …" that holds one.
    """
    text = _clean(normalize_lines(text))
    if delimited:
        return _whole(text, options, ignore_case)
    markers = [match.end() for match in _MARKER.finditer(text)]
    for start in reversed(markers[-MAX_MARKERS:]):
        found = _leading(text[start:].lstrip(" *\n:"), options, ignore_case)
        if found:
            return found
    if markers:
        return None
    return _whole(text, options, ignore_case) or _leading(text, options, ignore_case, punctuated=True)


def _clean(text: str) -> str:
    text = _TEXT.sub(r"\1", text.replace("**", "")).strip()
    if text.count("\\boxed") == 1:
        start = text.find("\\boxed") + len("\\boxed")
        span = argument_of(text, start)
        text = text[slice(*span)] if span else text
    return unwrap(text)


def _whole(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Read an answer that is nothing but a choice."""
    text = unwrap(text.strip(" \n*$\"“”'"))
    if label := _option_text(text, options):
        return frozenset({label})
    if (prefix := _PREFIX.match(text)) and prefix.end() < len(text):
        text = text[prefix.end() :]
        if label := _option_text(text, options):
            return frozenset({label})
    labels, end = _label_list(text, options, ignore_case)
    rest = text[end:].strip(EDGES)
    if labels and not rest:
        return None if len(labels) > 1 and _ALTERNATIVE.search(text.lower()) else labels
    if len(labels) == 1 and _agrees(text[end:], next(iter(labels)), options):
        return labels
    return _several(text, options, ignore_case)


def _option_text(text: str, options: Options) -> str | None:
    """Return the option whose text this is; not where it reads as a label too: `A`, or `A dog` with dog as B."""
    label = options.label_of(text)
    if text.upper() in options.labels or (text.startswith("A ") and label != "A" and "A" in options.labels):
        return None
    return label


def _label_list(text: str, options: Options, ignore_case: bool) -> tuple[frozenset[str], int]:
    """Read labels from the start of a text: `A`, `(A)`, `A, C`, `AC`; also where they end."""
    if (together := _TOGETHER.match(text)) and _is_label_run(text, together.end(), options):
        return frozenset(together.group()), together.end()
    labels: list[str] = []
    end = position = 0
    while match := _LABEL.match(text, position):
        label = match[1] if match[1] in options.labels else match[1].upper() if ignore_case else ""
        if label not in options.labels or (labels and match[1].islower()):
            break
        labels.append(label)
        end = match.end()
        connector = _CONNECTOR.match(text, end)
        if connector is None:
            break
        position = connector.end()
    return frozenset(labels), end


def _is_label_run(text: str, end: int, options: Options) -> bool:
    run = text[:end]
    return (
        set(run) <= set(options.labels)
        and len(set(run)) == len(run)
        and not text[end:].strip(EDGES)
        and options.label_of(run) is None
    )


def _agrees(rest: str, label: str, options: Options) -> bool:
    """Tell whether what follows one label is its own text, or at least names no other option."""
    separator = _SEPARATOR.match(rest)
    text = rest[separator.end() :] if separator else rest
    folded = fold(text)
    own = options.texts.get(label, "")
    if own and folded == own:
        return True
    if separator is None or not folded:
        return False
    others = [other for other in options.labels if other != label]
    if any(re.search(rf"(?<![A-Za-z0-9]){re.escape(other)}(?![A-Za-z0-9'])", text) for other in others if other != "I"):
        return False
    named = (options.texts.get(other, "") for other in others)
    return not any(option and re.search(rf"(?<!\w){re.escape(option)}(?!\w)", folded) for option in named)


def _several(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Read a list whose parts are options' texts, or labels with their texts: `A. cat, C. fish`."""
    if _ALTERNATIVE.search(text.lower()):
        return None
    parts = [part for part in re.split(r"[,;、\n]|\band\b|和", text.strip("[] ")) if part.strip()]
    if not 2 <= len(parts) <= 26 or not options.texts:
        return None
    found: set[str] = set()
    for part in parts:
        part = part.strip(EDGES)
        labels, end = _label_list(part, options, ignore_case)
        label = options.label_of(part)
        if label is None and len(labels) == 1 and (not part[end:].strip() or _agrees(part[end:], min(labels), options)):
            label = min(labels)
        if label is None:
            return None
        found.add(label)
    return frozenset(found)


def _leading(text: str, options: Options, ignore_case: bool, *, punctuated: bool = False) -> frozenset[str] | None:
    """Read the choice a running text begins with: `B because C is not valid`, `D. it can't be A`; not `A bird …`."""
    line = text.partition("\n")[0].strip(" *")
    if not punctuated and (whole := _whole(line, options, ignore_case)):
        return whole
    labels, end = _label_list(line, options, ignore_case and not punctuated)
    if len(labels) != 1:
        return labels if labels and not _ALTERNATIVE.search(line[:end].lower()) else None
    rest = line[end:]
    if rest and not _REASON.match(rest) and line[end - 1] not in ")]":
        return None
    if punctuated and rest and not re.match(r"\s*[.。:)]", rest) and line[end - 1] not in ")]":
        return None
    own_rest = fold(_SEPARATOR.sub("", rest, count=1))
    return None if options.label_of(own_rest) not in (None, *labels) else labels
