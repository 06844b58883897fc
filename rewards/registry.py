"""The `@reward` decorator and the table of verifiers: how a function that judges an answer gets a name.

Layer 0 and light, so that a plug-in needs nothing but `from rlcs import reward, Verdict`.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

from rlcs.errors import UserError, unknown_name
from rlcs.plugins import Registry
from rlcs.records import Verdict

Verifier = Callable[..., float | Verdict | Awaitable[float | Verdict]]
Decorated = TypeVar("Decorated", bound=Verifier)
QuickVerifier = Callable[..., float | Verdict | None]
GoldCheck = Callable[..., str | None]
ParamsCheck = Callable[..., str | None]
RightAnswer = Callable[..., str]
Runs = Literal["inline", "worker", "remote"]

CONTEXT = frozenset({"question", "task", "delimited"})
"""Keywords that a verifier may name to be told more: the prompt as text, the whole Task, and whether the answer came
out of a box or an answer tag (False: it is the whole text after thinking)."""


@dataclass(frozen=True)
class RewardEntry:
    """A registered verifier and how to run it."""

    name: str
    function: Verifier
    """`function(answer, gold, **params)` -> score in [0, 1] or a Verdict."""
    runs: Runs
    """inline: in the training process, for capped linear work only; worker: in a process that can be killed; remote: a
    coroutine that asks over the network, cancelled at its deadline."""
    quick: QuickVerifier | None
    """Tried first, inline; None from it means undecided, and the function is asked in the worker."""
    gold_check: GoldCheck | None
    """`check(gold, …)` -> what is wrong with a gold answer, or None; may also raise ValueError."""
    preload: tuple[str, ...]
    """Modules the workers import once, before they are forked, so that a fresh worker is ready at once."""
    params_check: ParamsCheck | None = None
    """`check(…)`, by the names of parameters -> what is wrong with their values, or None."""
    gold_is_answer: bool = True
    """Whether the gold answer, given as an answer, is right (that of `code` is a list of tests); for `rlcs check`."""
    right_answer: RightAnswer | None = None
    """`write(gold, …)` -> an answer that is right, where the gold itself is none but says one; for `rlcs check`."""

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters a configuration may set, by name."""
        names = list(inspect.signature(self.function).parameters.values())[2:]
        return {p.name: p for p in names if p.name not in CONTEXT and p.kind is not p.VAR_KEYWORD}

    @property
    def takes_any_parameter(self) -> bool:
        """Whether the function ends in `**params`, so that names cannot be checked."""
        return _keywords(self.function)[1]

    @property
    def summary(self) -> str:
        """First line of the function's docstring, for listings."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise a UserError when a parameter is unknown, missing or of the wrong kind."""
        for name, value in params.items():
            if name in self.parameters:
                _check_value(self, name, value)
            elif not self.takes_any_parameter:
                raise unknown_name(f"parameter of verifier {self.name!r}:", name, self.parameters)
        for name, parameter in self.parameters.items():
            if parameter.default is parameter.empty and name not in params:
                raise UserError(f"verifier {self.name!r} needs the parameter {name!r}; set it under params")
        if self.params_check is not None:
            values = {name: parameter.default for name, parameter in self.parameters.items()} | dict(params)
            if wrong := self.params_check(**named_in(self.params_check, values)):
                raise UserError(f"verifier {self.name!r}: {wrong}")

    def check_gold(self, gold: Any, params: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a gold answer, or None."""
        if gold is None or (isinstance(gold, str) and not gold.strip()):
            return "the gold answer is empty"
        if self.gold_check is None:
            return None
        try:
            return self.gold_check(gold, **named_in(self.gold_check, params))
        except ValueError as error:
            return str(error) or "the gold answer is not valid"


def reward(
    name: str,
    *,
    runs: Runs = "worker",
    quick: QuickVerifier | None = None,
    check_gold: GoldCheck | None = None,
    check_params: ParamsCheck | None = None,
    preload: tuple[str, ...] = (),
    gold_is_answer: bool = True,
    right_answer: RightAnswer | None = None,
) -> Callable[[Decorated], Decorated]:
    """Register a verifier: `@reward("parity")` above `def parity(answer: str, gold, *, strict: bool = True) -> float`.

    The keywords of the signature are the parameters that a configuration and a task may set; `question`, `task` and
    `delimited` (CONTEXT) are filled in. By default it runs in a worker process with a deadline, where it may hang or
    crash without harm; `runs="inline"` is for work that is linear in a capped input, and `runs="remote"` for an
    `async def` that asks over the network.
    """

    def decorate(function: Decorated) -> Decorated:
        parameters = list(inspect.signature(function).parameters.values())
        if len(parameters) < 2 or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in parameters[:2]):
            raise UserError(f"verifier {name!r} must take (answer, gold, …), got {inspect.signature(function)}")
        if (runs == "remote") != inspect.iscoroutinefunction(function):
            raise UserError(f"verifier {name!r}: runs='remote' goes with async def, and async def with runs='remote'")
        entry = RewardEntry(
            name, function, runs, quick, check_gold, preload, check_params, gold_is_answer, right_answer
        )
        REWARDS.add(name, entry)
        return function

    return decorate


def named_in(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that `function` names as keywords (all of them when it takes `**params`)."""
    names, takes_any = _keywords(function)
    return {name: value for name, value in values.items() if name in names or (takes_any and name not in CONTEXT)}


@lru_cache(maxsize=1024)
def _keywords(function: Callable[..., Any]) -> tuple[frozenset[str], bool]:
    """Return the names of a function's parameters, and whether it ends in `**params`."""
    parameters = inspect.signature(function).parameters.values()
    return frozenset(p.name for p in parameters), any(p.kind is p.VAR_KEYWORD for p in parameters)


def _check_value(entry: RewardEntry, name: str, value: Any) -> None:
    hint = _hints(entry.function).get(name)
    if typing.get_origin(hint) is Literal:
        expected = typing.get_args(hint)
        fits, told = value in expected, "one of " + ", ".join(map(str, expected))
    elif hint is float:
        fits, told = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif hint in (int, str, bool):
        fits, told = type(value) is hint, f"a value of type {hint.__name__}"
    else:
        return
    if not fits:
        raise UserError(f"parameter {name!r} of verifier {entry.name!r} is {value!r}; expected {told}")


@lru_cache(maxsize=1024)
def _hints(function: Verifier) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError:  # names a plug-in imports for type checkers only: its parameters go unchecked
        return {}


REWARDS: Registry[RewardEntry] = Registry("verifier")


def get_reward(name: str) -> Verifier:
    """Return the function registered under a name, to call it yourself: `get_reward("math")("1/2", "0.5")`."""
    return REWARDS.get(name).function
