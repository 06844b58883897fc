from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rewards import Scorer
from rlcs.config.schema import (
    ClusterConfig,
    Config,
    DataConfig,
    EnvironmentConfig,
    RewardConfig,
    ScoringConfig,
    SourceConfig,
)
from rlcs.errors import RunStopped
from rlcs.records import Completion, Group, PromptImage, Task
from rlcs.run.generation import Flight, Generation, request_seed
from rlcs.tasks import Prompt


@dataclass
class Arriving:
    """Stands for engines: groups come in portions, one whenever somebody looks; then comes what went wrong, if any."""

    portions: list[list[int]]
    shares: list[list[int]] = field(default_factory=lambda: [[0, 1, 2, 3]])
    error: Exception | None = None

    def arrivals(self, *, within_s: float = math.inf) -> Iterator[tuple[int, Group]]:
        while self.portions:
            yield from ((number, group_of(number)) for number in self.portions.pop(0))
            if within_s == 0.0:
                return
        if self.error is not None:
            raise self.error


def group_of(number: int) -> Group:
    task = Task(id=f"s:{number}", source="s", domain="counting", prompt="?", answer="1")
    one = Completion(
        token_ids=(1,) * 2**number, logprobs=(-0.1,) * 2**number, loss_mask=(1,) * 2**number, policy_version=0,
        finish_reason="stop", forced=False, text="1",
    )  # fmt: skip
    return Group(task=task, prompt_ids=(), completions=(one,))


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    with Scorer({"default": RewardConfig(verifier="numeric")}, {"s": "default"}, ScoringConfig()) as scorer:
        yield scorer


def test_groups_are_taken_as_they_come_and_come_back_in_the_order_of_the_plan(scorer: Scorer) -> None:
    flight = Flight(Arriving([[2], [0, 3], [1]]), scorer, 4, "")  # type: ignore[arg-type]
    flight.pump()
    assert flight.order == [2]
    flight.pump()
    assert flight.order == [2, 0, 3]
    assert flight.drain().order == [2, 0, 3, 1]
    flight.pump()
    assert [group.task.id for group in flight.groups()] == ["s:0", "s:1", "s:2", "s:3"]
    assert flight.seconds > 0


def test_engines_are_told_to_be_loaded_as_they_were_and_as_they_would_have_been(scorer: Scorer) -> None:
    alone = Flight(Arriving([[2, 0, 3, 1]]), scorer, 4, "")  # type: ignore[arg-type]
    assert alone.drain().metrics() == {}
    two = Flight(Arriving([[2, 0, 3, 1]], shares=[[3], [2, 1, 0]]), scorer, 4, "")  # type: ignore[arg-type]
    found = two.drain().metrics()  # 1, 2, 4 and 8 tokens
    assert found == {"rollout/engine_balance": 8 / 7.5, "rollout/engine_balance_in_turn": 10 / 7.5}


def test_what_goes_wrong_beside_an_update_is_told_after_it(scorer: Scorer) -> None:
    flight = Flight(Arriving([[2]], error=RunStopped("engines die")), scorer, 4, "")  # type: ignore[arg-type]
    for _ in range(3):
        flight.pump()
    with pytest.raises(RunStopped, match="engines die"):
        flight.drain()


def test_seeds_repeat_and_differ_by_step_task_purpose_and_run() -> None:
    seed = request_seed(0, 1, "s:1", "train")
    assert seed == request_seed(0, 1, "s:1", "train")
    others = {
        request_seed(1, 1, "s:1", "train"),
        request_seed(0, 2, "s:1", "train"),
        request_seed(0, 1, "s:2", "train"),
        request_seed(0, 1, "s:1", "eval"),
    }
    assert len(others | {seed}) == 5
    assert all(0 <= value < 2**31 for value in others)


def test_in_a_cluster_images_go_as_bytes_and_on_one_machine_as_paths(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"picture")
    prompt = Prompt(ids=(1, 8, 2), images=(PromptImage(reference=str(file), start=1, num_tokens=1),))

    class Renderer:
        def render(self, tasks: object) -> list[Prompt]:
            return [prompt]

    def reference(address: str | None) -> str | bytes:
        config = Config(cluster=ClusterConfig(address=address))
        made = Generation(rollout=None, renderer=Renderer(), scorer=None, config=config)  # type: ignore[arg-type]
        (found,) = made.prompts([])
        assert found.ids == prompt.ids
        return found.images[0].reference

    assert [reference(address) for address in (None, "local", "auto")] == [str(file), str(file), b"picture"]


def test_in_a_cluster_an_environment_gets_them_as_bytes_too(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"picture")
    task = Task(id="s:1", source="s", domain="general", prompt="?", answer="", images=(str(file),))

    class Renderer:
        chat_template = None

        def render(self, tasks: Sequence[Task]) -> list[Prompt]:
            return [Prompt(ids=(1,)) for _ in tasks]

    def asked_for(address: str | None, environment: EnvironmentConfig | None) -> Task:
        source = SourceConfig(name="s", path="a.jsonl", environment=environment)
        config = Config(cluster=ClusterConfig(address=address), data=DataConfig(train=[source]))
        made = Generation(rollout=None, renderer=Renderer(), scorer=None, config=config)  # type: ignore[arg-type]
        return made.requests([task], step=1, purpose="train")[0].task

    played = EnvironmentConfig(name="tools")
    assert asked_for("auto", played).images == (b"picture",)
    assert asked_for(None, played) is task and asked_for("auto", None) is task
