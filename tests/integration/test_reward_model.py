"""Reward models as people use them: trained on preference pairs, then judging a run; real DeepSpeed, Ray and vLLM."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from rlcs_command import descendants, finish, metrics, output_of, rlcs, start, still_alive, wait_for

from rewards.running.ratings import Rating
from rlcs.config.schema import ClusterConfig, Config, DataConfig, RewardConfig, RewardModelConfig, SourceConfig
from rlcs.process.cluster import Cluster
from rlcs.process.environment import prepare_process
from rlcs.reward_models.catalogue import find_reward_models
from rlcs.reward_models.pool import MAX_RESTARTS, RaterPool, start_raters, wait_until_ready
from rlcs.tasks import Preference, load_preferences

pytestmark = pytest.mark.timeout(600)
prepare_process()

NUM_UPDATES = 70
NUM_PAIRS = 64 * NUM_UPDATES
HELD_OUT = "tiny://preferences?kinds=addition&levels=1-2&count=300&split=eval&seed=7"
"""Pairs that the training command never reads."""


def training(folder: Path, *more: str) -> list[str]:
    pairs = f"data.train.0.path=tiny://preferences?kinds=addition&levels=1-2&count={NUM_PAIRS}"
    return rlcs("reward-model", "reward_model", f"run.dir={folder}", pairs, "checkpoint.every=0", *more)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a reward model whose training was stopped by Ctrl-C and resumed."""
    folder = tmp_path_factory.mktemp("reward_model") / "run"
    process = start(folder, training(folder))
    wait_for(lambda: 5 in metrics(folder), process, folder)
    started = descendants(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 130, output_of(folder)
    assert "go on with the same command and --resume" in output_of(folder)
    assert still_alive(started) == []
    finish(folder, training(folder, "--resume"))
    return folder


@pytest.fixture(scope="module")
def model(trained: Path) -> Path:
    return trained / "model"


def test_every_update_is_made_once_whatever_was_stopped(trained: Path) -> None:
    records = metrics(trained)
    assert list(records) == list(range(NUM_UPDATES + 1))
    assert "resumed from step-" in output_of(trained)
    assert records[0]["eval/accuracy"] < 0.6, "a fresh head ranks by chance"
    assert records[NUM_UPDATES]["eval/accuracy"] >= 0.7
    assert records[NUM_UPDATES]["reward_model/loss"] < 0.6 * records[1]["reward_model/loss"]
    assert f"held-out pairs ranked right: {records[0]['eval/accuracy']:.3f}" in output_of(trained)


def test_other_held_out_pairs_are_ranked_right_by_transformers_alone(model: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    classifier = AutoModelForSequenceClassification.from_pretrained(model).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)

    def rate(pair: Preference, response: str) -> float:
        messages = [{"role": "user", "content": pair.prompt}, {"role": "assistant", "content": response}]
        ids = tokenizer.apply_chat_template(messages, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            return float(classifier(input_ids=ids).logits)

    source = SourceConfig(name="p", path=HELD_OUT)
    _, pairs = load_preferences(DataConfig(train=[source], eval=[source]), seed=0)
    values = [(rate(pair, pair.chosen), rate(pair, pair.rejected)) for pair in pairs]
    assert sum(chosen > rejected for chosen, rejected in values) >= 0.7 * len(pairs)
    scale = json.loads((model / "reward_scale.json").read_text())
    found = torch.tensor(values)
    assert scale["mean"] == pytest.approx(float(found.mean()), abs=0.3 * scale["std"])
    assert scale["std"] == pytest.approx(float(found.std()), rel=0.2)


def test_a_run_learns_from_its_ratings(model: Path, tmp_path: Path) -> None:
    """A source of domain general without any gold answer, judged by the reward model alone: two real steps."""
    tasks = tmp_path / "general.jsonl"
    tasks.write_text("".join(json.dumps({"prompt": f"{n}+{n + 11}="}) + "\n" for n in range(10, 60)))
    folder = tmp_path / "run"
    finish(
        folder,
        rlcs(
            "train", "general", f"run.dir={folder}", "run.steps=2", f"reward_models.helpful.path={model}",
            f"data.train.0.path={tasks}", "data.train.0.domain=general", "curriculum.batch_size=4",
            "rollout.group_size=4", "data.eval.0.limit=8", "eval.every=2",
        ),
    )  # fmt: skip
    records = metrics(folder)
    assert list(records) == [0, 1, 2]
    for step in (1, 2):
        record = records[step]
        assert 0.0 < record["reward/chat/mean"] < 1.0
        assert record["reward/chat/unjudged_share"] == 0.0
        assert record["policy/grad_norm"] > 0.0, "the ratings of a group differ, so there is something to learn"
        rows = pq.read_table(folder / "rollouts" / f"step-{step:06d}.parquet").to_pylist()
        check_rows(rows, json.loads((model / "reward_scale.json").read_text()))


def check_rows(rows: list[dict[str, Any]], scale: dict[str, float]) -> None:
    """Every answer has its rating, made a score by the stored scale; the same answer to a task the same one."""
    seen: dict[tuple[str, str], float] = {}
    for row in rows:
        parts = dict(row["components"])
        if row["extracted"] is None:
            assert (row["score"], parts["reward_model"]) == (0.0, 0.0)
            continue
        assert row["status"] == "partial"
        z = min(max((parts["reward_model_raw"] - scale["mean"]) / scale["std"], -4.0), 4.0)
        assert row["score"] == pytest.approx(float(torch.tensor(z).sigmoid()), abs=1e-5)
        assert seen.setdefault((row["task_id"], row["extracted"]), row["score"]) == row["score"]
    assert len({round(row["score"], 4) for row in rows}) > len(rows) // 4


@pytest.fixture
def rater_pool(model: Path) -> Iterator[RaterPool]:
    """The reward model in a Ray worker of its own."""
    config = Config(
        data=DataConfig(train=[SourceConfig(name="a", path="a.jsonl")]),
        rewards={"default": RewardConfig(verifier=None, reward_model="m")},
        reward_models={"m": RewardModelConfig(path=str(model))},
    )
    with Cluster(ClusterConfig(), 2) as cluster:
        raters = start_raters(cluster, find_reward_models(config), threads=2)
        wait_until_ready(raters)
        pool = raters["m"].model
        assert isinstance(pool, RaterPool)
        yield pool


def test_a_dead_worker_is_replaced_and_one_that_keeps_dying_gives_no_zeros(rater_pool: RaterPool) -> None:
    answers = ["143", "9"]
    before = rater_pool.submit("57+86=", answers).result()
    assert before[0].value is not None and before[1].value is not None and before[0].value > before[1].value
    rater_pool.workers[0].kill()
    first, second = (rater_pool.submit("57+86=", answers) for _ in range(2))
    assert first.result() == second.result() == before

    class Doomed(RaterPool):
        def ask(self, number: int, *arguments: Any) -> Any:
            asked = super().ask(number, *arguments)
            self.workers[number].kill()
            return asked

    doomed = Doomed(rater_pool._start_worker, 1)
    ratings = doomed.submit("57+86=", answers).result()
    assert [rating.value for rating in ratings] == [None, None]
    assert "its worker died during rate" in ratings[0].message
    assert isinstance(ratings[0], Rating) and MAX_RESTARTS == 3
