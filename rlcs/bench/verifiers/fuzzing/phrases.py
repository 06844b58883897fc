"""Golds made of templates: what can be said in several ways that no structure gives, and what is nearly the same.

A family is a gold, other texts that mean the same, and texts that do not. `<a>`, `<b>`, `<c>` and `<d>` are different
numbers; a changed number is a change too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing.cases import RIGHT, Domain

PLACE = re.compile("<([abcd])>")
_MARK = re.compile(r"\s(==|!=)\s")
_OPTIONS = re.compile(r"\[((?:low|high)=[^\]]*)\]\n")


@dataclass(frozen=True, slots=True)
class Family:
    """Texts around the same gold."""

    gold: Any
    """A template, or a record (list or mapping) of templates."""
    same: Sequence[str]
    other: Sequence[str]
    params: tuple[tuple[str, Any], ...] = ()
    low: int = 2
    high: int = 60
    question: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A family with its numbers; `text` is what an answer says, where it is not one of the same."""

    family: int
    numbers: tuple[int, ...]
    text: str | None = None


def families(text: str, params: tuple[tuple[str, Any], ...] = ()) -> list[Family]:
    """Read families from text: a gold, `== same` … and `!= other` …, parted by empty lines; ⏎ is a line break.

    A first line `[low=3 high=9]` says between which numbers those of the templates are drawn.
    """
    return [_family(block, params) for block in text.strip().split("\n\n")]


def _family(block: str, params: tuple[tuple[str, Any], ...]) -> Family:
    options = _OPTIONS.match(block)
    pairs = [one.split("=") for one in options[1].split()] if options else []
    limits: dict[str, Any] = {str(name): int(value) for name, value in pairs}
    gold, *rest = _MARK.split(block[options.end() if options else 0 :])
    texts = [gold, *rest[1::2]]
    gold, *others = (one.strip().replace("⏎", "\n") for one in texts)
    marked = list(zip(rest[::2], others, strict=True))
    same = [gold, *(one for mark, one in marked if mark == "==")]
    return Family(gold, same, [one for mark, one in marked if mark == "!="], params, **limits)


def filled(template: Any, numbers: Sequence[int]) -> Any:
    """Put the numbers into a template, or into every text of a record."""
    if isinstance(template, str):
        return PLACE.sub(lambda match: str(numbers["abcd".index(match[1])]), template)
    if isinstance(template, list):
        return [filled(one, numbers) for one in template]
    if isinstance(template, dict):
        return {filled(key, numbers): filled(one, numbers) for key, one in template.items()}
    return template


def phrases(
    name: str, verifier: str, families: Sequence[Family], *, most: float = 0.0, **settings: Any
) -> Domain[Phrase]:
    """Return the domain of some families; `most` is what an answer that says something else may pay at most."""
    spellings = {f"spelling {place}": _spelling(families, place) for place in range(max(map(_count, families)))}
    return Domain(
        name=f"{verifier}: {name}",
        verifier=verifier,
        draw=lambda source: _draw(families, source),
        gold=lambda phrase: filled(families[phrase.family].gold, phrase.numbers),
        spellings=spellings,
        changes={"another text": lambda one, source: _other(families, one, source), "a number": lambda one,
        source: _moved(families, one, source)},
        pays=lambda meant, gold: RIGHT if meant == gold else (0.0, most),
        params=lambda phrase: dict(families[phrase.family].params),
        question=lambda phrase: families[phrase.family].question,
        **settings,
    )  # fmt: skip


def _count(family: Family) -> int:
    return len(family.same)


def _draw(families: Sequence[Family], source: Random) -> Phrase:
    place = source.randrange(len(families))
    family = families[place]
    return Phrase(place, tuple(source.sample(range(family.low, family.high), 4)))


def _spelling(families: Sequence[Family], place: int) -> Any:
    def write(phrase: Phrase, source: Random) -> str | None:
        if phrase.text is not None:
            return phrase.text if place == 0 else None
        same = families[phrase.family].same
        return filled(same[place], phrase.numbers) if place < len(same) else None

    return write


def _other(families: Sequence[Family], phrase: Phrase, source: Random) -> Phrase | None:
    other = families[phrase.family].other
    text = filled(source.choice(other), phrase.numbers) if other else None
    return Phrase(phrase.family, phrase.numbers, text) if text is not None else None


def _moved(families: Sequence[Family], phrase: Phrase, source: Random) -> Phrase | None:
    """Another number in one place that the gold has."""
    places = sorted(set(PLACE.findall(str(families[phrase.family].gold))))
    if not places:
        return None
    at = "abcd".index(source.choice(places))
    numbers = [one + (families[phrase.family].high if place == at else 0) for place, one in enumerate(phrase.numbers)]
    return Phrase(phrase.family, tuple(numbers))
