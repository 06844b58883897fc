"""Episodes that an environment plays itself."""

from __future__ import annotations

from random import Random

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
    assert [(turn.text, turn.shown.parts) for turn in played.turns] == [("2", ("1 left",)), ("1", ("0 left",))]
    assert played.outcome == WON


def test_or_for_so_many_turns() -> None:
    played = play(Knowing(), TASK, seed=5, max_turns=3)
    assert len(played.turns) == 3 and played.outcome is None


class Erring(Countdown):
    """Goes up again where something else is said."""

    def expert(self) -> str:
        return str(self.left)

    def step(self, text: str) -> Observation:
        if text == "oops":
            self.left += 1
            return Observation(parts=(f"{self.left} left",))
        return super().step(text)

    def mistake(self, random: Random) -> str:
        return random.choice(["oops"])


def test_mistakes_are_a_share_of_the_turns_and_drawn_by_task_and_seed() -> None:
    played = play(Erring(), TASK, seed=7, mistakes=0.4)
    assert played == play(Erring(), TASK, seed=7, mistakes=0.4) and played.outcome == WON
    assert [turn.text == "oops" for turn in played.turns] == [turn.is_mistake for turn in played.turns]
    assert 0 < played.num_mistakes and len(played.turns) == 7 + 2 * played.num_mistakes
    assert play(Erring(), TASK, seed=7).num_mistakes == 0
    assert play(Knowing(), TASK, seed=7, mistakes=0.9).num_mistakes == 0, "it makes none"


@pytest.mark.parametrize(("environment", "told"), [(Knowing(), "nothing is known of 9"), (Countdown(), "no method")])
def test_where_nothing_is_known_it_is_a_fault(environment: Countdown, told: str) -> None:
    with pytest.raises(EnvironmentFault, match=told):
        play(environment, TASK, seed=9)
