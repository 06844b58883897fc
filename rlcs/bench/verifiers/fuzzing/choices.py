"""Golds that are options of a question, one or several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Domain, Spelling, Wording, exactly
from rlcs.bench.verifiers.items import WORDS

LETTERS = "ABCD"
FULL_WIDTH = str.maketrans("ABCD", "ＡＢＣＤ")


@dataclass(frozen=True, slots=True)
class Pick:
    """Four options, and the letters picked, in rising order."""

    options: tuple[str, ...]
    letters: str


def draw_one(source: Random) -> Pick:
    """One of four options of a word each."""
    return Pick(tuple(source.sample(WORDS, 4)), source.choice(LETTERS))


def draw_some(source: Random) -> Pick:
    """Two or three of four."""
    return Pick(tuple(source.sample(WORDS, 4)), "".join(sorted(source.sample(LETTERS, source.choice((2, 2, 3))))))


def question(pick: Pick) -> str:
    """Return the question with its options, one a line."""
    return "Which?\n" + "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, pick.options, strict=True))


def text_of(pick: Pick) -> str:
    """Return the text of the (first) option picked."""
    return pick.options[LETTERS.index(pick.letters[0])]


def form(template: str) -> Spelling[Pick]:
    """Return a spelling: L stands for the letter, l for the small one, … for its text."""

    def write(pick: Pick, source: Random) -> str | None:
        if len(pick.letters) > 1 and "…" in template:
            return None
        return template.replace("<L>", pick.letters).replace("<l>", pick.letters.lower()).replace("…", text_of(pick))

    return write


def separated(separator: str, around: str = "…", *, is_mixed: bool = False) -> Spelling[Pick]:
    """Return a spelling of several letters."""

    def write(pick: Pick, source: Random) -> str:
        letters = source.sample(pick.letters, len(pick.letters)) if is_mixed else list(pick.letters)
        return around.replace("…", separator.join(letters))

    return write


def listed_with_texts(pick: Pick, source: Random) -> str:
    """A. river, C. stone."""
    return ", ".join(f"{one}. {pick.options[LETTERS.index(one)]}" for one in pick.letters)


def another(pick: Pick, source: Random) -> Pick:
    """Another letter."""
    return replace(pick, letters=source.choice([one for one in LETTERS if one not in pick.letters]))


def one_more(pick: Pick, source: Random) -> Pick | None:
    """A letter more."""
    rest = [one for one in LETTERS if one not in pick.letters]
    return replace(pick, letters="".join(sorted(pick.letters + source.choice(rest)))) if rest else None


def one_less(pick: Pick, source: Random) -> Pick | None:
    """Without one of the letters."""
    return replace(pick, letters=pick.letters[1:]) if len(pick.letters) > 1 else None


ONE: dict[str, Spelling[Pick]] = {
    "letter": form("<L>"), "brackets": form("(<L>)"), "point": form("<L>."), "bracket after": form("<L>)"),
    "small": form("<l>"), "with text": form("<L>. …"), "brackets with text": form("(<L>) …"), "colon": form("<L>: …"),
    "text": form("…"), "upper text": lambda pick, _: text_of(pick).capitalize() if len(pick.letters) == 1 else None,
    "option": form("Option <L>"),
    "tex text": form(r"\text{<L>}"), "tex text in brackets": form(r"\text{(<L>)}"),
    "tex and text": form(r"<L>: \text{…}"),
    "mathrm": form(r"\mathrm{<L>}"), "bold": form(r"\textbf{<L>}"), "markdown": form("**<L>**"),
    "markdown with text": form("**<L>. …**"), "Chinese": form("选<L>"), "Chinese option": form("选项<L>"),
    "Chinese answer": form("答案：<L>"), "sentence": form("The answer is <L>"), "answer colon": form("Answer: <L>"),
    "full width": lambda pick, _: pick.letters.translate(FULL_WIDTH), "dollars": form("$<L>$"),
    "choice": form("choice <L>"), "square": form("[<L>]"),
    "sentence with brackets": form("The correct option is (<L>)."),
    "tex boxed": form(r"\boxed{<L>}"),
}  # fmt: skip
SOME: dict[str, Spelling[Pick]] = {
    "commas": separated(", "), "tight": separated(""), "tight commas": separated(","), "spaces": separated(" "),
    "any order": separated(", ", is_mixed=True), "and": separated(" and "), "brackets": separated(", ", "(…)"),
    "each in brackets": separated("), (", "(…)"), "set": separated(", ", r"\{…\}"), "text": separated(", ",
    r"\text{…}"),
    "enumeration comma": separated("、"), "slashes": separated("; "), "with texts": listed_with_texts,
    "Chinese": separated("", "选…"), "answer": separated(", ", "Answer: …"), "tex and": separated(r" \text{ and } "),
    "full-width commas": separated("，"), "JSON": separated('", "', '["…"]'),
}  # fmt: skip
SPOILED: dict[str, Wording] = {
    "or another": dress.around("… or E", "…/B or A/…", "A or … or B or C"),
    "not": dress.around("not …", "It cannot be …", "不是…", "anything but …"),
    "all": dress.around("A, B, C, D", "…, or all of them"),
}


def is_same(meant: Pick, gold: Pick) -> bool:
    """Tell whether the same letters are picked."""
    return meant.letters == gold.letters


SAME = exactly(is_same)
AROUND = {**dress.FULL_STOP, **dress.SPACE}
PROSE: dict[str, Spelling[Pick]] = {
    "letter": form("The answer is <L>."), "answer line": form("B seems odd, A is worse.\n\nAnswer: <L>"),
    "bold": form("We compare.\n**Answer: <L>**"), "final": form("A and D differ.\nFinal answer: <L>."),
    "bold with text": form("So the correct option is **<L>. …**."), "Chinese": form("经过分析，答案是<L>。"),
    "boxed": form(r"Therefore $\boxed{<L>}$."), "correct answer": form("The correct answer is (<L>)."),
}  # fmt: skip

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="choice: one", verifier="choice", draw=draw_one, gold=lambda pick: pick.letters, spellings=ONE,
        changes={"another": another, "one more": one_more}, pays=SAME, wordings=AROUND, hedges=SPOILED,
        question=question,
    ),
    Domain(
        name="choice: several", verifier="choice", draw=draw_some, gold=lambda pick: list(pick.letters), spellings=SOME,
        changes={"another": another, "one more": one_more, "one less": one_less}, pays=SAME, wordings=AROUND,
        question=question, params=lambda _: {"multiple": True},
    ),
    Domain(
        name="choice: prose", verifier="choice", draw=draw_one, gold=lambda pick: pick.letters, spellings=PROSE,
        changes={"another": another}, pays=SAME, question=question, is_prose=True,
    ),
]  # fmt: skip
