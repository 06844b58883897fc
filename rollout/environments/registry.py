"""The `@environment` decorator: how a class gets a name that a configuration uses, and the check of its parameters."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from rewards.keywords import expected_of
from rlcs.errors import UserError, unknown_name
from rlcs.plugins import ENVIRONMENTS
from rollout.environments.protocol import Environment

Made = TypeVar("Made", bound=type)
Check = Callable[..., str | None]
_METHODS = ("reset", "step", "close")


@dataclass(frozen=True)
class EnvironmentEntry:
    """A registered environment and how it is run."""

    name: str
    function: Callable[..., Environment]
    """The class."""
    deadline_s: float
    """Wall time of a step, after which the process that holds it is ended."""
    reset_s: float
    """The same of a reset, which may have to start a browser."""
    per_host: int
    """Environments that share a process."""
    check: Check | None
    """`check(…)`, by the names of parameters -> what is wrong with their values or this machine, or None."""
    judges: bool = True
    """Whether it judges its episodes; False where they end with an answer, which a verifier judges."""

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters a configuration may set, by name."""
        return inspect.signature(self.function).parameters

    @cached_property
    def summary(self) -> str:
        """First line of the docstring, for listings."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def make(self, params: Mapping[str, Any]) -> Environment:
        """Return an environment."""
        return self.function(**params)

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise a UserError when a parameter is unknown, missing or of the wrong kind."""
        hints = typing.get_type_hints(self.function.__init__)
        for name, value in params.items():
            if name not in self.parameters:
                raise unknown_name(f"parameter of environment {self.name!r}:", name, self.parameters)
            if told := expected_of(hints.get(name), value):
                raise UserError(f"parameter {name!r} of environment {self.name!r} is {value!r}; expected {told}")
        for name, parameter in self.parameters.items():
            if parameter.default is parameter.empty and name not in params:
                raise UserError(f"environment {self.name!r} needs the parameter {name!r}; set it")
        if self.check is not None:
            values = {name: parameter.default for name, parameter in self.parameters.items()} | dict(params)
            asked = {name: values[name] for name in inspect.signature(self.check).parameters}
            if wrong := self.check(**asked):
                raise UserError(f"environment {self.name!r}: {wrong}")


def environment(
    name: str,
    *,
    deadline_s: float = 10.0,
    reset_s: float = 30.0,
    per_host: int = 8,
    check: Check | None = None,
    judges: bool = True,
) -> Callable[[Made], Made]:
    """Register an environment: `@environment("maze")` above a class with `reset`, `step` and `close`.

    The arguments of its constructor are the parameters that a configuration may set. `per_host` of them share a
    process, each in a thread of its own; one that does not answer within `deadline_s` (`reset_s` for a reset) ends it.
    `judges=False`: its episodes end with `Outcome(answer=…)`, and the verifier of the task's source judges that.
    """
    if not (deadline_s > 0 and reset_s > 0 and per_host > 0):
        raise UserError(
            f"environment {name!r}: deadline_s={deadline_s}, reset_s={reset_s}, per_host={per_host} must be above 0"
        )

    def decorate(made: Made) -> Made:
        if missing := [method for method in _METHODS if not callable(getattr(made, method, None))]:
            raise UserError(f"environment {name!r} lacks {', '.join(missing)}; it needs reset, step and close")
        ENVIRONMENTS.add(name, EnvironmentEntry(name, made, deadline_s, reset_s, per_host, check, judges))
        return made

    return decorate
