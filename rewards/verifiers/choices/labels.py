"""Reads an answer that is nothing but a choice: which of the options' labels does it name?

`A`, `(A)`, `A. <text of A>`, `<text of A> (A)`, the text of A, `Option A`, 选A; for several: `A, C`, `{A, C}`, `AC`,
`A and C`. Letters of other alphabets that look like A are not A.
"""

from __future__ import annotations

import re
import unicodedata

from rewards.reading.normalize import unwrap
from rewards.verifiers.choices.options import EDGES, Options, fold
from rewards.verifiers.choices.wording import bare_labels, without_ruled_out

_LABEL = re.compile(
    r"[(\[]?\s*(?<![A-Za-z0-9])([A-Za-z]|\d{1,2})(?![A-Za-z0-9_'’%°])(?:\s*[)\]])?"
    r"(?:\s*选?项)?"
    r"(?:\s*(?:(?:is|are) (?:the )?(?:only )?(?:correct|right|best)(?: (?:answer|option|choice)s?)?\b|is the answer\b"
    r"|是?正确(?:的|答案|选项)?|です|입니다|है))?"
)
_CONNECTOR = re.compile(
    r"\s*(?:[,;/&+|、·•和与及或]|以及|\b(?:and|or|plus|as well as)\b)\s*(?:(?:\b(?:and|or)\b|&)\s*)?(?:options?\b\s*)?"
    r"|\s+|(?<=\))(?=\()",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\bor\b|或", re.IGNORECASE)
_OR_MORE = re.compile(
    r"\b(?:or|and)\s+(?:maybe\s+|perhaps\s+)?(?:(?:all|any|both|none|neither|another|others?|something|everything)\b"
    r"|\(?(?-i:[A-Z])\)?(?![\w'.]))",
    re.IGNORECASE,
)
"""`A. cat, or all of them`, `A. cat or E`: no choice, whatever the options are."""
_TOGETHER = re.compile(r"[A-Z]{2,26}|[a-z]{2,26}")
_WORD = re.compile(r" [a-z](?!nd\b)")
_ONLY = re.compile(r"\s*(?:only|\(?both|options?|are (?:all |both )?(?:correct|right|true))\b", re.IGNORECASE)
ANSWER_WORD = unicodedata.normalize(
    "NFKC",
    r"answers?|ans(?![a-z])\.?|réponse|respuesta|resposta|risposta|antwoord|antwort|svar|ответ|відповідь|απάντηση|cevap|"
    "yanıt|odpowiedź|odpověď|đáp án|jawaban|jibu|答案|答え|正解|回答|정답|답|الجواب|الإجابة|پاسخ|جواب|תשובה|"
    "उत्तर|जवाब|উত্তর|คำตอบ|సమాధానం|பதில்",
)
ADJECTIVE = r"(?:\s+(?:correct[aeo]?|corretta|finale?)(?!\w))?"
IS = (
    r"(?:\s*(?:(?:is|are|est|es|é|è|ist|là|adalah|είναι|هو|هي|است|היא|है|হল|คือ|är|ni"
    r"|(?:must|should|would|will|has to|can only)\s+(?:only\s+)?be)(?!\w)|是|为|は|은|는)"
    r"(?:\s+(?:therefore|thus|then|clearly|indeed|simply|actually|definitely|just|only)\b)?)?\s*[:=-]?\s*"
)
CONJUNCTION = re.compile(
    r"(?:(?:so|thus|therefore|hence|then|finally|overall|consequently|accordingly|clearly|in conclusion|no|yes|but"
    r"|rather|actually|instead|leaving|both)\b[,:]?\s*|(?:因此|所以|故而|综上(?:所述)?|那么|应该?|只能|我|故)[,:]?\s*(?!选))+",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    rf"(?:(?:the|la|el|die|my|our)\s+)?(?:(?:correct|final|best|right|only|正确)\s*)*"
    rf"(?:{ANSWER_WORD}|options?|choices?|selection|one|选项|选择){ADJECTIVE}(?:\s*\([^()]{{2,20}}\))?{IS}"
    r"(?:(?:(?:the )?option|choice)\b|选项)?\s*"
    r"|(?:应|故|因此|所以|我)?[,:]?\s*(?:应|故)?选\s*[择项]?\s*[:]?\s*"
    r"|(?:i(?:\s+would|'d|'ll)?\s+(?:choose|pick|select|go\s+(?:with|for))|(?:choose|pick|select)\b|it(?:'s|\s+is)|it\s+must\s+be)\s*"
    r"(?:option\b)?\s*(?=[(\[]?[A-Z]\b|the\b|an?\b)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*[.):、:—(-]\s*")
_OTHER = (
    r"(?:[(\[]{0}[)\]]|(?<![A-Za-z0-9]){0}(?=\s*[.):](?:\s|\Z))"
    r"|(?:\b(?:or|and|maybe|perhaps|possibly|also|versus|vs)\b|[,;/&+|或和与及、]|\A)"
    r"\s*(?:option\s+)?{0}(?![A-Za-z0-9'])(?!\s+[a-z]))"
)
_REASON = re.compile(r"\s*[,;]?\s*(?:because|since|as|which|for|因为|由于)(?:\b|(?=[\u4e00-\u9fff]))", re.IGNORECASE)
_TEXT_FIRST = re.compile(
    r"(.+?)\s*[,:;—-]?\s*(?:\((?:which is |that is )?(?:option |choice )?([A-Z]|\d{1,2})\)"
    r"|[,:;—-]\s*(?:option )?([A-Z]))[.\s]*"
)
_SPLITS = tuple(re.compile(one) for one in (r"\n", r";", r"[,;、\n]|\band\b|和"))
_BULLET = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)](?=\s*[(\[A-Za-z]))\s*")


def whole_choice(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Return the labels that a (clean) text is nothing but the choice of; None when it names none, or hedges."""
    if text in options.labels:
        return frozenset({text})
    text = unwrap(text.strip(" \n*$\"“”'"))
    if label := option_text(text, options):
        return frozenset({label})
    text = bare_labels(text)
    for pattern in (CONJUNCTION, _PREFIX):
        if (prefix := pattern.match(text)) and prefix.end() < len(text):
            text = text[prefix.end() :]
            if label := option_text(text, options):
                return frozenset({label})
    text = bare_labels(text)
    return _named(text, options, ignore_case) or _kept(text, options, ignore_case)


def _named(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    labels, end = label_list(text, options, ignore_case)
    rest = _ONLY.sub("", text[end:], count=1).strip(EDGES + ")]")
    if labels and not rest:
        return None if len(labels) > 1 and _ALTERNATIVE.search(text) else labels
    if len(labels) == 1 and _agrees(text, end, min(labels), options):
        return labels
    return _labelled_text(text, options) or _several(text, options, ignore_case)


def _kept(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Read what is left when the options that a text rules out are taken out of it: `B, not C`."""
    left, ruled_out = without_ruled_out(text)
    left = left.strip(EDGES)
    if not ruled_out or not left:
        return None
    prefix = CONJUNCTION.match(left)
    found = whole_choice(left[prefix.end() :] if prefix else left, options, ignore_case)
    return found if found and not found & ruled_out else None


def option_text(text: str, options: Options) -> str | None:
    """Return the option whose text this is; not where it reads as a label too: `A`, or `A dog` with dog as B."""
    label = options.label_of(text)
    if text.upper() in options.labels or (text.startswith("A ") and label != "A" and "A" in options.labels):
        return None
    return label


def label_list(text: str, options: Options, ignore_case: bool) -> tuple[frozenset[str], int]:
    """Read labels from the start of a text: `A`, `(A)`, `A, C`, `AC`; also where they end."""
    if (together := _TOGETHER.match(text)) and _is_label_run(together.group(), text, options, ignore_case):
        return frozenset(together.group().upper()), together.end()
    labels: list[str] = []
    ends, position, last = [0], 0, ""
    while match := _LABEL.match(text, position):
        label = match[1] if match[1] in options.labels else match[1].upper() if ignore_case else ""
        # behind a mere space, "A a bird" and "(D) A set" are no lists
        is_word = last.isspace() and (match[1].islower() or _WORD.match(text, match.end()))
        if label not in options.labels or is_word:
            break
        labels.append(label)
        ends.append(match.end())
        connector = _CONNECTOR.match(text, match.end())
        if connector is None:
            break
        position, last = connector.end(), connector.group()
    return frozenset(labels), ends[-1]


def _is_label_run(run: str, text: str, options: Options, ignore_case: bool) -> bool:
    """Tell whether a word is labels written together: ACD; small ones in their order only, for `bad` is a word."""
    labels = run.upper()
    return (
        set(labels) <= set(options.labels)
        and len(set(labels)) == len(labels)
        and not text[len(run) :].strip(EDGES)
        and options.label_of(run) is None
        and (run.isupper() or (ignore_case and list(labels) == sorted(labels)))
    )


def _agrees(text: str, end: int, label: str, options: Options) -> bool:
    """Tell whether what follows a label is its own text or a reason, or at least names no other option."""
    rest, is_bracketed = text[end:], text[end - 1] in ")]"
    reason = _REASON.match(rest)
    separator = reason or _SEPARATOR.match(rest)
    text = rest[separator.end() :] if separator else rest
    text = text.rstrip(" .)") if separator and "(" in separator.group() else text
    folded = fold(text)
    own = options.texts.get(label, "")
    if own and (folded == own or fold(rest) == own):
        return True
    if not (separator or is_bracketed) or not folded:
        return False
    left = without_ruled_out(text)[0]
    if _OR_MORE.search(left):
        return False
    others = [other for other in options.labels if other != label]
    if any(re.search(_OTHER.format(re.escape(other)), left) for other in others if other != "I"):
        return False
    plain = fold(left)
    named = (options.texts.get(other, "") for other in others)
    named = (one for one in named if one and one not in own)
    return not any(re.search(rf"(?<!\w){re.escape(option)}(?!\w)", plain) for option in named)


def _labelled_text(text: str, options: Options) -> frozenset[str] | None:
    """Read an option's text with its label behind it: `cat (A)`, `cat, option A`."""
    match = _TEXT_FIRST.fullmatch(text)
    label = (match[2] or match[3]) if match else None
    return frozenset({label}) if match and label in options.labels and options.label_of(match[1]) == label else None


def _several(text: str, options: Options, ignore_case: bool) -> frozenset[str] | None:
    """Read a list whose parts are options' texts, or labels with their texts: `A. cat, C. fish`."""
    if _ALTERNATIVE.search(text):
        return None
    for split in _SPLITS:
        parts = [part.strip() for part in split.split(text.strip("[] ")) if part.strip()]
        found = [_part(part, options, ignore_case) for part in parts] if 2 <= len(parts) <= 26 else [None]
        if all(found):
            return frozenset(label for label in found if label)
    return None


def _part(part: str, options: Options, ignore_case: bool) -> str | None:
    """Return the one option that a part of a list names."""
    for written in (part, _BULLET.sub("", part, count=1)):
        written = written.strip(EDGES)
        labels, end = label_list(written, options, ignore_case)
        if label := options.label_of(written):
            return label
        if len(labels) == 1 and (not written[end:].strip(EDGES) or _agrees(written, end, min(labels), options)):
            return min(labels)
    return None
