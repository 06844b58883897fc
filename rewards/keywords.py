"""What a function may be given by keyword: its parameters, groups of parameters, and context.

Verifiers that share parameters declare them once, as a dataclass, and take an instance: configurations set the fields.

    @dataclass(frozen=True)
    class Tolerance:
        rel_tol: float = 0.0
        abs_tol: float = 0.0

    def weight(answer: str, gold: str, *, unit: str = "kg", tolerance: Tolerance = Tolerance()) -> float: ...

    params: {unit: g, rel_tol: 0.01}
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

CONTEXT = frozenset({"question", "task", "delimited"})
"""Keywords that a verifier may name to be told more: the prompt as text, the whole Task, and whether the answer came
out of a box or an answer tag (False: it is the whole text after thinking)."""


@dataclass(frozen=True)
class Keywords:
    """What a function may be given by name."""

    named: list[inspect.Parameter]
    """Its parameters, with the fields of a group in the group's place."""
    groups: dict[str, Any]
    """Keyword of each group -> its default, an instance of a dataclass."""
    takes_any: bool
    """Whether it ends in `**params`."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all of them but those that `**params` would take."""
        return frozenset(one.name for one in self.named)

    @cached_property
    def fields_of(self) -> dict[str, tuple[str, ...]]:
        """The parameters of each group."""
        return {keyword: tuple(one.name for one in fields(group)) for keyword, group in self.groups.items()}

    @cached_property
    def in_groups(self) -> frozenset[str]:
        """The names of those that belong to a group."""
        return frozenset(name for names in self.fields_of.values() for name in names)

    @cached_property
    def alone(self) -> tuple[str, ...]:
        """The names of those that belong to no group."""
        return tuple(one.name for one in self.named if one.name not in self.in_groups)

    def group(self, keyword: str, values: Mapping[str, Any]) -> Any:
        """Return a group from its fields in `values`; its default where there is none of them."""
        given = {name: values[name] for name in self.fields_of[keyword] if name in values}
        return replace(self.groups[keyword], **given) if given else self.groups[keyword]


@lru_cache(maxsize=1024)
def keywords_of(function: Callable[..., Any]) -> Keywords:
    """Return what a function may be given by keyword."""
    named: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        group = parameter.default
        if is_dataclass(group) and not isinstance(group, type) and name not in CONTEXT:
            groups[name] = group
            named += [parameter.replace(name=one.name, default=getattr(group, one.name)) for one in fields(group)]
        elif parameter.kind is not parameter.VAR_KEYWORD:
            named.append(parameter)
    return Keywords(named, groups, any(one.kind is one.VAR_KEYWORD for one in parameters.values()))


def named_in(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that `function` names as keywords (all of them when it takes `**params`)."""
    keywords = keywords_of(function)
    names, takes_any = keywords.names, keywords.takes_any
    return {name: value for name, value in values.items() if name in names or (takes_any and name not in CONTEXT)}


def keywords_for(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that `function` names, as it takes them: those of a group put together.

    A group that `with_groups` has added to `values` is taken as it is.
    """
    keywords = keywords_of(function)
    if keywords.takes_any:
        return grouped(function, named_in(function, values))
    result = {name: values[name] for name in keywords.alone if name in values}
    for keyword in keywords.groups:
        result[keyword] = values[keyword] if keyword in values else keywords.group(keyword, values)
    return result


def with_groups(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` and the groups of `function` beside them, so that many calls need not put them together."""
    keywords = keywords_of(function)
    if keywords.in_groups.isdisjoint(values):
        return {**values, **keywords.groups}
    return {**values, **{keyword: keywords.group(keyword, values) for keyword in keywords.groups}}


def grouped(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with the fields of each group of `function` put together to one keyword."""
    in_groups = keywords_of(function).in_groups
    return {name: value for name, value in with_groups(function, values).items() if name not in in_groups}


@lru_cache(maxsize=1024)
def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's parameters, those of its groups included, by name."""
    found: dict[str, Any] = {}
    for one in (function, *map(type, keywords_of(function).groups.values())):
        try:
            found |= typing.get_type_hints(one)
        except NameError:  # names a plug-in imports for type checkers only: its parameters go unchecked
            continue
    return found


def expected_of(hint: Any, value: Any) -> str | None:
    """Return what a parameter with this annotation takes, in words, or None where `value` is that.

    Other annotations than choices, numbers, texts and booleans are not checked.
    """
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        fits, told = value in choices, "one of " + ", ".join(map(str, choices))
    elif hint is float:
        fits, told = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif hint in (int, str, bool):
        fits, told = type(value) is hint, f"a value of type {hint.__name__}"
    else:
        return None
    return None if fits else told
