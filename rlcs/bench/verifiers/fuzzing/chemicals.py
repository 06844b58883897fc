"""Golds of chemistry: formulas and ions as counted atoms, balanced equations, nuclides, structures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Change, Domain, Spelling, exactly
from rlcs.bench.verifiers.fuzzing.mathematics import OUTSIDE
from rlcs.bench.verifiers.fuzzing.phrases import Family, families, phrases

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
NUCLEAR = (
    r"{}^{238}_{92}U \to {}^{234}_{90}Th + {}^{4}_{2}He",
    r"^{238}_{92}\mathrm{U} \rightarrow ^{234}_{90}\mathrm{Th} + ^{4}_{2}\mathrm{He}",
    r"^{238}_{92}U → ^{4}_{2}He + ^{234}_{90}Th",
    r"\ce{^{238}_{92}U -> ^{234}_{90}Th + ^{4}_{2}He}",
)


@dataclass(frozen=True, slots=True)
class Formula:
    """Atoms in the order in which they are written, and the charge."""

    atoms: tuple[tuple[str, int], ...]
    charge: int = 0


def _formula(text: str, charge: int = 0) -> Formula:
    pairs = (one.split("*") for one in text.split())
    return Formula(tuple((pair[0], int(pair[1]) if len(pair) > 1 else 1) for pair in pairs), charge)


KNOWN = [
    _formula(one) for one in (
        "H*2 O", "C O*2", "H*2 S O*4", "Na Cl", "C*6 H*12 O*6", "Ca C O*3", "Fe*2 O*3", "K Mn O*4", "N H*3", "C H*4",
        "H*2 O*2", "Na*2 C O*3", "H N O*3", "Al*2 O*3", "C*2 H*6 O", "Cu S O*4", "K*2 Cr*2 O*7", "P*2 O*5", "S O*3",
        "C O", "Mg Cl*2", "Si O*2", "C*8 H*18", "Ag N O*3", "Na O H", "K Cl O*3",
    )
] + [
    _formula("S O*4", -2), _formula("N H*4", 1), _formula("N O*3", -1), _formula("Ca", 2), _formula("Fe", 3),
    _formula("O H", -1), _formula("C O*3", -2), _formula("P O*4", -3), _formula("Mn O*4", -1), _formula("Cr*2 O*7", -2),
    _formula("Cu", 2), _formula("H*3 O", 1), _formula("Al", 3), _formula("H C O*3", -1),
]  # fmt: skip


def charge_text(charge: int) -> str:
    """Return the charge as chemists write it: 2-, +."""
    if not charge:
        return ""
    return (str(abs(charge)) if abs(charge) > 1 else "") + ("-" if charge < 0 else "+")


def atoms_text(one: Formula, count: str, element: str = "{}") -> str:
    """Return the atoms with their counts in a form with `{}`."""
    return "".join(element.format(name) + (count.format(number) if number > 1 else "") for name, number in one.atoms)


def usual(one: Formula, source: Random) -> str:
    """H2SO4, SO4^2-."""
    return atoms_text(one, "{}") + (f"^{charge_text(one.charge)}" if one.charge else "")


def written(count: str, charge: str, element: str = "{}", around: str = "…") -> Spelling[Formula]:
    """Return a spelling by forms of counts, charges and elements; `…` in `around` stands for the formula."""

    def write(one: Formula, source: Random) -> str:
        text = atoms_text(one, count, element) + (charge.format(charge_text(one.charge)) if one.charge else "")
        return around.replace("…", text)

    return write


def small_digits(one: Formula, source: Random) -> str:
    """H₂SO₄, SO₄²⁻."""
    return atoms_text(one, "{}").translate(SUBSCRIPT) + charge_text(one.charge).translate(SUPERSCRIPT)


def reordered(one: Formula, source: Random) -> str | None:
    """The elements in another order (of neutral formulas without repeated elements, where it means the same)."""
    atoms = tuple(source.sample(one.atoms, len(one.atoms)))
    return None if one.charge or len(dict(atoms)) < len(atoms) else usual(Formula(atoms), source)


def count_raised(one: Formula, source: Random) -> Formula:
    """One atom more of one element."""
    place = source.randrange(len(one.atoms))
    name, number = one.atoms[place]
    return replace(one, atoms=(*one.atoms[:place], (name, number + 1), *one.atoms[place + 1 :]))


def element_exchanged(one: Formula, source: Random) -> Formula:
    """Another element in the place of one."""
    place = source.randrange(len(one.atoms))
    name, number = one.atoms[place]
    other = source.choice([symbol for symbol in ("Co", "Zn", "F", "B", "Si", "Mn", "Hg") if symbol != name])
    return replace(one, atoms=(*one.atoms[:place], (other, number), *one.atoms[place + 1 :]))


def charge_moved(step: int) -> Change[Formula]:
    """Return the change of the charge."""
    return lambda one, _: replace(one, charge=one.charge + step)


def charge_turned(one: Formula, source: Random) -> Formula | None:
    """+ for -."""
    return replace(one, charge=-one.charge) if one.charge else None


def same_atoms(meant: Formula, gold: Formula) -> bool:
    """Tell whether two formulas have the same atoms and charge."""
    return meant.charge == gold.charge and counted(meant) == counted(gold)


def counted(one: Formula) -> Counter[str]:
    """Return how often each element occurs."""
    found: Counter[str] = Counter()
    for name, number in one.atoms:
        found[name] += number
    return found


FORMULAS: dict[str, Spelling[Formula]] = {
    "usual": usual,
    "subscripts": written("_{}", "^{{{}}}"),
    "braced subscripts": written("_{{{}}}", "^{{{}}}"),
    "mathrm": written("_{{{}}}", "^{{{}}}", around=r"\mathrm{…}"),
    "mathrm for each element": written("_{{{}}}", "^{{{}}}", r"\mathrm{{{}}}"),
    "text for each element": written("_{{{}}}", "^{{{}}}", r"\text{{{}}}"),
    "ce": written("{}", "^{{{}}}", around=r"\ce{…}"),
    "ce, bare charge": written("{}", "^{}", around=r"\ce{…}"),
    "dollars": written("_{}", "^{{{}}}", around="$…$"),
    "small digits": small_digits,
    "reordered": reordered,
}
FORMULA_CHANGES: dict[str, Change[Formula]] = {
    "an atom more": count_raised,
    "another element": element_exchanged,
    "charge up": charge_moved(1),
    "charge down": charge_moved(-1),
    "charge turned": charge_turned,
}

Side = tuple[tuple[int, str], ...]
Equation = tuple[Side, Side]
EQUATIONS: list[Equation] = [
    (((2, "H2"), (1, "O2")), ((2, "H2O"),)),
    (((1, "CH4"), (2, "O2")), ((1, "CO2"), (2, "H2O"))),
    (((2, "Na"), (2, "H2O")), ((2, "NaOH"), (1, "H2"))),
    (((1, "CaCO3"),), ((1, "CaO"), (1, "CO2"))),
    (((1, "N2"), (3, "H2")), ((2, "NH3"),)),
    (((1, "Fe2O3"), (3, "CO")), ((2, "Fe"), (3, "CO2"))),
    (((1, "Zn"), (2, "HCl")), ((1, "ZnCl2"), (1, "H2"))),
    (((2, "KClO3"),), ((2, "KCl"), (3, "O2"))),
    (((2, "SO2"), (1, "O2")), ((2, "SO3"),)),
    (((1, "NaOH"), (1, "HCl")), ((1, "NaCl"), (1, "H2O"))),
]


def _side(side: Side, gap: str = "", form: str = "plain") -> str:
    parts = []
    for number, name in side:
        text = "".join(f"_{one}" if one.isdigit() else one for one in name) if form == "tex" else name
        text = name.translate(SUBSCRIPT) if form == "small" else text
        parts.append((f"{number}{gap}" if number > 1 else "") + text)
    return " + ".join(parts)


def equation(arrow: str, gap: str = "", form: str = "plain", around: str = "…") -> Spelling[Equation]:
    """Return a spelling of equations."""
    return lambda one, _: around.replace("…", f"{_side(one[0], gap, form)} {arrow} {_side(one[1], gap, form)}")


def shuffled(one: Equation, source: Random) -> str:
    """Both sides in another order."""
    sides = tuple(tuple(source.sample(side, len(side))) for side in one)
    return f"{_side(sides[0])} -> {_side(sides[1])}"


def doubled(one: Equation, source: Random) -> str:
    """All coefficients twice as large."""
    sides = tuple(tuple((2 * number, name) for number, name in side) for side in one)
    return f"{_side(sides[0])} -> {_side(sides[1])}"


def coefficient_raised(one: Equation, source: Random) -> Equation:
    """One coefficient more."""
    left, right = one
    place = source.randrange(len(left))
    return tuple((n + (at == place), name) for at, (n, name) in enumerate(left)), right


def species_dropped(one: Equation, source: Random) -> Equation | None:
    """Without the last product."""
    return (one[0], one[1][:-1]) if len(one[1]) > 1 else None


def sides_exchanged(one: Equation, source: Random) -> Equation:
    """The reverse reaction."""
    return one[1], one[0]


def spectator(one: Equation, source: Random) -> Equation:
    """The same salt on both sides."""
    return (*one[0], (1, "KBr")), (*one[1], (1, "KBr"))


REACTIONS: dict[str, Spelling[Equation]] = {
    "->": equation("->"), "→": equation("→"), "=": equation("="), r"\rightarrow": equation(r"\rightarrow"),
    r"\to": equation(r"\to"), r"\longrightarrow": equation(r"\longrightarrow", form="tex"), "==": equation("=="),
    "gaps": equation("->", " "), "subscripts": equation(r"\rightarrow", form="tex"), "small digits": equation("→",
    form="small"),
    "ce": equation("->", around=r"\ce{…}"), "ce, gaps": equation("->", " ", around=r"$\ce{…}$"),
    "xrightarrow": equation(r"\xrightarrow{\Delta}", form="tex"), "other order": shuffled, "doubled": doubled,
    "mathrm": equation(r"\rightarrow", form="tex", around=r"\mathrm{…}"),
}  # fmt: skip
NUCLIDES = families(
    r"""
