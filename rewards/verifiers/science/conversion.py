"""Converts a value from one unit to another. Asks the unit library, so it runs in a worker.

The library never sees the text of a model, only names of `unit_table` with whole exponents: it would hang on
`9**9**9 m` and on names of 100,000 letters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rewards.reading.unit_table import OWN_DIMENSIONS, definition
from rewards.reading.unit_text import Unit

_KELVIN = (("kelvin", 1),)
_FAHRENHEIT_ZERO = 459.67
_CELSIUS_ZERO = 273.15


def convert(value: float, unit: Unit, wanted: Unit) -> float | None:
    """Return `value` in another unit, or None when the dimensions differ."""
    factor, dimension = _base(unit)
    wanted_factor, wanted_dimension = _base(wanted)
    if dimension != wanted_dimension:
        return None
    if not (is_temperature(unit) or is_temperature(wanted)):
        return value * factor / wanted_factor
    return round(_from_kelvin(_to_kelvin(value, unit), wanted), 9)  # 32 °F is 0 °C, not 5e-14


def is_temperature(unit: Unit) -> bool:
    """Tell whether a unit is °C or °F alone, whose zero is not that of kelvin."""
    return len(unit) == 1 and unit[0] in (("degree_Celsius", 1), ("degree_Fahrenheit", 1))


def _to_kelvin(value: float, unit: Unit) -> float:
    if not is_temperature(unit):
        return value * _base(unit)[0]
    return value + _CELSIUS_ZERO if unit[0][0] == "degree_Celsius" else (value + _FAHRENHEIT_ZERO) * 5 / 9


def _from_kelvin(kelvin: float, unit: Unit) -> float:
    if not is_temperature(unit):
        return kelvin / _base(unit)[0]
    return kelvin - _CELSIUS_ZERO if unit[0][0] == "degree_Celsius" else kelvin * 9 / 5 - _FAHRENHEIT_ZERO


@lru_cache(maxsize=1)
def _library() -> Any:
    import pint

    library: Any = pint.UnitRegistry()
    for name in OWN_DIMENSIONS:
        library.define(f"own_{name} = [own_{name}]")
    return library


@lru_cache(maxsize=1024)
def _base(unit: Unit) -> tuple[float, str]:
    """Return a unit in base units: its size and its dimension. A degree inside a product is a difference (J/°C)."""
    library = _library()
    product = library.Quantity(1.0, "dimensionless")
    for name, power in unit:
        product *= library.Quantity(_definition(name)) ** power
    base = product.to_base_units()
    return float(base.magnitude), str(base.dimensionality)


def _definition(name: str) -> str:
    if name in OWN_DIMENSIONS:
        return f"own_{name}"
    return definition(f"delta_{name}" if name.startswith("degree_") else name)
