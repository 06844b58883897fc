"""The decorator @environment."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS
from rollout.environments import builtin  # noqa: F401  (registers them)
from rollout.environments.protocol import Observation
from rollout.environments.registry import EnvironmentEntry, environment


class Still:
    """Does nothing."""

    def __init__(self, *, size: int, share: float = 0.5) -> None:
        self.size, self.share = size, share

    def reset(self, task: object, seed: int) -> Observation:
        return Observation(parts=())

    step = reset

    def close(self) -> None:
        return


def refuse_much(*, share: float) -> str | None:
    return f"share is {share:g}" if share > 1 else None


@pytest.fixture(scope="module")
def still() -> EnvironmentEntry:
    environment("still", per_host=2, check=refuse_much)(Still)
    entry: EnvironmentEntry = ENVIRONMENTS.get("still")
    return entry


def test_an_environment_is_made_with_its_parameters(still: EnvironmentEntry) -> None:
    still.check_params({"size": 3})
    made = still.make({"size": 3})
    assert isinstance(made, Still) and (made.size, made.share) == (3, 0.5)
    assert (still.per_host, still.summary, still.judges) == (2, "Does nothing.", True)


def test_tools_leave_their_answer_to_a_verifier_and_the_others_judge() -> None:
    built_in = {name: ENVIRONMENTS.get(name).judges for name in ("miniwob", "textarena", "tools")}
    assert built_in == {"miniwob": True, "textarena": True, "tools": False}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "needs the parameter 'size'"),
        ({"size": "3"}, "'size' of environment 'still' is '3'; expected a value of type int"),
        ({"size": 3, "shar": 1}, "did you mean 'share'"),
        ({"size": 3, "share": 2}, "environment 'still': share is 2"),
    ],
)
def test_what_does_not_fit_is_told(still: EnvironmentEntry, params: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        still.check_params(params)


def test_a_class_that_lacks_a_method_is_refused() -> None:
    with pytest.raises(UserError, match="lacks step, close"):
        environment("half")(type("Half", (), {"reset": Still.reset}))


def test_deadlines_must_be_above_zero() -> None:
    with pytest.raises(UserError, match="deadline_s=0"):
        environment("hasty", deadline_s=0)
