"""Episodes won by experts, in a small environment: what is kept, what is said of the rest, what is refused."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import (
    Config,
    DataConfig,
    EnvironmentConfig,
    FormatConfig,
    ModelConfig,
    RewardConfig,
    SourceConfig,
)
from rlcs.demonstrate import Tally, run, write
from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS
from rlcs.records import Outcome, Status, Task
from rollout.environments.protocol import EnvironmentFault, Observation
from rollout.environments.registry import environment


class Adding:
    """Asks for a sum; the second turn is over."""

    def reset(self, task: Task, seed: int) -> Observation:
        self.task, self.turns = task, 0
        return Observation(parts=(str(task.prompt),))

    def step(self, text: str) -> Observation:
        self.turns += 1
        return (
            Observation(parts=("go on",)) if self.turns == 1 else Observation(parts=("over",), outcome=self.end(text))
        )

    def end(self, text: str) -> Outcome:
        is_right = text == self.task.answer
        return Outcome(score=float(is_right), status=Status.CORRECT if is_right else Status.INCORRECT, message="judged")

    def close(self) -> None: ...


class KnowingAdding(Adding):
    def expert(self) -> str:
        if self.task.prompt == "2+2=":
            raise EnvironmentFault("2 is unknown")
        return "9" if self.task.prompt == "3+3=" else str(self.task.answer)


class ErringAdding(KnowingAdding):
    """Errs; a mistake at the end of an episode loses it, and after one at its beginning the expert of 5 gives up."""

    def mistake(self, random: Random) -> str:
        self.erred = random.random() + random.random() >= 0.0  # always; draws are used up
        return "oops"

    def reset(self, task: Task, seed: int) -> Observation:
        self.erred = False
        return super().reset(task, seed)

    def expert(self) -> str:
        if self.erred and self.task.prompt == "5+5=":
            raise EnvironmentFault("nothing is left to do")
        return super().expert()


class Asking(KnowingAdding):
    """Leaves the answer to a verifier."""

    def end(self, text: str) -> Outcome:
        return Outcome(answer=text)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENVIRONMENTS, "_entries", dict(ENVIRONMENTS._entries))
    environment("adding")(Adding)
    environment("knowing_adding")(KnowingAdding)
    environment("erring_adding")(ErringAdding)
    environment("asking", judges=False)(Asking)


def config_of(folder: Path, name: str, **settings: Any) -> Config:
    rows = [{"prompt": f"{n}+{n}=", "answer": str(2 * n), "kind": "low" if n < 4 else "high"} for n in range(1, 7)]
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = SourceConfig(
        name="sums", path=str(folder / "sums.jsonl"), environment=EnvironmentConfig(name=name, **settings)
    )
    source.fields.subcategory = "kind"
    return Config(
        model=ModelConfig(path="m"),
        data=DataConfig(train=[source]),
        rewards={
            "sums": RewardConfig(
                verifier="math",
                format_weight=0.0,
                format=FormatConfig(think="optional", answer_tag="optional", box="none"),
            )
        },
    )


@pytest.mark.parametrize("name", ["knowing_adding", "asking"])
def test_what_is_won_is_kept_in_its_order(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(config_of(tmp_path, name), out=tmp_path / "won.parquet")
    rows = pq.read_table(tmp_path / "won.parquet").to_pylist()
    assert [row["task_id"] for row in rows] == ["sums:0", "sums:3", "sums:4", "sums:5"]
    assert rows[0]["opening"] == [{"text": "1+1=", "image": None}]
    assert [(turn["text"], turn["shown"][0]["text"]) for turn in rows[0]["turns"]] == [("2", "go on"), ("2", "over")]
    assert {row["score"] for row in rows} == {1.0} and {row["subcategory"] for row in rows} == {"low", "high"}
    told = capsys.readouterr().out
    assert "low" in told and "2 is unknown" in told and "wrote 4 episodes" in told
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["sums.jsonl", "won.parquet"]


def test_mistakes_are_marked_and_what_they_lose_is_played_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(config_of(tmp_path, "erring_adding"), out=tmp_path / "won.parquet", mistakes=0.5)
    rows = pq.read_table(tmp_path / "won.parquet").to_pylist()
    assert [row["task_id"] for row in rows] == ["sums:0", "sums:3", "sums:4", "sums:5"]
    turns = [turn for row in rows for turn in row["turns"]]
    assert [[turn["mistake"] for turn in row["turns"]] for row in rows] == [
        [False, False],
        [True, False],
        [False, False],  # it erred first, and its expert gave up
        [False, False],  # it erred last
    ]
    assert {(turn["text"] == "oops", turn["mistake"]) for turn in turns} == {(True, True), (False, False)}
    assert not any(row["turns"][-1]["mistake"] for row in rows)
    assert "mistakes" in capsys.readouterr().out


def test_mistakes_may_be_kept_with_what_they_lost(tmp_path: Path) -> None:
    run(config_of(tmp_path, "erring_adding"), out=tmp_path / "all.parquet", mistakes=0.5, keeps=True)
    rows = pq.read_table(tmp_path / "all.parquet").to_pylist()
    texts = [[turn["text"] for turn in row["turns"]] for row in rows]
    assert any("oops" in one for one in texts) and not any(turn["mistake"] for row in rows for turn in row["turns"])
    assert {row["score"] for row in rows} == {0.0, 1.0}, "one erred last"
    with pytest.raises(UserError, match="--keep-mistakes keeps those of --mistakes SHARE"):
        run(config_of(tmp_path, "erring_adding"), out=tmp_path / "all.parquet", keeps=True)


def test_mistakes_of_an_environment_that_makes_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'knowing_adding' of data source 'sums' makes none: give its class a method"):
        run(config_of(tmp_path, "knowing_adding"), out=tmp_path / "won.parquet", mistakes=0.5)


def test_without_an_expert_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'adding', which has no expert: give its class a method expert"):
        run(config_of(tmp_path, "adding"), out=tmp_path / "won.parquet")


def test_nothing_to_play_is_told(tmp_path: Path) -> None:
    config = config_of(tmp_path, "adding")
    config.data.train[0].environment = None
    with pytest.raises(UserError, match="no source of data.train is played in an environment"):
        run(config, out=tmp_path / "won.parquet")


def test_where_nothing_is_won_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no episode was won"):
        run(config_of(tmp_path, "knowing_adding", max_turns=1), out=tmp_path / "won.parquet")
    assert not (tmp_path / "won.parquet").exists()


def test_an_interrupt_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rlcs.demonstrate.judged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(config_of(tmp_path, "knowing_adding"), out=tmp_path / "won.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["sums.jsonl"]


def test_many_rows_are_written_as_they_come(tmp_path: Path) -> None:
    row = {"task_id": "s:0", "source": "s", "domain": "general", "subcategory": "", "opening": [], "turns": []}
    assert write(tmp_path / "a.parquet", iter([{**row, "score": 1.0}] * 130)) == 130
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 130
    assert defaultdict(Tally)["new"].kept == 0
