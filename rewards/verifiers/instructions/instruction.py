"""The verifier `instruction`: does a text follow verifiable instructions (IFEval, arXiv 2311.07911)?

The gold answer read, the table of checks, the strict and the loose reading.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rewards.registry import reward
from rewards.verifiers.instructions import checks
from rlcs.errors import nearest
from rlcs.records import Status, Verdict

Credit = Literal["fraction", "all"]
MAX_CHARACTERS = 65_536
Mode = Literal["strict", "loose"]
Check = Callable[..., bool]
MAX_INSTRUCTIONS = 32
NAMES = {
    "keywords": ("existence", "frequency", "forbidden_words", "letter_frequency", "key_sentences"),
    "length_constraints": ("number_sentences", "number_paragraphs", "number_words", "nth_paragraph_first_word"),
    "detectable_content": ("number_placeholders", "postscript", "rephrase_paragraph", "rephrase"),
    "detectable_format": (
        "number_bullet_lists", "constrained_response", "number_highlighted_sections", "multiple_sections",
        "json_format", "title",
    ),
    "combination": ("two_responses", "repeat_prompt"),
    "startend": ("end_checker", "quotation"),
    "multi-turn": ("constrained_start",),
    "change_case": ("capital_word_frequency", "english_capital", "english_lowercase"),
    "punctuation": ("no_comma",),
    "language": ("response_language",),
}  # fmt: skip
"""The ids of IFEval, by group: `keywords:existence`."""
CHECKS: dict[str, Check] = {name: getattr(checks, name) for names in NAMES.values() for name in names}
ALIASES = {
    "include_keywords": "existence",
    "keyword_frequency": "frequency",
    "exact_number_bullet_points": "number_bullet_lists",
    "minimum_number_highlighted_sections": "number_highlighted_sections",
}
"""Other names in use for the same checks."""
NEEDS_LANGUAGE = frozenset({"response_language", "english_capital", "english_lowercase"})


def check_instruction_gold(gold: Any) -> str | None:
    """Return what is wrong with the instructions, or None."""
    try:
        read_instructions(gold)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def quick_instruction(
    answer: str, gold: Any, *, mode: Mode = "strict", credit: Credit = "fraction"
) -> float | Verdict | None:
    """Decide at once unless an instruction is about the language, which needs a model."""
    if len(answer) > MAX_CHARACTERS:
        return Verdict(
            score=0.0, status=Status.OVER_LIMIT, message=f"the answer is longer than {MAX_CHARACTERS} characters"
        )
    instructions = read_instructions(gold)
    if any(one.name in NEEDS_LANGUAGE for one in instructions):
        return None
    return _judge(answer, instructions, mode, credit)


@reward(
    "instruction",
    domains=["instruction"],
    box="none",
    runs="worker",
    quick=quick_instruction,
    check_gold=check_instruction_gold,
    preload=("py3langid",),
    gold_is_answer=False,
)
def instruction(answer: str, gold: Any, *, mode: Mode = "strict", credit: Credit = "fraction") -> float | Verdict:
    """Instructions that can be verified: the checks of IFEval, named by the gold answer with their arguments.

    mode: `strict` takes the answer as it is; `loose` forgives a first or last line and asterisks that only dress it.
    credit: `fraction` pays the share of instructions followed, `all` pays 1 when every one is.
    """
    return _judge(answer, read_instructions(gold), mode, credit)


def _judge(answer: str, instructions: list[Instruction], mode: Mode, credit: Credit) -> Verdict:
    followed = [one.is_followed(answer, mode) for one in instructions]
    share = sum(followed) / len(followed)
    score = share if credit == "fraction" else float(all(followed))
    missed = ", ".join(one.name for one, is_followed in zip(instructions, followed, strict=True) if not is_followed)
    status = Status.CORRECT if all(followed) else Status.PARTIAL if score > 0 else Status.INCORRECT
    message = f"not followed: {missed}"[:200] if missed else ""
    return Verdict(score=score, status=status, components={"instructions_followed": share}, message=message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """One instruction to follow. Example: name "number_words", kwargs {"num_words": 50, "relation": "at least"}."""

    name: str
    kwargs: Mapping[str, Any]

    def is_followed(self, text: str, mode: Mode) -> bool:
        """Tell whether the text follows it; loose: whether the text does without a line or marks that only dress it."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        variants = loose_variants(text) if mode == "loose" else [text]
        return any(one.strip() and CHECKS[self.name](one, **self.kwargs) for one in variants)


