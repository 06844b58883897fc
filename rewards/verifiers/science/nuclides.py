"""Nuclides and particles in one spelling: `^{14}_{6}C`, `¹⁴C`, `C-14`, carbon-14 and 碳14 as `⟨14⟩C`; α as `⟨4⟩He`.

The mass number counts, the atomic number only has to be the element's own.
"""

from __future__ import annotations

import re
from functools import lru_cache

SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru
Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At
Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
""".split()
ATOMIC_NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}
_ENGLISH = """
hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium aluminum silicon
phosphorus sulfur chlorine argon potassium calcium scandium titanium vanadium chromium manganese iron cobalt nickel
copper zinc gallium germanium arsenic selenium bromine krypton rubidium strontium yttrium zirconium niobium molybdenum
technetium ruthenium rhodium palladium silver cadmium indium tin antimony tellurium iodine xenon cesium barium
lanthanum cerium praseodymium neodymium promethium samarium europium gadolinium terbium dysprosium holmium erbium
thulium ytterbium lutetium hafnium tantalum tungsten rhenium osmium iridium platinum gold mercury thallium lead bismuth
polonium astatine radon francium radium actinium thorium protactinium uranium neptunium plutonium americium curium
berkelium californium einsteinium fermium mendelevium nobelium lawrencium
""".split()
_CHINESE = (
    "氢氦锂铍硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙钪钛钒铬锰铁钴镍铜锌镓锗砷硒溴氪铷锶钇锆铌钼锝钌铑钯银镉铟锡锑碲碘氙铯钡镧铈镨钕钷钐铕钆铽镝钬铒铥镱镥铪钽钨铼"
    "锇铱铂金汞铊铅铋钋砹氡钫镭锕钍镤铀镎钚镅锔锫锎锿镄钔锘铹"
)
_NAMES = dict(zip(_ENGLISH, SYMBOLS, strict=False)) | dict(zip(_CHINESE, SYMBOLS, strict=False))
_NAMES |= {"aluminium": "Al", "sulphur": "S", "caesium": "Cs"}
WRONG_NUCLIDE = "⟨?⟩"
_WHOLE = {
    "⟨2⟩H": "deuterium deuteron 氘 氘核", "⟨3⟩H": "tritium triton 氚 氚核", "⟨1⟩H": "protium 氕",
    "⟨4⟩He": "α alpha \\alpha|alpha particle|α particle|\\alpha particle|α-particle|alpha-particle"
    "|helium nucleus|α粒子",
    "e^-": "β \\beta β^- β- β^{-} \\beta^- \\beta^{-} \\beta- electron 电子|beta particle|β particle"
    "|β粒子|beta-minus particle",
    "e^+": "β^+ β+ β^{+} \\beta^+ \\beta^{+} \\beta+ positron 正电子 e^+ e+ e^{+}",
    "⟨1⟩n": "n neutron 中子 n^0",
    "⟨1⟩p": "p p^+ p^{+} proton 质子",
    "⟨0⟩γ": "γ \\gamma gamma photon|γ ray|gamma ray|γ射线|γ光子",
    "⟨0⟩ν": "ν ν_e \\nu \\nu_e \\nu_{e} ν_{e} neutrino 中微子",
    "⟨0⟩ν̄": "\\bar{\\nu} \\bar{\\nu}_e \\bar{\\nu}_{e} \\bar\\nu \\bar\\nu_e \\overline{\\nu} \\overline{\\nu}_e ν̄ ν̄_e "
    "\\overline{\\nu}_{e} \\bar{ν} \\bar{ν}_e antineutrino 反中微子",
}  # fmt: skip
_MASS = r"\^\s*(?:\{{\s*(?P<A{0}>\d{{1,3}}m?)\s*\}}|(?P<a{0}>\d{{1,3}}m?))"
_NUMBER = r"_\s*(?:\{{\s*(?P<Z{0}>[+-]?\d{{1,3}})\s*\}}|(?P<z{0}>[+-]?\d{{1,3}}))"
_SYMBOL = r"(?P<symbol>[A-Z][a-z]?|[enpdαβγν]|\\(?:alpha|beta|gamma|nu)(?![A-Za-z]))"
_BEFORE_SYMBOL = re.compile(
    rf"(?<![A-Za-z)\]}}])(?:\{{\s*\}}\s*)?(?:{_MASS.format(1)}\s*{_NUMBER.format(1)}|{_NUMBER.format(2)}\s*{_MASS.format(2)}"
    rf"|{_MASS.format(3)})\s*(?:\{{\s*\}}\s*)?{_SYMBOL}"
    rf"|(?<=[A-Za-z\d)\]}}])(?:\{{\s*\}})?{_MASS.format(4)}(?P<within>[A-Z][a-z]?)"
)
_COMMAND = re.compile(
    r"\\(?:prescript\s*\{\s*(\d{1,3}m?)\s*\}\s*\{\s*([+-]?\d{0,3})\s*\}"
    r"|(?:isotope|nuclide)\s*\[\s*(\d{1,3}m?)\s*\](?:\s*\[\s*(\d{1,3})\s*\])?)(?:\s*\{\s*([A-Z][a-z]?|[enp])\s*\})?"
)
_DASHED = re.compile(r"(?:([A-Z][a-z]?)\s?-\s?|([A-Za-z]{3,13})[ -]\s?|([\u4e00-\u9fff])\s?-?\s?)(\d{1,3}m?)")
_PLAIN = re.compile(r"(\d{1,3}m?)\s?([A-Z][a-z]?)")
_LEPTONS = {"-1": "e^-", "+1": "e^+", "1": "e^+"}
_FIXED = {"n": ("1", "0"), "p": ("1", "1"), "γ": ("0", "0"), "ν": ("0", "0"), "α": ("4", "2"), "d": ("2", "1")}
_GREEK = {"\\alpha": "α", "\\beta": "β", "\\gamma": "γ", "\\nu": "ν"}


def has_mass_number(text: str) -> bool:
    """Tell whether a text names a nuclide by scripts before a symbol or by an element's name: `^{14}C`, carbon-14."""
    if _COMMAND.search(text) or "⟨" in plain_nuclides(text):
        return True
    dashed = _DASHED.fullmatch(text.strip())
    return dashed is not None and not dashed[1] and nuclide_of(text) is not None


