"""The verifier `ocr_formula`: how much of a printed formula was read, after LaTeX is written in one way."""

from __future__ import annotations

import re
from typing import Any, Literal

from rewards.reading.edit_distance import edit_similarity, is_quick, too_long
from rewards.reading.normalize import unwrap
from rewards.registry import reward
from rlcs.records import Status, Verdict

MAX_GOLD = 20_000
Unit = Literal["character", "token"]
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[^\s]", re.DOTALL)
_DROPPED = frozenset(
    r"\left \right \bigl \bigr \Bigl \Bigr \biggl \biggr \Biggl \Biggr \big \Big \bigg \Bigg \, \; \: \! \quad \qquad ~"
    r" \displaystyle \textstyle \scriptstyle \limits \nolimits \nonumber \notag".split(" ")
) | {"\\ ", "\\\n"}
_SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\dbinom": r"\binom", r"\tbinom": r"\binom",
    r"\ge": r"\geq", r"\le": r"\leq", r"\ne": r"\neq", r"\to": r"\rightarrow", r"\gets": r"\leftarrow",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\lVert": r"\|",
    r"\rVert": r"\|", r"\Vert": r"\|", r"\land": r"\wedge", r"\lor": r"\vee", r"\lnot": r"\neg", r"\ast": "*",
    r"\dots": r"\ldots", r"\varnothing": r"\emptyset", r"\operatorname*": r"\operatorname", r"\mbox": r"\text",
    r"\textrm": r"\text", r"\textbf": r"\mathbf", r"\bf": r"\mathbf", r"\rm": r"\mathrm", r"\prime": "'",
}  # fmt: skip


def check_formula_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold formula, or None."""
    golds = _texts(gold)
    if not golds:
        return f"the gold answer must be LaTeX or a list of alternatives, got {gold!r:.60}"
    for one in golds:
        if len(one) > MAX_GOLD:
            return f"the gold formula has {len(one)} characters; at most {MAX_GOLD} are compared"
        if not latex_tokens(one):
            return "the gold formula is empty"
    return None


def quick_ocr_formula(answer: str, gold: Any, **params: Any) -> float | Verdict | None:
    """Decide all but very long formulas; None leaves those to the worker."""
    golds = _texts(gold)
    if faults := [fault for one in golds if (fault := too_long(answer, one))]:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=faults[0])
    return ocr_formula(answer, gold, **params) if all(is_quick(answer, one) for one in golds) else None


@reward(
    "ocr_formula",
    domains=["ocr.formula"],
    runs="worker",
    quick=quick_ocr_formula,
    check_gold=check_formula_gold,
)
def ocr_formula(answer: str, gold: Any, *, exact: bool = False, unit: Unit = "character") -> float | Verdict:
    """A formula read from an image: 1 - edit distance / longer length, after LaTeX is written in one way.

    Spacing, `\\left`, `\\dfrac` for `\\frac`, braces around one sign and the like do not count; what is printed does.
    exact: pay for the same formula only. unit: of the edit distance, `character` or `token` (a command is one token).
    """
    found = latex_tokens(answer)
    return max(_similarity(found, latex_tokens(one), exact, unit) for one in _texts(gold))


def _similarity(answer: list[str], gold: list[str], exact: bool, unit: Unit) -> float:
    if exact:
        return float(answer == gold)
    return edit_similarity(answer, gold) if unit == "token" else edit_similarity("".join(answer), "".join(gold))


def latex_tokens(text: str) -> list[str]:
    """Return the tokens of a formula in one spelling: commands, braces and single signs, no spacing."""
    tokens = [_SAME.get(token, token) for token in _TOKEN.findall(unwrap(text)) if token not in _DROPPED]
    return _without_idle_braces(tokens)


def _without_idle_braces(tokens: list[str]) -> list[str]:
    """Take the braces off single signs (`x^{2}` is `x^2`) and off groups in groups (`{{x+1}}` is `{x+1}`)."""
    result: list[str] = []
    opened: list[int] = []
    last_group = (0, 0)
    for token in tokens:
        result.append(token)
        if token == "{":
            opened.append(len(result) - 1)
        elif token == "}" and opened:
            start = opened.pop()
            if len(result) - start == 3 or last_group == (start + 1, len(result) - 2):
                result[start:] = result[start + 1 : -1]
            last_group = (start, len(result) - 1)
    return result


def _texts(gold: Any) -> list[str]:
    values = gold if isinstance(gold, list | tuple) else [gold]
    return [] if any(not isinstance(value, str) for value in values) else [str(value) for value in values]
