"""Chemical equations: species with coefficients on both sides of an arrow, compared up to order and a common factor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rewards.verifiers.science.formulas import MAX_FORMULA, Species, plain_chemistry, read_species, same_species
from rewards.verifiers.science.nuclides import ATOMIC_NUMBERS, nuclide_of, plain_nuclides

MAX_EQUATION = 1024
MAX_SPECIES = 24
_CONDITION = r"(?:\s*\[[^\[\]]{0,60}\]){0,2}"
_ARROW = re.compile(
    rf"(?P<two>⇌|⇋|⇄|↔|<[-=]+>|\\x(?:rightleftharpoons|leftrightarrow){_CONDITION}\s*\{{[^{{}}]{{0,60}}\}}"
    rf"|\\(?:longleft|left)?right(?:left)?(?:harpoons|arrows)|\\leftrightarrow|\\longleftrightarrow)"
    rf"|(?:→|⟶|➔|⇒|-+>|=+>|\\(?:long)?rightarrow|\\to(?![A-Za-z])){_CONDITION}"
    rf"|\\x(?:long)?(?:rightarrow|equal){_CONDITION}\s*\{{[^{{}}]{{0,60}}\}}"
    r"|\\(?:stackrel|overset)\s*\{[^{}]{0,60}\}\s*\{\s*(?:=+|-+>|→|\\(?:long)?rightarrow|\\to)\s*\}"
    r"|=+\s*[(（]?[\u4e00-\u9fff△Δ、，, ]{1,20}[)）]?\s*=+|=+"
)
_ELECTRONS_GIVEN = re.compile(r"\s*-\s*(\d{0,2}\s*e\s*\^?\s*\{?\s*-\s*\}?)\s*\Z")
_STATE_AHEAD = re.compile(r"\s*[(（]\s*(?:s|l|g|aq)\s*[)）]")
_SCRIPTS = ("^", "_", "\\prescript", "\\isotope", "\\nuclide")
_ENERGY = ("energy", "能量", "Energy")
_COEFFICIENT = re.compile(
    r"\s*(?:\\frac\s*\{?(\d{1,4})\}?\s*\{?(\d{1,4})\}?|\(?(\d{1,4})\s*/\s*(\d{1,4})\)?|(\d{1,4}(?:\.\d{1,4})?))?\s*\*?\s*"
)

Side = tuple[tuple[Species, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """An equation. Example: 2H2 + O2 -> 2H2O."""

    left: Side
    right: Side
    reversible: bool
    """Written with ⇌ or a like arrow."""
    has_arrow: bool
    """Written with an arrow; an equals sign may be one of algebra."""

    @property
    def is_formula(self) -> bool:
        """Nothing reacts: CH2=CH2 is a bond between the same atoms."""
        return not self.has_arrow and self.left == self.right


@lru_cache(maxsize=2048)
def read_reaction(text: str) -> Reaction | None:
    """Read an equation, or None when the text is none: one arrow, species on both sides, coefficients above 0."""
    if len(text) > MAX_EQUATION:
        return None
    text = plain_chemistry(text)
    arrows = list(_ARROW.finditer(text))
    if len(arrows) != 1:
        return None
    before, after = text[: arrows[0].start()], text[arrows[0].end() :]
    if given := _ELECTRONS_GIVEN.search(before):  # Zn - 2e- = Zn^{2+} is Zn = Zn^{2+} + 2e-
        before, after = before[: given.start()], f"{after} + {given[1]}"
    left, right = _side(before), _side(after)
    has_arrow = not arrows[0].group().startswith("=") or ">" in arrows[0].group()
    return Reaction(left, right, arrows[0]["two"] is not None, has_arrow) if left and right else None


def is_balanced(reaction: Reaction) -> bool:
    """Tell whether mass of every element and charge are the same on both sides; of nuclei, nucleons and protons."""
    if is_nuclear(reaction):
        return _nucleons(reaction.left) == _nucleons(reaction.right)
    total: dict[str, Fraction] = {}
    for sign, side in ((1, reaction.left), (-1, reaction.right)):
        for species, coefficient in side:
            for part, count in (*species.composition, ("charge", species.charge)):
                total[part] = total.get(part, Fraction(0)) + sign * coefficient * count
    return not any(total.values())


def is_nuclear(reaction: Reaction) -> bool:
    """Tell whether every species is a nuclide with its mass number, or a particle."""
    sides = (*reaction.left, *reaction.right)
    return all(_is_nucleus(one) for one, _ in sides) and any(one.composition for one, _ in sides)


def nuclear_score(answer: str, gold: str) -> float | None:
    """Compare with a gold that is a nuclide or a nuclear equation; None when it is neither."""
    wanted = _nuclear_gold(gold)
    if wanted is None:
        return None
    if isinstance(wanted, Reaction):
        found = read_reaction(answer)
        return float(found is not None and same_reaction(found, wanted, multiples=True))
    named = read_species(answer, digits_first=True)
    return float(named is not None and same_species(named, wanted, isomers=False))


@lru_cache(maxsize=2048)
def _nuclear_gold(gold: str) -> Reaction | Species | None:
    plain = plain_chemistry(gold)
    reaction = read_reaction(gold) if "^" in plain or "-" in plain else None
    if reaction is not None and is_nuclear(reaction):
        return reaction
    is_named = len(plain) > 1 and plain[0] != "\\" and nuclide_of(plain)
    species = read_species(gold) if is_named or plain.startswith(_SCRIPTS) else None
    if species is None or not all(element[0] == "⟨" for element, _ in species.composition):
        return None
    return species


def _is_nucleus(species: Species) -> bool:
    if not species.composition:
        return True
    return len(species.composition) == 1 and species.composition[0][0][0] == "⟨" and species.composition[0][1] == 1


def _nucleons(side: Side) -> tuple[Fraction, Fraction]:
    """Return the mass numbers and the charges of the nuclei of one side, added up."""
    mass, charge = Fraction(0), Fraction(0)
    for species, coefficient in side:
        if not species.composition:
            charge += coefficient * species.charge
            continue
        number, _, symbol = species.composition[0][0][1:].partition("⟩")
        mass += coefficient * int(number.rstrip("m"))
        charge += coefficient * ATOMIC_NUMBERS.get(symbol, 0)
    return mass, charge


def same_reaction(answer: Reaction, gold: Reaction, *, multiples: bool, isomers: bool = False) -> bool:
    """Tell whether two equations are the same: the same species on the same sides, in the same proportions.

    multiples: accept all coefficients multiplied by one factor.
    """
    factors: set[Fraction] = set()
    for found, wanted in ((answer.left, gold.left), (answer.right, gold.right)):
        ratios = _ratios(found, wanted, isomers)
        if ratios is None:
            return False
        factors |= ratios
    return len(factors) == 1 and (multiples or factors == {Fraction(1)})


def _ratios(found: Side, wanted: Side, isomers: bool) -> set[Fraction] | None:
    """Return by what each coefficient of one side was multiplied; None when the species differ."""
    if len(found) != len(wanted):
        return None
    left = list(wanted)
    ratios = set()
    for species, coefficient in found:
        match = next((one for one in left if same_species(species, one[0], isomers=isomers)), None)
        if match is None:
            return None
        left.remove(match)
        ratios.add(coefficient / match[1])
    return ratios


def _side(text: str) -> Side | None:
    """Read the species of one side; the same species twice is added up."""
    parts = [part for part in _split_at_plus(plain_nuclides(text)) if part not in _ENERGY]
    if not 1 <= len(parts) <= MAX_SPECIES:
        return None
    total: dict[Species, Fraction] = {}
    for part in parts:
        match = _COEFFICIENT.match(part)
        assert match is not None, "every part of the pattern is optional"
        coefficient = _coefficient(match)
        species = read_species(part[match.end() :]) if len(part) <= 2 * MAX_FORMULA else None
        if coefficient is None or species is None:
            return None
        total[species] = total.get(species, Fraction(0)) + coefficient
    return tuple(total.items())


def _coefficient(match: re.Match[str]) -> Fraction | None:
    above, below = match[1] or match[3], match[2] or match[4]
    if above:
        return Fraction(int(above), int(below)) if int(below) and int(above) else None
    value = Fraction(match[5] or 1)
    return value if value > 0 else None


def _split_at_plus(text: str) -> list[str]:
    """Split at the plus signs between species; those of charges stay (Na+ + Cl-, H+(aq), Cu^{2+})."""
    parts, start, depth = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "{[(") - (character in "}])")
        if character == "+" and depth == 0 and not _is_charge(text, position):
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]


def _is_charge(text: str, position: int) -> bool:
    rest = text[position + 1 :].lstrip()
    return (
        not rest or rest[0] in "+)]}" or bool(_STATE_AHEAD.match(rest)) or text[position - 1 : position] in ("^", "{")
    )
