"""Takes off what stands around a choice and means nothing: wrappers, brackets, quotes, options that are ruled out."""

from __future__ import annotations

import re

from rewards.reading.brackets import argument_of
from rewards.reading.normalize import unwrap
from rewards.verifiers.choices.options import normalize_lines

_SIGNS = {
    **{first + n: chr(65 + n) for first in (0x1F150, 0x1F170) for n in range(26)},  # 🅐, 🅰: NFKC leaves them
    **{first + n: str(1 + n) for first in (0x2776, 0x2780, 0x278A) for n in range(9)},  # ❶, ➀, ➊
    **dict.fromkeys((0xFE0F, 0x20E3, 0x2705, 0x2611, 0x2713, 0x2714)),  # 🅰️, 1️⃣, and ticks
}
_TEXT = re.compile(r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mathsf|mathcal|mbox)(?![A-Za-z])\s*(?=\{)")
_SPACING = re.compile(r"\\(?:[,;:!>]|(?:q?quad|left|right)(?![A-Za-z])| )|~")
_TAG = re.compile(r"</?[a-z_]{2,20}>", re.IGNORECASE)
_ONE = r"[A-Za-z]|\d{1,2}"
_BRACKETED = re.compile(rf"[<{{\[【「『《〈〔]\s*({_ONE})\s*[>}}\]】」』》〉〕]")
_QUOTED = re.compile(rf"[\"'“”‘’`]\s*\(?({_ONE})\)?\s*[\"'“”‘’`](?=\s*(?:\Z|[\])}},;:.]))")
_CAPITAL = re.compile(r"(?<![A-Za-z])[A-Z](?![A-Za-z'])")
_KEY = re.compile(r"[\"']([A-Za-z_ ]{2,20})[\"']\s*(?=:)")
_VALUE = re.compile(r"\A([A-Za-z_ ]{2,20}:\s*)[\"']([^\"']+)[\"']\Z")
_OUTER = (("{", "}"), ("[", "]"), ("(", ")"))
_LABELS = (
    r"(?:options?\b|choices?\b|answers?\b|选?项)?\s*[(\[]?(?-i:[A-Z])(?![A-Za-z'])[)\]]?"
    r"(?:(?:\s*,(?:\s*(?:or|nor|and)\b)?|\s+(?:or|nor|and)\b|\s*[/、或和及])\s*(?:option\s+)?[(\[]?(?-i:[A-Z])(?![A-Za-z'])[)\]]?){0,12}"
)
_RULED_OUT = re.compile(
    r"(?:\b(?:it|this|that|which|they|and|(?:the\s+)?(?:correct\s+|right\s+)?answer)\s+)?"
    r"(?:\b(?:(?:is|are|was|were|can|could|must|should|would|will|does|do)\s*(?:not\b|n't\b)\s*(?:be\b|choose\b|pick\b)?"
    r"|cannot\s+be\b|can't\s+be\b|won't\s+be\b|not\b(?!\s+only)|neither\b|rather\s+than\b|instead\s+of\b"
    r"|as\s+opposed\s+to\b|(?:rul(?:e|es|ed|ing)\s+out|eliminat(?:e|es|ed|ing)|exclud(?:e|es|ed|ing))\b)"
    rf"|不(?:可能|会|能|应)?(?:是|选)|并非|而非|排除|非)\s*{_LABELS}"
    r"(?:[\s,;:.]*(?:\b(?:but|rather|instead|it\s+is|it's)\b|而是|应该?是))*",
    re.IGNORECASE,
)
_WRONG = re.compile(
    rf"{_LABELS}\s*(?:\b(?:is|are)\s+(?:all\s+|both\s+|also\s+)?(?:wrong|incorrect|false|not(?:\s+(?:correct|right|true|it))?)\b"
    r"|(?:都|均)?(?:是)?(?:错误?|不正确|不对)的?)",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return a text, line by line normalised, without TeX wrappers, tags, emphasis, and brackets around one label."""
    text = "\n".join(line for line in normalize_lines(text.translate(_SIGNS)).split("\n") if line)
    text = text.replace("**", "").replace("__", "").strip()
    if "\\" in text:
        text = _SPACING.sub(" ", without_text_commands(text)).replace("\\{", "{").replace("\\}", "}")
    if "<" in text:
        text = _TAG.sub("", text)
    return unwrap(text)


_OR_ELSE = re.compile(r"[\s$]{0,4}(?:or\b|或)", re.IGNORECASE)
"""Behind a box: the answer is not sure of it."""


def boxed(text: str) -> tuple[str, int] | None:
    """Return what the last closed box of a text holds, and where it ends; None where another choice follows it."""
    start = text.rfind("\\boxed")
    span = argument_of(text, start + len("\\boxed")) if start >= 0 else None
    if span is None or _OR_ELSE.match(text, span[1] + 1):
        return None
    return text[slice(*span)], span[1] + 1


def without_text_commands(text: str) -> str:
    """Return a text with `\\text{x}` as x, braces inside it kept."""
    kept, position = [], 0
    while match := _TEXT.search(text, position):
        span = argument_of(text, match.end())
        if span is None:
            break
        kept += [text[position : match.start()], text[slice(*span)]]
        position = span[1] + 1
    text = "".join((*kept, text[position:]))
    return without_text_commands(text) if kept and _TEXT.search(text) else text


def bare_labels(text: str) -> str:
    """Write `<A>`, `【A】`, `"A"` as (A) and A, and take off brackets around a whole list: `{A, B}`."""
    text = text.rstrip(" .。") if text.startswith(("{", "[", "(")) else text
    text = _BRACKETED.sub(r"(\1)", _QUOTED.sub(r"\1", _KEY.sub(r"\1", text)))
    for left, right in _OUTER:
        inner = text[1:-1]
        if text.startswith(left) and text.endswith(right) and left not in inner and len(inner.strip()) > 1:
            return _VALUE.sub(r"\1\2", inner.strip())
    return text


def without_ruled_out(text: str) -> tuple[str, frozenset[str]]:
    """Take out the options that a text rules out, and return them as well: "not B but C" is C, without B."""
    found = [match.group() for match in _RULED_OUT.finditer(text)]
    return (_RULED_OUT.sub(" ", text).strip() if found else text), frozenset(_CAPITAL.findall(" ".join(found)))


def without_wrong(text: str) -> str:
    """Take out the options that a text calls wrong: "A and B are incorrect, so C"."""
    return _WRONG.sub("", text).strip()
