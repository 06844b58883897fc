"""The verifier `chemistry`: formulas, equations, structures, names and quantities, each by its own rule.

Which rule is declared, or decided from the gold; never from what the model wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from rewards.registry import reward
from rewards.verifiers.mathematics.limits import over_limit
from rewards.verifiers.mathematics.math_answer import alternatives
from rewards.verifiers.science.formula_text import prose_key
from rewards.verifiers.science.formulas import Species, read_species, same_species, same_structure
from rewards.verifiers.science.nuclides import nuclide_of
from rewards.verifiers.science.physics import (
    WITHIN_A_HUNDREDTH,
    QuantityRules,
    check_physics_gold,
    physics,
    quick_physics,
)
from rewards.verifiers.science.quantities import read_quantity
from rewards.verifiers.science.reactions import is_balanced, read_reaction, same_reaction
from rewards.verifiers.science.smiles import check_smiles, same_smiles
from rewards.verifiers.science.substances import formula_of, main_name, with_formulas
from rlcs.records import Status, Verdict

Kind = Literal["auto", "formula", "equation", "smiles", "quantity", "text"]

_WORDS = frozenset({"No", "In", "As", "At"})
"""Elements that are more often words: such a gold is compared as text."""
_LETTER = re.compile(r"\s*\$?(?:[a-zα-ω]|\\[a-z]+)\$?\s*")
"""A particle that is more often a quantity: n, p, α."""
_FORMULA_WORD = re.compile(r"[A-Z][A-Za-z0-9()]*")
_ORBITALS = re.compile(r"(?:\[[a-z]{2}\])?(?:\d?[spdf]\d{0,2})+")
_NO_SCRIPTS = str.maketrans("", "", "^{}_$")


@dataclass(frozen=True, slots=True)
class Equality:
    """Parameters that say when two equations or formulas are the same; the verifier `chemistry` explains them."""

    multiples: bool = True
    arrow: Literal["any", "same"] = "any"
    isomers: bool = False


PLAIN = Equality()


def check_chemistry_gold(gold: Any, *, kind: Kind = "auto", gold_unit: str = "") -> str | None:
    """Return what is wrong with a gold answer, or None: unreadable as the declared kind, or an unbalanced equation."""
    if kind in ("auto", "text", "quantity"):
        return check_physics_gold(gold, kind=_kind_in_physics(kind), gold_unit=gold_unit)
    golds = alternatives(gold)
    if not golds:
        return f"the gold answer must be text or a list of alternatives, got {type(gold).__name__}"
    return next((fault for one in golds if (fault := _fault(one, kind))), None)


def quick_chemistry(
    answer: str,
    gold: Any,
    *,
    kind: Kind = "auto",
    equality: Equality = PLAIN,
    rules: QuantityRules = WITHIN_A_HUNDREDTH,
    question: str = "",
    delimited: bool = True,
) -> float | Verdict | None:
    """Decide everything but structures, conversions of units and algebra; None leaves the answer to the worker."""
    if broken := over_limit(answer):
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=broken)
    verdicts: list[float | Verdict | None] = []
    for one in alternatives(gold):
        match _kind(one, kind):
            case "equation":
                verdicts.append(_judge_equation(answer, one, equality))
            case "formula":
                verdicts.append(_judge_formula(answer, one, equality.isomers))
            case "smiles":
                verdicts.append(check_smiles(answer))
            case other:
                verdicts.append(_judge_text(answer, one, other, rules, question=question, delimited=delimited))
    if 1.0 in verdicts or None in verdicts:
        return 1.0 if 1.0 in verdicts else None
    return verdicts[-1]


@reward(
    "chemistry",
    domains=["stem.chemistry"],
    runs="worker",
    quick=quick_chemistry,
    check_gold=check_chemistry_gold,
    preload=("math_verify", "pint", "rdkit.Chem"),
)
def chemistry(
    answer: str,
    gold: Any,
    *,
    kind: Kind = "auto",
    equality: Equality = PLAIN,
    stereo: bool = True,
    rules: QuantityRules = WITHIN_A_HUNDREDTH,
    question: str = "",
    delimited: bool = True,
) -> float | Verdict:
    """Chemical formulas, equations, structures (SMILES), names and quantities.

    kind: how the gold is read; `auto` takes an equation, formula or known name for what it is and judges the rest as
    physics does; `smiles` is never guessed. multiples: an equation may be multiplied by a factor. arrow: `same` tells
    ⇌ from →. isomers: the same atoms are enough, C2H6O for CH3CH2OH. stereo: SMILES must agree in stereochemistry.
    rel_tol, abs_tol, unit, gold_unit: as in `physics`, for quantities.
    """
    faults = []
    for one in alternatives(gold):
        match _kind(one, kind):
            case "smiles":
                verdict = same_smiles(answer, one, stereo=stereo)
            case "equation" | "formula":
                continue  # decided by quick_chemistry
            case other:
                kind_there = _kind_in_physics(other)
                verdict = physics(answer, one, rules=rules, kind=kind_there, question=question, delimited=delimited)
        if verdict == 1.0:
            return 1.0
        faults += [verdict] if isinstance(verdict, Verdict) else []
    return faults[0] if faults else 0.0


def _kind(gold: str, declared: str) -> str:
    """Return the rule for one gold: the declared one, else by what the gold can be read as."""
    if declared != "auto":
        return declared
    reaction = read_reaction(gold)
    if reaction is not None and not reaction.is_formula and (is_balanced(reaction) or reaction.has_arrow):
        return "equation"
    if gold.strip(" $") not in _WORDS and not _LETTER.fullmatch(gold) and (read_species(gold) or formula_of(gold)):
        return "formula"
    return "other"


def _fault(gold: str, kind: str) -> str | None:
    """Return why a gold is none of its declared kind, or None."""
    if kind == "formula" and read_species(gold) is None and formula_of(gold) is None:
        return f"the gold answer {gold[:60]!r} is no chemical formula or known name; expected one like SO4^2-"
    if kind == "smiles" and check_smiles(gold) is not None:
        return f"the gold answer {gold[:60]!r} is no SMILES: expected at most 500 characters without spaces"
    if kind == "equation":
        reaction = read_reaction(gold)
        if reaction is None:
            return f"the gold answer {gold[:60]!r} is no equation; expected one like 2H2 + O2 -> 2H2O"
        if not is_balanced(reaction):
            return f"the gold equation {gold[:60]!r} is not balanced"
    return None


def _judge_equation(answer: str, gold: str, equality: Equality) -> float:
    found, wanted = read_reaction(answer), read_reaction(gold)
    if found is None or wanted is None or (equality.arrow == "same" and found.reversible != wanted.reversible):
        return 0.0
    return float(same_reaction(found, wanted, multiples=equality.multiples, isomers=equality.isomers))


def _judge_formula(answer: str, gold: str, isomers: bool) -> float:
    """Compare formulas; where one side is a name, by name if both are, else by the atoms of the formula."""
    name, gold_name = main_name(answer), main_name(gold)
    if name and gold_name:
        return float(name == gold_name)
    wanted = _species(gold)
    is_nuclide = wanted is not None and any(element[0] == "⟨" for element, _ in wanted.composition)
    found = _species(answer, is_nuclide=is_nuclide)
    if found is None or wanted is None:
        return 0.0
    if (name or gold_name) and found.tells_structure and wanted.tells_structure and not same_structure(found, wanted):
        return float(isomers and same_species(found, wanted, isomers=True))
    return float(same_species(found, wanted, isomers=isomers or bool(name or gold_name)))


def _species(text: str, *, is_nuclide: bool = False) -> Species | None:
    """Read a formula or a name; beside a nuclide, `proton` is one too, and `14C` is carbon-14."""
    if is_nuclide:
        return read_species(nuclide_of(text, digits_first=True) or text)
    return read_species(formula_of(text) or text)


def _text_key(text: str) -> str:
    """Return what a text says: names as formulas, orbitals in one spelling (3d^5 and 3d5, sp³ and sp3)."""
    key = prose_key(with_formulas(text))
    plain = key.translate(_NO_SCRIPTS)
    return plain if _ORBITALS.fullmatch(plain) else key


def _same_letters(answer: str, gold: str) -> bool:
    """Tell whether the formulas in a gold of words keep their case in the answer: CO is not Co."""
    formulas = {word for word in _FORMULA_WORD.findall(gold) if word not in _WORDS and read_species(word)}
    return formulas <= set(_FORMULA_WORD.findall(answer)) or answer.casefold() != gold.casefold()


def _judge_text(
    answer: str, gold: str, kind: str, rules: QuantityRules, *, question: str, delimited: bool
) -> float | Verdict | None:
    quantity = read_quantity(gold) if kind == "other" else None
    if kind != "quantity" and not (quantity and quantity.unit) and _text_key(answer) == _text_key(gold):
        return float(_same_letters(answer, gold))
    if not _FORMULA_WORD.fullmatch(gold) and len(gold.strip()) > 1 and (mark := nuclide_of(gold)):
        return float(nuclide_of(answer) == mark)
    kind_there = _kind_in_physics(kind)
    return quick_physics(answer, gold, rules=rules, kind=kind_there, question=question, delimited=delimited)


def _kind_in_physics(kind: str) -> Literal["quantity", "auto"]:
    return "quantity" if kind == "quantity" else "auto"
