"""The verifier `instruction`: does a text follow verifiable instructions (IFEval, arXiv 2311.07911)?"""

from __future__ import annotations

from typing import Any, Literal

from rewards.instructions import NEEDS_LANGUAGE, Instruction, Mode, read_instructions
from rlcs.records import Status, Verdict
from rlcs.reward_registry import reward

Credit = Literal["fraction", "all"]

MAX_CHARACTERS = 65_536


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