def read_instructions(gold: Any) -> list[Instruction]:
    """Read a gold answer; ValueError tells what is wrong with it.

    One `{"id": ID, "kwargs": {…}}` (also `instruction_id`), a list of those, or a row of IFEval:
    `{"instruction_id_list": […], "kwargs": [{…}, …]}`; also as JSON text. What is None in kwargs does not count.
    """
    record = json.loads(gold) if isinstance(gold, str) else gold
    if isinstance(record, Mapping) and "instruction_id_list" in record:
        names, kwargs = record["instruction_id_list"], record.get("kwargs") or []
        if not isinstance(names, list) or not isinstance(kwargs, list) or len(names) != len(kwargs):
            raise ValueError("instruction_id_list and kwargs must be lists of the same length")
        record = [{"id": name, "kwargs": one} for name, one in zip(names, kwargs, strict=True)]
    records = [record] if isinstance(record, Mapping) else record
    if not isinstance(records, list) or not 0 < len(records) <= MAX_INSTRUCTIONS:
        raise ValueError(f"expected a list of 1 to {MAX_INSTRUCTIONS} instructions, each with id and kwargs")
    return [_read(one) for one in records]


def loose_variants(text: str) -> list[str]:
    """Return the eight texts of the loose reading: without the first line, the last, both; each without asterisks."""
    lines = text.split("\n")
    cuts = [text, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [*cuts, *(cut.replace("*", "") for cut in cuts)]


def _read(record: Any) -> Instruction:
    name = record.get("id", record.get("instruction_id")) if isinstance(record, Mapping) else None
    if not isinstance(name, str):
        raise ValueError(f"expected an object with id and kwargs, got {record!r:.60}")
    short = name.rpartition(":")[2]
    short = ALIASES.get(short, short)
    if short not in CHECKS:
        guess = nearest(short, CHECKS)
        raise ValueError(f"unknown instruction {name!r}" + (f": did you mean {guess!r}?" if guess else ""))
    kwargs = record.get("kwargs") or {}
    if not isinstance(kwargs, Mapping):
        raise ValueError(f"kwargs of {name!r} are {kwargs!r:.40}; expected an object")
    given = {key: _one_line_end(value) for key, value in kwargs.items() if value is not None}
    _check_kwargs(name, CHECKS[short], given)
    return Instruction(name=short, kwargs=given)


def _one_line_end(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _check_kwargs(name: str, check: Check, given: Mapping[str, Any]) -> None:
    """Raise ValueError unless the check takes these keywords with values of these kinds."""
    parameters = dict(list(inspect.signature(check, eval_str=True).parameters.items())[1:])
    for key, value in given.items():
        if key not in parameters:
            raise ValueError(f"{name!r} takes no {key!r}; it takes {', '.join(parameters) or 'nothing'}")
        if not _fits(parameters[key].annotation, value):
            raise ValueError(f"{key!r} of {name!r} is {value!r:.40}")
    missing = [key for key, one in parameters.items() if one.default is one.empty and key not in given]
    if missing:
        raise ValueError(f"{name!r} needs {', '.join(missing)}")


def _fits(kind: Any, value: Any) -> bool:
    if kind is int:
        return type(value) is int and value >= 0
    if kind is str:
        return isinstance(value, str) and bool(value.strip())
    if kind is checks.Relation:
        return value in checks.RELATIONS
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one.strip() for one in value)
