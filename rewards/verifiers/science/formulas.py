"""Chemical formulas, read by hand: composition, charge and state of one species, in every common spelling.

`H₂SO₄`, `H_2SO_4`, `SO4^2-`, `SO_4^{2-}`, `[Fe(CN)6]4-`, `CuSO4·5H2O`, `\\ce{NaCl(aq)}`. One linear scan, capped.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rewards.reading.brackets import closing_brace
from rewards.reading.normalize import normalize, unwrap
from rewards.verifiers.science.nuclides import SYMBOLS, nuclide_of, plain_nuclides

MAX_FORMULA = 128
_MAX_DEPTH = 6
_MAX_COUNT = 999
ELEMENTS = frozenset(SYMBOLS) | {"D", "T"}
_HALOGENS = ("F", "Cl", "Br", "I")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉₊₋]+")
_HTML = re.compile(r"<su([pb])>\s*([^<>]{1,8}?)\s*</su[pb]>|\\text(super|sub)script\s*\{([^{}]{1,8})\}")
_BARE_SCRIPT = re.compile(r"\{\s*\}\s*(?=[_^])")
_ISOTOPES = {"D": "⟨2⟩H", "T": "⟨3⟩H", "⟨1⟩p": "⟨1⟩H"}
_WRAPPER = re.compile(r"\\(?:ce|mathrm|text|mathsf|textrm|mathbf|operatorname)(?![A-Za-z])\s*(?=\{)")
_DROPPED = re.compile(r"\\[,;! ]|[$~↑↓]|\\(?:up|down)arrow(?![A-Za-z])|\\(?:left|right)(?![A-Za-z])|\\rm(?![A-Za-z])")
_STATE = re.compile(r"\s*[(（]\s*(s|l|g|aq)\s*[)）]\s*\Z")
_CHARGE = re.compile(
    r"(?:\s*\^\s*[{(]{0,2}\s*(?P<a>\d{0,2})\s*(?P<as>[+-])\s*(?P<b>\d{0,2})\s*[})]{0,2}"  # ^2-, ^{2-}, ^{-2}, ^(2-)
    r"|\(\s*(?P<f>\d?)(?P<fs>[+-])\s*\)"  # SO4(2-)
    r"|(?<=\])\s*(?P<c>\d?)(?P<cs>[+-])"  # [Fe(CN)6]4-
    r"|\s+(?P<d>\d?)(?P<ds>[+-])"  # SO4 2-
    r"|(?P<es>[+-])(?P<e>\d?)"  # Fe+3, Na+
    r"|(?P<bare>\d{1,2})(?P<bs>[+-]))\Z"  # SO42-, NH4+, Fe3+, Al(OH)4-
)
_REPEATED_SIGN = re.compile(r"\^?\{?(\+{2,4}|-{2,4})\}?\Z")
_DOT = re.compile(r"\s*(?:·|⋅|•|∙|\\cdot|\\bullet|\*|(?<=[A-Za-z\d)])\.(?=\d*[A-Z(]))\s*")
_PART = re.compile(r"(⟨\d{1,3}m?⟩(?:ν̄|[A-Zpnγν][a-z]?)|[A-Z][a-z]?|[()\[\]])|_?\{?([1-9]\d{0,2})\}?")
_BOND = re.compile(r"(?<=[A-Za-z\d)}])\s*(?:\{?[=≡—–-]\}?|\\equiv(?![A-Za-z]))\s*(?=[A-Z]|\((?!(?:s|l|g|aq)\)))")
_BETWEEN_GROUPS = re.compile(r"(?<=[A-Za-z\d)}\]])\s+(?=[A-Z(\[])")
_LEADING = re.compile(r"([1-9]\d{0,2})?\s*(.+)")
_ELECTRON = re.compile(r"e\s*\^?\s*\{?\s*([+-])\s*\}?\Z")
_FREE_CHARGES: dict[tuple[tuple[str, int], ...], set[int]] = {(("⟨4⟩He", 1),): {0, 2}, (("⟨1⟩H", 1),): {0, 1}}
"""Bare nuclei, written with or without their charge: α and He^{2+}."""
_GROUPS = (("C2H5", "CH3CH2"), ("C3H7", "CH3CH2CH2"), ("COOH", "CO2H"), ("CHO", "COH"))


@dataclass(frozen=True, slots=True)
class Species:
    """One substance or ion. Example: `SO4^2-(aq)` is {O: 4, S: 1}, charge -2, state aq, written S1 O4."""

    composition: tuple[tuple[str, int], ...]
    """Atoms of each element, sorted by symbol."""
    charge: int
    state: str
    """s, l, g, aq or empty."""
    written: tuple[tuple[str, int], ...]
    """Elements in the order in which they are written, groups multiplied out: what tells isomers apart."""

    @property
    def tells_structure(self) -> bool:
        """An element is written more than once, as in CH3CH2OH: the order means something."""
        return len(self.written) > len(self.composition)


@lru_cache(maxsize=4096)
def read_species(text: str, *, digits_first: bool = False) -> Species | None:
    """Read one formula with charge and state, a nuclide or a particle, or None when it is none.

    digits_first: `14C` is carbon-14.
    """
    if not text or len(text) > 4 * MAX_FORMULA:
        return None
    text, state = _without(_STATE, plain_chemistry(text))
    text = nuclide_of(text, digits_first=digits_first) or plain_nuclides(text)
    text = _BETWEEN_GROUPS.sub("", _BOND.sub("", text))  # CH2=CH2, Fe_2 O_3
    if lepton := _ELECTRON.fullmatch(text):
        return Species((), 1 if lepton[1] == "+" else -1, state, ())
    charge = 0
    if match := _REPEATED_SIGN.search(text):
        text, charge = text[: match.start()], len(match[1]) * (1 if match[1][0] == "+" else -1)
    elif match := _CHARGE.search(text):
        text, charge = _split_charge(text, match)
    text, early_state = _without(_STATE, text)
    written = _atoms(text.replace("{", "").replace("}", "") if "_" not in text else text)
    if not written:
        return None
    composition = Counter[str]()
    for element, count in written:
        composition[element] += count
    return Species(tuple(sorted(composition.items())), charge, state or early_state, tuple(written))


def same_species(answer: Species, gold: Species, *, isomers: bool) -> bool:
    """Tell whether two species are the same: composition, charge, a state only where both give one.

    isomers: accept the same atoms in another order (C2H6O for CH3CH2OH).
    """
    if answer.composition != gold.composition:
        return False
    if answer.charge != gold.charge and not {answer.charge, gold.charge} <= _FREE_CHARGES.get(gold.composition, set()):
        return False
    if answer.state and gold.state and answer.state != gold.state:
        return False
    return isomers or not gold.tells_structure or same_structure(answer, gold)


def same_structure(answer: Species, gold: Species) -> bool:
    """Tell whether the atoms are written in the same order, or in the opposite one: HOCH2CH3 is CH3CH2OH."""
    found, wanted = _structure(answer), _structure(gold)
    return found == wanted or _from_the_end(found) == _from_the_end(wanted, turned=True)


def plain_chemistry(text: str) -> str:
    """Write a formula or equation plainly: no LaTeX wrappers, no HTML, raised signs as ^{…}, lowered digits as _{…}."""
    if "<su" in text or "script" in text:
        text = _HTML.sub(_as_script, text)
    text = _LOWERED.sub(lambda run: f"_{{{run.group().translate(_SUBSCRIPTS)}}}", text)
    text = _RAISED.sub(lambda run: f"^{{{run.group().translate(_SUPERSCRIPTS)}}}", text)
    text = unwrap(normalize(text))
    for _ in range(text.count("\\")):
        wrapper = _WRAPPER.search(text)
        if wrapper is None:
            break
        closing = closing_brace(text, wrapper.end())
        inner = text[wrapper.end() + 1 : closing] if closing >= 0 else text[wrapper.end() :].replace("{", "")
        text = text[: wrapper.start()] + inner + (text[closing + 1 :] if closing >= 0 else "")
    return " ".join(_BARE_SCRIPT.sub("", _DROPPED.sub("", text)).split()).rstrip(" .。")


def _as_script(match: re.Match[str]) -> str:
    raised = match[1] == "p" or match[3] == "super"
    return f"{'^' if raised else '_'}{{{match[2] or match[4]}}}"


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    match = pattern.search(text)
    return (text[: match.start()].strip(), match[1]) if match else (text.strip(), "")


def _split_charge(text: str, match: re.Match[str]) -> tuple[str, int]:
    """Take the charge off. Bare digits before a sign: Fe3+ and SO42- carry a charge, NH4+, NO3- and I3- a count."""
    before = text[: match.start()].strip()
    sign = 1 if "+" in match.group() else -1
    digits = match["bare"]
    if digits is None:
        size = match["a"] or match["b"] or match["c"] or match["d"] or match["e"] or match["f"] or "1"
        return before, int(size) * sign
    if len(digits) == 2:
        return before + digits[0], int(digits[1]) * sign
    is_ion = before in ELEMENTS and not (before in _HALOGENS and sign < 0)
    return (before, int(digits) * sign) if is_ion else (before + digits, sign)


def _atoms(text: str) -> list[tuple[str, int]] | None:
    """Return elements with counts in the order of writing; hydrates and groups multiplied out."""
    if not text or len(text) > MAX_FORMULA:
        return None
    found: list[tuple[str, int]] = []
    for number, part in enumerate(_DOT.split(text)):
        match = _LEADING.fullmatch(part)
        atoms = _group(match[2]) if match and (number or not match[1]) else None
        if atoms is None or match is None:
            return None
        found += [(element, count * int(match[1] or 1)) for element, count in atoms]
    return found


def _group(text: str) -> list[tuple[str, int]] | None:
    stack: list[list[tuple[str, int]]] = [[]]
    last: list[tuple[str, int]] | None = None
    for position, symbol, count in _parts(text):
        if position < 0:
            return None
        if count:
            if last is None or count > _MAX_COUNT:
                return None
            stack[-1][len(stack[-1]) - len(last) :] = [(element, size * count) for element, size in last]
            last = None
        elif symbol in "([":
            stack.append([])
            last = None
        elif symbol in ")]":
            if len(stack) == 1 or not stack[-1]:
                return None
            last = stack.pop()
            stack[-1] += last
        elif symbol in ELEMENTS or symbol[0] == "⟨":
            last = [(_ISOTOPES.get(symbol, symbol), 1)]
            stack[-1] += last
        else:
            return None
        if len(stack) > _MAX_DEPTH:
            return None
    return stack[0] if len(stack) == 1 else None


def _parts(text: str) -> list[tuple[int, str, int]]:
    """Cut a formula into symbols, brackets and counts; position -1 marks what is none of these."""
    parts, position = [], 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return [(-1, "", 0)]
        symbol = match[1] or ""
        bare = symbol.rpartition("⟩")[2]
        if len(bare) == 2 and bare.isalpha() and bare not in ELEMENTS:  # `Ha` is no element: H, then what follows
            symbol = symbol[:-1]
        parts.append((position, symbol, int(match[2] or 0)))
        position = position + len(symbol) if symbol else match.end()
    return parts


def _structure(species: Species) -> tuple[tuple[str, int], ...]:
    """Return what is written, with common groups in one spelling: C2H5OH is CH3CH2OH."""
    text = "".join(element + (str(count) if count > 1 else "") for element, count in species.written)
    for short, spelled in _GROUPS:
        text = re.sub(short + r"(?!\d)", spelled, text)
    return tuple(_group(text) or ())


def _from_the_end(atoms: tuple[tuple[str, int], ...], *, turned: bool = False) -> list[tuple[str, int]]:
    """Return the heavy atoms with their hydrogens, [(C, 3), (C, 2), (O, 1)] for CH3CH2OH; turned: from the end."""
    groups: list[tuple[str, int]] = []
    ahead = 0
    for element, count in atoms:
        if element != "H":
            groups += [(element, ahead if not place else 0) for place in range(count)]
            ahead = 0
        elif groups:
            groups[-1] = (groups[-1][0], groups[-1][1] + count)
        else:
            ahead = count
    return groups[::-1] if turned else groups