[low=230 high=240]
^{<a>}U == U-<a> == ^{<a>}\mathrm{U} == {}^{<a>}\mathrm{U} == \ce{^{<a>}U} == {}^{<a>}_{92}U == uranium-<a>
    != ^{<a>}Th != U != ^{<b>}U

{}^{238}_{92}U \to {}^{234}_{90}Th + {}^{4}_{2}He
    == ^{238}_{92}\mathrm{U} \rightarrow ^{234}_{90}\mathrm{Th} + ^{4}_{2}\mathrm{He}
    == ^{238}_{92}U → ^{4}_{2}He + ^{234}_{90}Th == \ce{^{238}_{92}U -> ^{234}_{90}Th + ^{4}_{2}He}
    != {}^{238}_{92}U \to {}^{233}_{90}Th + {}^{4}_{2}He != {}^{238}_{92}U \to {}^{234}_{91}Th + {}^{4}_{2}He
    != {}^{238}_{92}U \to {}^{234}_{90}Ra + {}^{4}_{2}He != {}^{238}_{92}U \to {}^{234}_{90}Th
"""
)
STRUCTURES = [
    Family(same[0], same, other, (("kind", "smiles"),))
    for same, other in (
        (["CCO", "OCC", "C(O)C", "C(C)O"], ["COC", "CCCO", "CC=O"]),
        (["CC(=O)O", "OC(C)=O", "C(C)(=O)O", "O=C(O)C"], ["CC(=O)OC", "CC(O)O", "CC=O"]),
        (["c1ccccc1", "C1=CC=CC=C1", "c1ccccc1"], ["C1CCCCC1", "Cc1ccccc1"]),
        (["C[C@H](N)C(=O)O", "N[C@@H](C)C(=O)O", "OC(=O)[C@@H](N)C"], ["C[C@@H](N)C(=O)O", "CC(N)C(=O)O", "NCC(=O)O"]),
        (["C/C=C/C", r"C\C=C\C"], [r"C/C=C\C", "CC=CC", "CCC=C"]),
    )
]
NAMES = families(
    r"""
