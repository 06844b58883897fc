"""`@tool`: a function of one's own that a policy may call, its arguments checked against the annotations.

    @tool("rate")
    def rate(currency: str, day: int = 0) -> float:
        '''How many euros a unit of a currency is worth.'''

A ValueError that it raises is told to the policy: its arguments were of no use. Any other exception is our fault.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from rewards.keywords import expected_of
from rewards.reading.json_values import JsonValue
from rlcs.errors import UserError
from rlcs.plugins import TOOLS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class BadCall(ValueError):
    """The arguments do not fit; the message is for the policy."""


@dataclass(frozen=True)
class Tool:
    """A registered function."""

    name: str
    function: Callable[..., Any]

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """Its parameters by name."""
        return inspect.signature(self.function).parameters

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Its annotations by name."""
        return typing.get_type_hints(self.function)

    @cached_property
    def description(self) -> str:
        """How it is told to the policy: `rate(currency: str, day: int = 0): How many …`."""
        parts = [f"{name}: {_word(self.hints.get(name))}{_default(one)}" for name, one in self.parameters.items()]
        told = (inspect.getdoc(self.function) or "").partition("\n")[0]
        return f"{self.name}({', '.join(parts)})" + (f": {told}" if told else "")

    def call(self, arguments: Mapping[str, JsonValue]) -> Any:
        """Call the function; raises BadCall where the arguments do not fit, and what else it raises."""
        given = self._named(arguments)
        if unknown := given.keys() - self.parameters.keys():
            raise BadCall(f"{self.name} has no argument {', '.join(sorted(unknown))}; it is {self.description}")
        missing = [name for name, one in self.parameters.items() if one.default is one.empty and name not in given]
        if missing:
            raise BadCall(f"{self.name} needs {', '.join(missing)}; it is {self.description}")
        fitting = {name: self._fitting(name, value) for name, value in given.items()}
        try:
            return self.function(**fitting)
        except ValueError as error:
            raise BadCall(f"{self.name}: {error}") from error

    def _named(self, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the arguments by name; those of `read_call` without one are called 0, 1, …"""
        names = list(self.parameters)
        return {
            names[int(key)] if key.isdecimal() and int(key) < len(names) else key: value
            for key, value in arguments.items()
        }

    def _fitting(self, name: str, value: JsonValue) -> Any:
        """Return a value in the type of its parameter: models write numbers as texts, too."""
        hint = self.hints.get(name)
        if isinstance(value, str) and hint in (int, float):
            try:
                value = hint(value)
            except ValueError:
                pass
        expected = expected_of(hint, value)
        origin = typing.get_origin(hint) or hint
        if expected is None and origin in (list, dict) and not isinstance(value, origin):
            expected = f"a {_word(hint)}"
        if expected is not None:
            raise BadCall(f"{name} of {self.name} is {str(value)[:80]!r}; expected {expected}")
        return float(value) if hint is float and isinstance(value, int) else value


def tool(name: str) -> Callable[[Decorated], Decorated]:
    """Register a function that a policy may call, by the environment `tools`; see the top of this file."""

    def decorate(function: Decorated) -> Decorated:
        kinds = {one.kind for one in inspect.signature(function).parameters.values()}
        if not kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}:
            raise UserError(f"tool {name!r} takes {inspect.signature(function)}; expected arguments with names only")
        TOOLS.add(name, Tool(name, function))
        return function

    return decorate


def _word(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return "|".join(map(repr, typing.get_args(hint)))
    return "any" if hint is None else getattr(hint, "__name__", str(hint))


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