@lru_cache(maxsize=4096)
def plain_nuclides(text: str) -> str:
    """Write scripts before a symbol as one mark, `^{14}_{6}C` -> `⟨14⟩C`; with a wrong atomic number as `⟨?⟩`."""
    text = _COMMAND.sub(_from_command, text) if "\\" in text else text
    return _BEFORE_SYMBOL.sub(_marked, text) if "^" in text else text


def nuclide_of(text: str, *, digits_first: bool = False) -> str | None:
    """Return the mark of a nuclide or particle by name: `C-14`, uranium-235, 碳14, α, neutron; None for other texts.

    digits_first: also read `14C` so, which elsewhere is 14 atoms.
    """
    text = text.strip(" .")
    if found := _by_name().get(text) or _by_name().get(text.lower()):
        return found
    if match := _DASHED.fullmatch(text):
        symbol = match[1] or _NAMES.get((match[2] or match[3]).lower(), "")
        return _checked(match[4], symbol)
    match = _PLAIN.fullmatch(text) if digits_first else None
    return _checked(match[1], match[2]) if match else None


def _from_command(match: re.Match[str]) -> str:
    mass, number = match[1] or match[3], match[2] or match[4]
    return f"^{{{mass}}}" + (f"_{{{number}}}" if number else "") + (match[5] or "")


def _marked(match: re.Match[str]) -> str:
    found = match.groupdict()
    mass = next(found[name] for name in ("A1", "a1", "A2", "a2", "A3", "a3", "A4", "a4") if found[name])
    number = next((found[name] for name in ("Z1", "z1", "Z2", "z2") if found[name]), None)
    symbol = found["within"] or _GREEK.get(found["symbol"], found["symbol"])
    if symbol in ("e", "β"):
        return _LEPTONS.get(number or "", WRONG_NUCLIDE) if mass == "0" else WRONG_NUCLIDE
    if symbol in _FIXED:
        is_right = (mass, number or _FIXED[symbol][1]) == _FIXED[symbol]
        return {"α": "⟨4⟩He", "d": "⟨2⟩H"}.get(symbol, f"⟨{mass}⟩{symbol}") if is_right else WRONG_NUCLIDE
    if len(symbol) == 2 and symbol not in ATOMIC_NUMBERS and symbol[0] in ATOMIC_NUMBERS:
        marked = _mark(mass, number, symbol[0])
        return marked + symbol[1]
    return _mark(mass, number, symbol)


def _mark(mass: str, number: str | None, symbol: str) -> str:
    own = ATOMIC_NUMBERS.get(symbol)
    if own is None or (number is not None and int(number) != own):
        return WRONG_NUCLIDE
    return _checked(mass, symbol) or WRONG_NUCLIDE


def _checked(mass: str, symbol: str) -> str | None:
    """Return the mark of a nuclide that can exist: no fewer nucleons than protons, at most 3.5 times as many."""
    own = ATOMIC_NUMBERS.get(symbol)
    nucleons = int(mass.rstrip("m"))
    return f"⟨{mass}⟩{symbol}" if own and own <= nucleons <= max(3.5 * own, 7) else None


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    names = {}
    for mark, line in _WHOLE.items():
        first, *phrases = line.split("|")
        for name in (*first.split(), *phrases):
            names[name] = mark
    return names
