"""Finds the final answer in running text, for responses whose layout asks for no box and no answer tag.

The last of: a box, a line `#### 18`, what follows "answer is"; else the last formula or number of the text.
"""

from __future__ import annotations

import re

from rewards.reading.brackets import argument_of

_TAIL = 4096
_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_MARK = re.compile(r"^\s*#{3,4}\s*([^#\n]+)$", re.MULTILINE)
_SURELY = r"(?:\s+(?:therefore|thus|hence|then|simply|just|clearly|indeed|exactly|now|also|equal\s+to|given\s+by))*"
_IS = rf"(?:is|are|equals|(?:would|should|must|will)\s+be|=|:|：){_SURELY}"
_ANNOUNCED = re.compile(
    rf"(?:answers?|results?|solutions?)\s*(?:\*\*|__)?\s*{_IS}\s*[:：]?"
    r"|(?:答案|结果|答え?|结论)\s*(?:\*\*)?\s*(?:是|为|等于|は|：|:)"
    r"|réponse\s*(?:est|:)|respuesta\s*(?:final)?\s*(?:es|:)|resposta\s*(?:final)?\s*(?:é|:)|risposta\s*(?:è|:)"
    r"|antwort\s*(?:ist|lautet|:)|ответ\s*(?:[:—-]|равен)?|정답\s*(?:은|:)|답\s*(?:은|:)|đáp\s+án\s*(?:là|:)"
    r"|उत्तर\s*:?|(?:الجواب|الإجابة)\s*(?:هو|هي|:)?",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"(?:\$\$([^$]+)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\\d])\$((?:[^$\n\\]|\\[^\n])+)\$)(\s*(?:\\?%|(?:percent|pct)\b))?",
    re.DOTALL,
)
_NUMBER = re.compile(
    r"(?:(?<![\w.\\])|(?<=[\u3040-\u9fff]))[$€£¥]?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?)(\s*(?:\\?%|(?:percent|pct)\b))?"
)
_SENTENCE_END = re.compile(r"[.。!?;；]\s|[。；\n]")
_REASON = re.compile(r"\s*,?\s+(?:because|since|which|as\s)|[(（](?=[^()（）]*[A-Za-z]{3}[^()（）]*[)）]\s*\Z)")
_HEDGE = re.compile(
    r"(?<![A-Za-z\\])(?:or|not|maybe|perhaps|possibly|either|mod|modulo|units?)(?![A-Za-z])", re.IGNORECASE
)
_HEDGED = re.compile(r"[(（]\s*(?:or|maybe|perhaps|possibly|not)\b", re.IGNORECASE)
_SAYS = re.compile(r"[\u4e00-\u9fff].*(?:[，。；]|为|是|等于|得|因此|所以|共有)|[，。；].*[\u4e00-\u9fff]", re.DOTALL)
_BETWEEN_BOXES = re.compile(r"(?:[\s,;$]|\\quad|\\text\s*\{\s*(?:and|or)\s*\}|and\b|or\b)*")
_WORD = re.compile(r"(?<![A-Za-z\\])(?!(?:and|or)\b)[^\W\d_]{2,}")
_TWO_WORDS = re.compile(r"(?<![^\W\d_])(?<!\\)[^\W\d_]{2,}\s+[^\W\d_]{2,}|[\u4e00-\u9fff]{4,}")


def final_answer(text: str) -> str:
    """Return the final answer of a text; a text that is itself nothing but an answer is returned whole."""
    text = text.strip()[-_TAIL:]
    announced = [match.end() for match in _ANNOUNCED.finditer(text)]
    boxes, boxes_end = _last_boxes(text)
    marked = list(_MARK.finditer(text))
    if marked and marked[-1].end() > max([boxes_end, *announced]):
        return marked[-1][1].strip(" *.")
    if boxes and (not announced or announced[-1] < boxes_end):
        return boxes
    if announced:
        rest = text[announced[-1] :].strip().lstrip(":：* \n")
        rest = _without_reason(_SENTENCE_END.split(rest + "\n", maxsplit=1)[0].strip(" *."))
        if _HEDGED.search(rest):
            return rest
        text = rest
    without_formulas = _FORMULA.sub("", text)
    is_sentence = bool(_TWO_WORDS.search(without_formulas)) or "\n" in text
    if is_sentence or _SAYS.search(without_formulas):
        return _last_formula_or_number(text)
    if without_formulas != text and _WORD.search(without_formulas):
        return _last_formula_or_number(text)
    return text


def _without_reason(text: str) -> str:
    """Take off why an announced answer is right: `5 (since 10/2 = 5)`, `5, because …`; what hedges it stays."""
    reason = _REASON.search(text)
    if reason is None or not reason.start() or _HEDGE.search(text, reason.start()):
        return text
    return text[: reason.start()].strip(" ,.")


def _last_boxes(text: str) -> tuple[str, int]:
    """Return what the last box holds (or several that only commas and "and" part), and where the last one ends."""
    found: list[str] = []
    next_start, end = len(text), 0
    for box in reversed(list(_BOX.finditer(text))):
        span = argument_of(text, box.end())
        if span is None or (found and not _BETWEEN_BOXES.fullmatch(text, span[1] + 1, next_start)):
            break
        suffix = text[span[1] + 1 :].lstrip("$ ") if not found else ""
        found.append(text[slice(*span)] + (" %" if suffix in ("%", "\\%", "percent", "pct") else ""))
        next_start, end = box.start(), max(end, span[1])
    return ", ".join(reversed(found)), end


def _last_formula_or_number(text: str) -> str:
    """Return the formula or number that ends last in `text`; the whole text when there is neither."""
    ends = [(0, text)]
    for match in _FORMULA.finditer(text):
        content = next(group for group in match.groups() if group)
        if not _TWO_WORDS.search(content):
            ends.append((match.end(), content + (match[5] or "")))
    formula_end = ends[-1][0]
    ends += [(match.end(), match[1] + (match[2] or "")) for match in _NUMBER.finditer(text, formula_end)]
    return max(ends)[1]
