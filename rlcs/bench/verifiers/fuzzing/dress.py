"""Words and marks around an answer: those that leave its meaning alone, and those that spoil any answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from rlcs.bench.verifiers.fuzzing.cases import Wording


def around(*forms: str) -> Wording:
    """Return the wording by one of some forms; `…` stands for the answer."""
    return lambda text, source: source.choice(forms).replace("…", text)


def in_one_piece(wording: Wording) -> Wording:
    """Return a wording for answers that TeX would take: no formula in dollars or a box, no Chinese, no line break."""

    def word(text: str, source: Random) -> str | None:
        is_fit = not any(mark in text for mark in ("$", "\n", r"\(", r"\[", r"\boxed", r"\fbox", "*", "`"))
        return wording(text, source) if is_fit and all(ord(one) < 0x3000 for one in text) else None

    return word


def first(wording: Wording) -> Wording:
    """Return a wording for answers without a relation of their own."""
    return lambda text, source: None if re.search(r"[=≈<>]|approx", text) else wording(text, source)


def not_zero(wording: Wording) -> Wording:
    """Return a wording for answers that hold another digit than 0: factors change nothing of 0."""
    return lambda text, source: wording(text, source) if re.search("[1-9１-９一-九½]", text) else None


SPACE: Mapping[str, Wording] = {
    "space around": around(" …", "… ", "  …  ", "\n…\n", "\t…"),
    "no-break space around": around("\u00a0…", "…\u00a0", "\u3000…"),
    "zero width": around("\u200b…", "…\u200b", "\ufeff…"),
}
"""What any verifier but those of printed text passes over."""
FULL_STOP: Mapping[str, Wording] = {"full stop": around("….", "…。")}
MARKDOWN: Mapping[str, Wording] = {
    "bold in Markdown": lambda text, source: None if "*" in text or "\n" in text else f"**{text}**"
}
MATHEMATICS: Mapping[str, Wording] = {
    "$": in_one_piece(around("$…$", "$ … $")),
    "$$": in_one_piece(around("$$…$$")),
    r"\( \)": in_one_piece(around(r"\(…\)", r"\( … \)")),
    r"\[ \]": in_one_piece(around(r"\[…\]")),
    "boxed": in_one_piece(around(r"\boxed{…}", r"$\boxed{…}$", r"\fbox{…}")),
}
LOOK: Mapping[str, Wording] = {
    "bold": in_one_piece(around(r"\mathbf{…}", r"\boldsymbol{…}", r"\bm{…}")),
    "display style": in_one_piece(around(r"\displaystyle …", r"{\displaystyle …}")),
    "size": in_one_piece(around(r"\large …", r"\Large{…}")),
    "colour": in_one_piece(around(r"\color{red}{…}", r"\textcolor{blue}{…}", r"{\color{blue}…}")),
    "underlined": in_one_piece(around(r"\underline{…}")),
    "braces": in_one_piece(around("{…}")),
    "tex spaces": in_one_piece(around(r"\,…", r"…\,", r"\; … \;", r"…\quad", r"\ …", r"\!…")),
    "empty group": in_one_piece(around("{}…")),
}
"""TeX and Markdown that change only the look."""
PLAIN_LOOK: Mapping[str, Wording] = {
    "text": in_one_piece(around(r"\text{…}", r"\textbf{…}", r"\mathrm{…}", r"\mbox{…}")),
    **MARKDOWN,
}
"""The same for answers that are words or plain numbers."""
RELATIONS: Mapping[str, Wording] = {
    "relation in front": first(around("= …", "=…")),
    "approximately": first(around(r"\approx …", "≈ …", r"x \approx …")),
    "name in front": first(around("x = …", "n=…", "A = …", "S = …", r"\theta = …")),
    "name with index in front": first(around("x_1 = …", "a_{10} = …", r"S_{\triangle ABC} = …", r"v_{\text{max}} = …")),
    "function in front": first(around("f(2) = …", r"P(A) = …", r"f(x_0) = …", r"P(A \cap B) = …", r"|AB| = …")),
    "words in front": first(
        around(r"\text{Area} = …", r"\text{Total cost} = …", r"\angle ABC = …", r"\overline{AB} = …")
    ),
}
"""For answers that are numbers: whose value they are."""
PROSE: Mapping[str, Wording] = {
    "the answer is": around("So we add them. The answer is ….", "Thus the final answer is ….", "The answer is: …"),
    "answer colon": around("We count.\n\nAnswer: …", "**Answer:** …", "Final Answer: …", "**Final answer**: …"),
    "four hashes": around("3 and 4 make it.\n#### …", "#### …"),
    "in bold": around("The answer is **…**.", "The final answer is $\\boxed{…}$."),
    "therefore": around("Therefore, the answer is ….", "Hence, the answer is $…$."),
    "in Chinese": around("所以答案是…。", "答案：…", "因此，答案为…。", "最终答案：…"),
}
"""Running text around the final answer."""
DOUBTS: Mapping[str, Wording] = {
    "or another": around("… or 987", r"… \text{ or } 987", "987 or …", "…或987"),
    "and another": around("…, 987", "…; 987", "… and 987"),
    "not": around("not …", "不是…"),
    "a question": around("is it …?", "maybe …"),
    "a range": around("between … and 987", "… to 987"),
    "and more": around("z + …", "… + 987", "… + C", "… - z"),
}
"""Hedges, lists and additions that make a right answer none. 987 is drawn by no domain as often as to matter."""
FACTORS: Mapping[str, Wording] = {
    "times something": not_zero(around("…y", r"… \cdot 7", "7 * (…)", "-(…)")),
    "thousands": not_zero(around("… thousand", "… million", r"… \text{ dozen}", "…万", "… bn", "… hundred")),
    "a hundredth": not_zero(around(r"…\%", "… percent")),
}
"""What makes another number of every number but 0."""
FORMULA_DOUBTS: Mapping[str, Wording] = {
    "or another": DOUBTS["or another"],
    "and another": around("…, 987", "… and 987"),
    "a constant more": around("… + C", "… + 987"),
    "a derivative": around("(…)'", r"\frac{d}{dx}(…)", r"\left(…\right)''"),
    "an integral": around(r"\int (…) \, dx", r"\int_0^1 (…) \, dx"),
    "a transpose": around("(…)^T", r"(…)^{\mathrm{T}}"),
    "an equation": around("… = 987", "… > 987", r"… \ne 0"),
    "negative": around("-(…)"),
}
"""What makes another thing of every formula with letters."""
