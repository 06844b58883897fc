"""Episodes that an environment plays itself."""

from __future__ import annotations

import pytest

from rlcs.records import Outcome, Status, Task
from rollout.environments.experts import play
from rollout.environments.protocol import EnvironmentFault, Observation

TASK = Task(id="s:0", source="s", domain="general", prompt="?", answer="")
WON = Outcome(score=1.0, status=Status.CORRECT)


class Countdown:
    """Counts down from the seed; its expert says the number that is left."""

    def reset(self, task: Task, seed: int) -> Observation:
        self.left = seed
        return Observation(parts=(f"{self.left} left",))

    def step(self, text: str) -> Observation:
        assert text == str(self.left)
        self.left -= 1
        return Observation(parts=(f"{self.left} left",), outcome=None if self.left else WON)

    def close(self) -> None: ...


class Knowing(Countdown):
    def expert(self) -> str:
        if self.left == 9:
            raise EnvironmentFault("nothing is known of 9")
        return str(self.left)


def test_an_episode_is_played_to_its_end() -> None:
    played = play(Knowing(), TASK, seed=2)
    assert played.opening.parts == ("2 left",)
    assert [(text, shown.parts) for text, shown in played.turns] == [("2", ("1 left",)), ("1", ("0 left",))]
    assert played.outcome == WON


def test_or_for_so_many_turns() -> None:
    played = play(Knowing(), TASK, seed=5, max_turns=3)
    assert len(played.turns) == 3 and played.outcome is None


@pytest.mark.parametrize(("environment", "told"), [(Knowing(), "nothing is known of 9"), (Countdown(), "no method")])
def test_where_nothing_is_known_it_is_a_fault(environment: Countdown, told: str) -> None:
    with pytest.raises(EnvironmentFault, match=told):
        play(environment, TASK, seed=9)
