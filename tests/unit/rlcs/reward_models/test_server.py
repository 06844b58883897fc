"""A reward model that serves: order, batches, refused answers, and failures that are told and not raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rlcs.errors import UserError
from rlcs.model.files import resolve_model_path
from rlcs.process.environment import prepare_process
from rlcs.reward_models.server import RewardServer, batches

prepare_process()
ANSWERS = ["143", "", "the sum of 57 and 86 is 143", "7", "143"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny policy with a fresh head of one output, saved as a reward model."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    path, folder = resolve_model_path("tiny://text"), tmp_path_factory.mktemp("reward_model")
    torch.manual_seed(0)
    AutoModelForSequenceClassification.from_pretrained(path, num_labels=1).save_pretrained(folder)
    AutoTokenizer.from_pretrained(path).save_pretrained(folder)
    return folder


def serve(folder: Path | str, **changes: Any) -> RewardServer:
    settings = {"name": "m", "path": str(folder), "max_tokens": 40, "batch_tokens": 64, "on_gpu": False, "threads": 1}
    return RewardServer(**{**settings, **changes})


def expected(folder: Path, answers: list[str]) -> list[float]:
    """What transformers alone gives, one conversation at a time."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    messages = [[{"role": "user", "content": "57+86="}, {"role": "assistant", "content": one}] for one in answers]
    ids = [tokenizer.apply_chat_template(one, return_tensors="pt")["input_ids"] for one in messages]
    with torch.no_grad():
        return [float(model(input_ids=one).logits) for one in ids]


@pytest.mark.parametrize("batch_tokens", [1, 64, 4096])
def test_ratings_are_those_of_transformers_in_the_order_of_the_answers(folder: Path, batch_tokens: int) -> None:
    ratings = serve(folder, batch_tokens=batch_tokens).rate("57+86=", ANSWERS)
    found = [rating.value for rating in ratings]
    assert found == pytest.approx(expected(folder, ANSWERS), abs=1e-5)
    assert len({round(value or 0.0, 4) for value in found}) == 4, "equal answers are rated alike, others are not"


def test_an_answer_that_is_too_long_is_told_and_the_others_are_rated(folder: Path) -> None:
    first, long, last = serve(folder).rate("57+86=", ["143", "1" * 100, "7"])
    assert long.is_too_long and long.value is None and "reads at most 40" in long.message
    assert [first.value, last.value] == pytest.approx(expected(folder, ["143", "7"]), abs=1e-5)


def test_a_failure_is_told_in_the_ratings(folder: Path) -> None:
    server = serve(folder)
    ratings = server.rate([{"role": "user"}], ["143", "7"])
    assert [rating.value for rating in ratings] == [None, None]
    assert ratings[0].message == "KeyError: 'content'"
    assert server.rate("57+86=", ["143"])[0].value is not None, "and it goes on"


def test_a_language_model_is_no_reward_model() -> None:
    path = resolve_model_path("tiny://text")
    with pytest.raises(UserError, match=f"reward_models.m.path={path} is no reward model: it is Qwen2ForCausalLM"):
        serve(path)


def test_batches_hold_like_lengths_and_no_more_slots_than_allowed() -> None:
    assert batches([5, 9, 4], 10) == [[1], [0, 2]]
    assert batches([3, 3, 3], 6) == [[0, 1], [2]]
    assert batches([50], 10) == [[0]], "a row that is longer goes alone"
    assert batches([], 10) == []
