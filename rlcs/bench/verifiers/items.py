"""Generated answers for every verifier, each of its own kind: half of them right, half wrong, all different.

A generator gets a random source and whether the answer shall be right; what "right" means is the verifier's business,
so that a benchmark also shows a verifier that pays nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

WORDS = (
    "river stone market winter garden letter copper signal harbour window engine forest silver paper bridge "
    "candle valley mirror thunder blanket orchard meadow lantern compass"
).split()
NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An answer to judge."""

    answer: str
    gold: Any
    is_right: bool
    question: str = ""
    params: dict[str, Any] = field(default_factory=dict)


Generator = Callable[[random.Random, bool], Item]


def make_items(name: str, count: int, *, seed: int = 0) -> list[Item]:
    """Return `count` items for a verifier; KeyError when there is no generator for it."""
    return generate(GENERATORS[name], count, seed=seed)


def generate(make: Generator, count: int, *, seed: int = 0) -> list[Item]:
    """Return `count` items, right and wrong in turn; the same for the same seed."""
    source = random.Random(seed)
    return [make(source, number % 2 == 0) for number in range(count)]


def integer(source: random.Random, is_right: bool) -> Item:
    """A whole number against a whole number."""
    gold = source.randrange(10**6)
    return Item(answer=str(gold if is_right else gold + 1), gold=str(gold), is_right=is_right)


def fraction(source: random.Random, is_right: bool) -> Item:
    """A LaTeX fraction against a reduced one."""
    gold = Fraction(source.randrange(1, 1000), source.randrange(2, 1000))
    factor, extra = source.randrange(2, 9), 0 if is_right else 1
    answer = rf"\frac{{{gold.numerator * factor + extra}}}{{{gold.denominator * factor}}}"
    return Item(answer=answer, gold=rf"\frac{{{gold.numerator}}}{{{gold.denominator}}}", is_right=is_right)


def formula(source: random.Random, is_right: bool) -> Item:
    """An expanded square against its factored form: algebra has to decide."""
    slope, shift = source.randrange(2, 100), source.randrange(1, 100)
    middle = 2 * slope * shift + (0 if is_right else 1)
    answer = f"{slope**2}x^2+{middle}x+{shift**2}"
    return Item(answer=answer, gold=f"({slope}x+{shift})^2", is_right=is_right)


def printed_formula(source: random.Random, is_right: bool) -> Item:
    """A formula as it is printed, or another."""
    gold, other = formula(source, True), formula(source, True)
    return Item(answer=gold.answer if is_right else other.gold, gold=gold.answer, is_right=is_right)


def mathematics(source: random.Random, is_right: bool) -> Item:
    """One of the three kinds above."""
    return source.choice((integer, fraction, formula))(source, is_right)


def quantity(source: random.Random, is_right: bool) -> Item:
    """A length in another unit than the gold's."""
    metres = source.randrange(100, 10**6)
    return Item(answer=f"{metres / (1000 if is_right else 100)} km", gold=f"{metres} m", is_right=is_right)


def compound(source: random.Random, is_right: bool) -> Item:
    """The formula of an alkane, with and without markup."""
    carbon = source.randrange(1, 400)
    hydrogen = 2 * carbon + (2 if is_right else 3)
    return Item(answer=f"C_{{{carbon}}}H_{{{hydrogen}}}", gold=f"C{carbon}H{2 * carbon + 2}", is_right=is_right)


def letter(source: random.Random, is_right: bool) -> Item:
    """One of four options printed in the question."""
    texts = source.sample(WORDS, 4)
    place = source.randrange(4)
    question = "Which one? " + " ".join(f"({label}) {text}" for label, text in zip("ABCD", texts, strict=True))
    label = "ABCD"[place if is_right else (place + 1) % 4]
    return Item(answer=f"({label})", gold="ABCD"[place], is_right=is_right, question=question)


def count(source: random.Random, is_right: bool) -> Item:
    """A small number in words, with the thing that was counted."""
    gold = source.randrange(1, 12)
    answer = f"{NUMBER_WORDS[gold if is_right else gold + 1]} {source.choice(WORDS)}s"
    return Item(answer=answer, gold=str(gold), is_right=is_right)


def measurement(source: random.Random, is_right: bool) -> Item:
    """A number near the gold, within the tolerance or far from it."""
    gold = round(source.uniform(10, 1000), 3)
    return Item(
        answer=f"{gold * (1.004 if is_right else 1.4):.4f}", gold=str(gold), is_right=is_right, params={"rel_tol": 0.01}
    )


def boxes(source: random.Random, is_right: bool) -> Item:
    """Three boxes in another order, or all of them elsewhere."""
    gold = [[x, y, x + 80, y + 60] for x, y in ((source.randrange(400), source.randrange(400)) for _ in range(3))]
    shift = 0 if is_right else 450
    answer = [[x + shift, y + shift, right + shift, bottom + shift] for x, y, right, bottom in reversed(gold)]
    return Item(answer=json.dumps(answer), gold=gold, is_right=is_right)


def point(source: random.Random, is_right: bool) -> Item:
    """A point in the middle of a box, or beside it."""
    x, y = source.randrange(400), source.randrange(400)
    shift = 40 if is_right else 450
    return Item(answer=f"[{x + shift}, {y + shift}]", gold=[x, y, x + 80, y + 80], is_right=is_right)