NaOH == sodium hydroxide == 氢氧化钠 == 烧碱 == Sodium hydroxide
    != KOH != sodium chloride != 氢氧化钾 != NaO

CaO == calcium oxide == 生石灰 == 氧化钙
    != Ca(OH)2 != calcium hydroxide != 熟石灰

Ca(OH)2 == Ca(OH)_2 == \mathrm{Ca(OH)_2} == Ca(OH)₂ == \ce{Ca(OH)2} == calcium hydroxide
    != CaOH2 != CaOH != Ca(OH)3

(NH4)2SO4 == (NH_4)_2SO_4 == \ce{(NH4)2SO4} == (NH₄)₂SO₄ == ammonium sulfate
    != NH4SO4 != (NH4)2SO3

CuSO4·5H2O == CuSO_4 \cdot 5H_2O == \ce{CuSO4.5H2O} == CuSO₄·5H₂O == \mathrm{CuSO_4 \cdot 5 H_2O}
    != CuSO4·4H2O != CuSO4 != CuSO4+5H2O
"""
)

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="chemistry: formulas", verifier="chemistry", draw=lambda source: source.choice(KNOWN),
        gold=lambda one: usual(one, Random(0)), spellings=FORMULAS, changes=FORMULA_CHANGES, pays=exactly(same_atoms),
        wordings=OUTSIDE, hedges={"or another": dress.around("… or KBr", "…/KBr", "KBr, …"),
        "not": dress.around("not …")},
    ),
    Domain(
        name="chemistry: equations", verifier="chemistry", draw=lambda source: source.choice(EQUATIONS),
        gold=lambda one: str(equation("->")(one, Random(0))), spellings=REACTIONS,
        changes={"coefficient": coefficient_raised, "species dropped": species_dropped, "spectator": spectator,
                 "reversed": sides_exchanged},
        pays=exactly(lambda meant, gold: meant == gold), wordings=OUTSIDE,
    ),
    phrases("nuclides", "chemistry", NUCLIDES, wordings=OUTSIDE),
    phrases("structures", "chemistry", STRUCTURES, share=0.5),
    phrases("names", "chemistry", NAMES, wordings={**dress.FULL_STOP, **dress.SPACE}),
]  # fmt: skip
