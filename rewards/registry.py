"""The `@reward` decorator and the table of verifiers: how a function that judges an answer gets a name.

Light, so that a plug-in needs nothing but `from rlcs import reward, Verdict`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Literal, TypeVar

from rewards.keywords import CONTEXT, expected_of, grouped, hints_of, keywords_for, keywords_of, with_groups
from rlcs.config.limits import REWARD_CHOICES
from rlcs.errors import UserError, unknown_name
from rlcs.plugins import Registry, origin
from rlcs.records import Verdict

Verifier = Callable[..., float | Verdict | Awaitable[float | Verdict]]
Decorated = TypeVar("Decorated", bound=Verifier)
QuickVerifier = Callable[..., float | Verdict | None]
GoldCheck = Callable[..., str | None]
ParamsCheck = Callable[..., str | None]
RightAnswer = Callable[..., str | None]
Respelling = Callable[[Any], str | None]
Sameness = Callable[[str], str]
Runs = Literal["inline", "worker", "remote"]
SAYS_NOTHING = "I do not know"


@dataclass(frozen=True)
class RewardEntry:
    """A registered verifier and how to run it."""

    name: str
    function: Verifier
    """`function(answer, gold, **params)` -> score in [0, 1] or a Verdict."""
    domains: tuple[str, ...]
    """What kinds of tasks it judges where nothing names a verifier; no two verifiers share a domain."""
    box: str
    """Marker around the answer where no configuration says which; none where all of the answer part is judged."""
    timeout_s: float
    """Deadline of one judgement where no configuration sets it."""
    runs: Runs
    """inline: in the training process, for capped linear work only; worker: in a process that can be killed; remote: a
    coroutine that asks over the network, cancelled at its deadline."""
    quick: QuickVerifier | None
    """Tried first, inline; None from it means undecided, and the function is asked in the worker. One that ends in
    `**params` gets what the function gets."""
    gold_check: GoldCheck | None
    """`check(gold, …)` -> what is wrong with a gold answer, or None; may also raise ValueError."""
    preload: tuple[str, ...]
    """Modules the workers import once, before they are forked, so that a fresh worker is ready at once."""
    params_check: ParamsCheck | None = None
    """`check(…)`, by the names of parameters -> what is wrong with their values, or None."""
    gold_is_answer: bool = True
    """Whether the gold answer, given as an answer, is right (that of `code` is a list of tests); for `rlcs check`."""
    right_answer: RightAnswer | None = None
    """`write(gold, …)` -> an answer that is right, where the gold is none but says one; None where it says none."""
    respell: Respelling | None = None
    """`respell(gold)` -> the gold as an answer in another spelling, or None where there is none; for `rlcs check`."""
    same: Sameness | None = None
    """`same(answer)` -> a key: answers to a task that have it in common are judged once. Without, equal answers are."""

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters a configuration may set, by name."""
        return {one.name: one for one in keywords_of(self.function).named[2:] if one.name not in CONTEXT}

    @property
    def takes_any_parameter(self) -> bool:
        """Whether the function ends in `**params`, so that names cannot be checked."""
        return keywords_of(self.function).takes_any

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
            if wrong := self.params_check(**keywords_for(self.params_check, values)):
                raise UserError(f"verifier {self.name!r}: {wrong}")

    def check_gold(self, gold: Any, params: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a gold answer, or None."""
        if gold is None or (isinstance(gold, str) and not gold.strip()):
            return "the gold answer is empty"
        if self.gold_check is None:
            return None
        try:
            return self.gold_check(gold, **keywords_for(self.gold_check, params))
        except ValueError as error:
            return str(error) or "the gold answer is not valid"

    def known_answer(self, gold: Any, params: Mapping[str, Any]) -> str | None:
        """Return an answer that is right for a gold; None where none can be known."""
        if self.right_answer is not None:
            return self.right_answer(gold, **keywords_for(self.right_answer, params))
        return as_answer(gold) if self.gold_is_answer else None

    def arguments_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return `values` as the arguments of calls: with the groups of the function beside them."""
        return with_groups(self.function, values)

    def keywords_for_quick(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of `values` that `quick` is called with."""
        assert self.quick is not None, f"verifier {self.name!r} has no quick stage"
        keywords = keywords_of(self.quick)
        if not keywords.takes_any:
            return keywords_for(self.quick, values)
        context = {name: values[name] for name in CONTEXT & keywords.names & values.keys()}
        return keywords_for(self.function, values) | context


def as_answer(gold: Any) -> str:
    """Return a gold answer as a model would write it: the first of several alternatives, other records as JSON."""
    first = gold[0] if isinstance(gold, list) and gold and isinstance(gold[0], str) else gold
    return first if isinstance(first, str) else json.dumps(first, ensure_ascii=False)


def reward(
    name: str,
    *,
    domains: Sequence[str] = (),
    box: str = "any",
    timeout_s: float = 5.0,
    runs: Runs = "worker",
    quick: QuickVerifier | None = None,
    check_gold: GoldCheck | None = None,
    check_params: ParamsCheck | None = None,
    preload: tuple[str, ...] = (),
    gold_is_answer: bool = True,
    right_answer: RightAnswer | None = None,
    respell: Respelling | None = None,
    same: Sameness | None = None,
) -> Callable[[Decorated], Decorated]:
    """Register a verifier: `@reward("parity")` above `def parity(answer: str, gold, *, strict: bool = True) -> float`.

    The keywords of the signature are the parameters that a configuration and a task may set; a keyword whose default is
    a dataclass is a group, and its fields are the parameters. `question`, `task` and `delimited` (CONTEXT) are filled
    in. By default it runs in a worker process with a deadline, where it may hang or crash without harm;
    `runs="inline"` is for work that is linear in a capped input, and `runs="remote"` for an `async def` that asks over
    the network. `domains` may name new ones: a data source may then use them.
    """
    _check_declared(name, domains, box, timeout_s)

    def decorate(function: Decorated) -> Decorated:
        parameters = list(inspect.signature(function).parameters.values())
        if len(parameters) < 2 or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in parameters[:2]):
            raise UserError(f"verifier {name!r} must take (answer, gold, …), got {inspect.signature(function)}")
        if (runs == "remote") != inspect.iscoroutinefunction(function):
            raise UserError(f"verifier {name!r}: runs='remote' goes with async def, and async def with runs='remote'")
        entry = RewardEntry(
            name=name,
            function=function,
            domains=tuple(domains),
            box=box,
            timeout_s=timeout_s,
            runs=runs,
            quick=quick,
            gold_check=check_gold,
            preload=preload,
            params_check=check_params,
            gold_is_answer=gold_is_answer,
            right_answer=right_answer,
            respell=respell,
            same=same,
        )
        REWARDS.add(name, entry)
        return function

    return decorate


def _check_declared(name: str, domains: Sequence[str], box: str, timeout_s: float) -> None:
    """Raise a UserError when `@reward` declares what cannot be."""
    if isinstance(domains, str) or not all(domain and not set(domain) & set("/ ") for domain in domains):
        raise UserError(
            f"verifier {name!r}: domains is {domains!r}; expected a list of names, for example ['stem.math']"
        )
    if box not in (boxes := REWARD_CHOICES["format.box"]):
        raise UserError(f"verifier {name!r}: box is {box!r}; expected one of {', '.join(map(str, boxes))}")
    if not timeout_s > 0:
        raise UserError(f"verifier {name!r}: timeout_s is {timeout_s}; it must be above 0")


def _check_value(entry: RewardEntry, name: str, value: Any) -> None:
    if told := expected_of(hints_of(entry.function).get(name), value):
        raise UserError(f"parameter {name!r} of verifier {entry.name!r} is {value!r}; expected {told}")


class VerifierRegistry(Registry[RewardEntry]):
    """The verifiers by name, and by the domains that they judge."""

    def add(self, name: str, entry: RewardEntry) -> None:
        """Register a verifier; UserError when the name or one of its domains is another's."""
        for domain, rival in self.domains().items():
            if domain in entry.domains and rival != name:
                raise UserError(
                    f"domain {domain!r} is claimed by two verifiers: {rival!r} ({origin(self.get(rival))}) and "
                    f"{name!r} ({origin(entry)}); take it out of the domains of one"
                )
        super().add(name, entry)

    def domains(self) -> dict[str, str]:
        """Return the verifier of each domain that has one, by domain, sorted."""
        return dict(sorted((domain, name) for name, entry in self._entries.items() for domain in entry.domains))


REWARDS = VerifierRegistry("verifier")


def get_reward(name: str) -> Verifier:
    """Return the verifier registered under a name, to call it yourself: `get_reward("math")("1/2", "0.5")`.

    It takes its parameters by the names that a configuration gives them.
    """
    function = REWARDS.get(name).function
    if not keywords_of(function).groups:
        return function

    @wraps(function)
    def called(answer: str, gold: Any, **params: Any) -> Any:
        return function(answer, gold, **grouped(function, params))

    return called
