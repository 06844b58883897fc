"""Functions of one's own as tools."""

from __future__ import annotations

from typing import Literal

import pytest

from rlcs.errors import UserError
from rlcs.plugins import TOOLS
from rollout.environments.tools.functions import BadCall, Tool, tool


@tool("worth")
def worth(currency: str, factor: float = 1.0, day: int = 0, kind: Literal["buy", "sell"] = "buy") -> float:
    """How many euros a unit of a currency is worth."""
    if currency != "USD":
        raise ValueError(f"no currency {currency!r}")
    return factor * 0.5 + day


@tool("total")
def total(numbers: list[float], names: dict[str, int] | None = None) -> float:
    return sum(numbers)


def entry(name: str) -> Tool:
    found: Tool = TOOLS.get(name)
    return found


def test_arguments_come_by_name_or_place_and_numbers_may_be_texts() -> None:
    assert entry("worth").call({"currency": "USD", "factor": 2}) == 1.0
    assert entry("worth").call({"0": "USD", "1": "4", "day": "3"}) == 5.0
    assert entry("total").call({"numbers": [1, 2]}) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "needs currency; it is worth\\(currency: str, factor: float = 1.0"),
        ({"currency": "USD", "far": 1}, "has no argument far"),
        ({"currency": 3}, "currency of worth is '3'; expected a value of type str"),
        ({"currency": "USD", "day": "x"}, "expected a value of type int"),
        ({"currency": "USD", "day": True}, "expected a value of type int"),
        ({"currency": "USD", "kind": "lend"}, "expected one of buy, sell"),
        ({"currency": "DM"}, "worth: no currency 'DM'"),
    ],
)
def test_arguments_that_do_not_fit_are_told(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(BadCall, match=told):
        entry("worth").call(arguments)  # type: ignore[arg-type]


def test_a_list_must_be_one() -> None:
    with pytest.raises(BadCall, match="expected a list"):
        entry("total").call({"numbers": "1, 2"})


def test_the_description_has_types_defaults_and_the_first_line() -> None:
    assert entry("worth").description == (
        "worth(currency: str, factor: float = 1.0, day: int = 0, kind: 'buy'|'sell' = 'buy'): "
        "How many euros a unit of a currency is worth."
    )


def test_a_function_that_takes_anything_is_refused() -> None:
    with pytest.raises(UserError, match="arguments with names only"):
        tool("anything")(lambda *given: given)