def points(source: random.Random, is_right: bool) -> Item:
    """One point for the one box of a list."""
    item = point(source, is_right)
    return Item(answer=f"[{item.answer}]", gold=[item.gold], is_right=is_right)


def prose(source: random.Random, is_right: bool) -> Item:
    """Twenty words as they are, or in reverse."""
    words = source.choices(WORDS, k=20)
    return Item(answer=" ".join(words if is_right else words[::-1]), gold=" ".join(words), is_right=is_right)


def phrase(source: random.Random, is_right: bool) -> Item:
    """Three words, or three others."""
    words = source.sample(WORDS, 6)
    return Item(answer=" ".join(words[:3] if is_right else words[3:]), gold=" ".join(words[:3]), is_right=is_right)


def table(source: random.Random, is_right: bool) -> Item:
    """A table of four by four cells."""
    cells = [[str(source.randrange(1000)) for _ in range(4)] for _ in range(4)]
    other = cells if is_right else [[str(source.randrange(1000, 9999)) for _ in range(4)] for _ in range(4)]
    return Item(answer=_html(other), gold=_html(cells), is_right=is_right)


def tap(source: random.Random, is_right: bool) -> Item:
    """A click of a desktop agent at the gold point, or far from it."""
    x, y = source.randrange(400), source.randrange(400)
    gold = f"left_click(start_box='[{x},{y}]')"
    answer = gold if is_right else f"left_click(start_box='[{x + 500},{y + 500}]')"
    return Item(answer=answer, gold=gold, is_right=is_right, params={"actions": "desktop"})


def span(source: random.Random, is_right: bool) -> Item:
    """A span of seconds, or one after its end."""
    start = source.randrange(500)
    length = source.randrange(5, 60)
    shift = 0 if is_right else length + 1
    return Item(answer=f"{start + shift} - {start + shift + length}", gold=[start, start + length], is_right=is_right)


def place(source: random.Random, is_right: bool) -> Item:
    """Coordinates, or those of the other side of the Earth."""
    latitude, longitude = round(source.uniform(-60, 60), 4), round(source.uniform(0, 179), 4)
    answer = (latitude, longitude) if is_right else (-latitude, longitude - 180)
    return Item(answer=f"({answer[0]}, {answer[1]:.4f})", gold=[latitude, longitude], is_right=is_right)


def text_to_instructions(source: random.Random, is_right: bool) -> Item:
    """A hundred words under three instructions."""
    words = " ".join(source.choices(WORDS, k=100)) + "."
    gold = [
        {"id": "length_constraints:number_words", "kwargs": {"num_words": 90, "relation": "at least"}},
        {"id": "punctuation:no_comma", "kwargs": {}},
        {"id": "keywords:existence", "kwargs": {"keywords": [words.split()[0]]}},
    ]
    return Item(answer=words if is_right else "short, " + words[:8], gold=gold, is_right=is_right)


def program(source: random.Random, is_right: bool) -> Item:
    """A program of two lines against three tests."""
    added = source.randrange(10**6)
    given = [source.randrange(1000) for _ in range(3)]
    gold = {"inputs": [f"{one}\n" for one in given], "outputs": [f"{one + added}\n" for one in given]}
    answer = f"```python\nnumber = int(input())\nprint(number + {added + (not is_right)})\n```"
    return Item(answer=answer, gold=gold, is_right=is_right)


def web_page(source: random.Random, is_right: bool) -> Item:
    """One of four pages of a heading, a button and four paragraphs, in other markup; or one with other words."""
    gold = _page(random.Random(source.randrange(4)))
    answer = gold if is_right else _page(source)
    answer = answer.replace("<p>", f"<div class=p id=p{source.randrange(10**9)}>").replace("</p>", "</div>")
    return Item(answer=f"```html\n{answer}\n```", gold=gold, is_right=is_right)


def _page(source: random.Random) -> str:
    colour = f"#{source.randrange(0x1000000):06x}"
    title, button = (" ".join(source.sample(WORDS, 3)) for _ in range(2))
    paragraphs = "".join(f"<p>{' '.join(source.choices(WORDS, k=20))}.</p>" for _ in range(4))
    style = f"body{{margin:{source.randrange(60)}px;font-family:sans-serif}}button{{background:{colour};padding:12px}}"
    style += ".p{margin:1em 0}"
    return f"<!doctype html><style>{style}</style><h1>{title}</h1><button>{button}</button>{paragraphs}"


def _html(cells: list[list[str]]) -> str:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    return f"<table>{rows}</table>"


def chain_sum(source: random.Random, is_right: bool) -> Item:
    """The answer to a sum of Reasoning Gym."""
    item = integer(source, is_right)
    return Item(answer=item.answer, gold=item.gold, is_right=is_right, params={"dataset": "chain_sum"})


GENERATORS: dict[str, Generator] = {
    "math": mathematics,
    "physics": quantity,
    "chemistry": compound,
    "choice": letter,
    "counting": count,
    "numeric": measurement,
    "grounding_box": boxes,
    "grounding_point": points,
    "ocr_text": prose,
    "ocr_table": table,
    "ocr_formula": printed_formula,
    "chart": measurement,
    "document": phrase,
    "gui_action": tap,
    "gui_point": point,
    "temporal_iou": span,
    "geo": place,
    "logic": phrase,
    "instruction": text_to_instructions,
    "code": program,
    "webpage": web_page,
    "text_match": phrase,
    "reasoning_gym": chain_sum,
}
"""By the name of the verifier."""
