"""Commands of the LaTeX package siunitx, written plainly: `\\qty{5}{\\metre\\per\\second}` as 5 metre second^{-1}."""

from __future__ import annotations

import re

from rewards.reading.brackets import argument_of

_MAX_COMMANDS = 8
_COMMAND = re.compile(r"\\(SI|qty|num|si|unit|ang)(?![A-Za-z])\s*(?:\[[^\[\]{}]{0,60}\])?(?=\s*\{)")
_TOKEN = re.compile(r"\\([A-Za-z]+)\s*(?:\{([^{}]*)\})?|\s+|([^\\\s]+)")
_PREFIXES = frozenset(
    "yocto zepto atto femto pico nano micro milli centi deci deca deka hecto kilo mega giga tera peta exa".split()
)
_RAISED_NEXT = {"square": 2, "cubic": 3}
_RAISED_LAST = {"squared": 2, "cubed": 3}
_NAMES = {
    "celsius": "°C", "degreeCelsius": "°C", "degree": "°", "percent": "%", "arcminute": "arcmin", "arcsecond": "arcsec",
    "deka": "deca", "cdot": "", "text": "",
}  # fmt: skip


def plain_siunitx(text: str) -> str:
    """Return `text` with its first commands of siunitx written plainly; any other text as it is."""
    for _ in range(_MAX_COMMANDS):
        command = _COMMAND.search(text)
        if command is None:
            break
        first = argument_of(text, command.end())
        needs_two = command[1] in ("SI", "qty")
        second = argument_of(text, first[1] + 1) if first and needs_two else None
        if first is None or (needs_two and second is None):
            break
        end = (second or first)[1] + 1
        plain = _plain(command[1], text[slice(*first)], text[slice(*second)] if second else "")
        text = f"{text[: command.start()]} {plain} {text[end:]}".strip()
    return text


def _plain(command: str, first: str, second: str) -> str:
    if command == "ang":
        marks = ("°", "'", '"')
        return "".join(part.strip() + mark for part, mark in zip(first.split(";"), marks, strict=False) if part.strip())
    if command in ("si", "unit"):
        return _unit(first)
    return f"{first} {_unit(second)}".strip()


def _unit(text: str) -> str:
    """Write a unit of macros with powers, `\\joule\\per\\mole` as `joule mole^{-1}`; a literal one (`m/s`) stays."""
    if "\\" not in text:
        return text
    factors: list[str] = []
    prefix, sign, power = "", "", 1
    for token in _TOKEN.finditer(text):
        name = token[1] or ""
        if name == "per":
            sign = "-"
        elif name in _PREFIXES:
            prefix = _NAMES.get(name, name)
        elif name in _RAISED_NEXT:
            power = _RAISED_NEXT[name]
        elif name in _RAISED_LAST or name in ("tothe", "raiseto"):
            raised = str(_RAISED_LAST.get(name, token[2] or ""))
            if name == "raiseto":
                power = int(raised) if re.fullmatch("[1-9]", raised) else power
            elif factors:
                factors[-1] = _raised(factors[-1], raised)
        elif name or token[3]:
            factors.append(_factor(prefix + (_NAMES.get(name, name) or token[2] or token[3] or ""), f"{sign}{power}"))
            prefix, sign, power = "", "", 1
    return " ".join(factors)


def _factor(name: str, power: str) -> str:
    return name if power == "1" else f"{name}^{{{power}}}"


def _raised(factor: str, power: str) -> str:
    """Raise the last factor: `second^{-1}` squared is `second^{-2}`."""
    name, has_power, _ = factor.partition("^")
    return f"{name}^{{{'-' if has_power else ''}{power}}}"
