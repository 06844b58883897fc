"""RLCS does TRL's work: every group, the tasks that are told beforehand, completions judged as texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curriculum import Curriculum
from rlcs.bench.curriculum.scale import make_index
from rlcs.bench.folder_size import make_groups
from rlcs.bench.rivals.cases import shared_overrides
from rlcs.bench.rivals.ours import EveryGroup, text_of
from rlcs.config.load import load_config
from rlcs.config.schema import Config
from rlcs.records import Group
from rlcs.tiny.tokenizer import build_tokenizer

INDEX = make_index(2000)


@pytest.fixture
def config() -> Config:
    plain = load_config(Path("quickstart"))
    return load_config(Path("quickstart"), shared_overrides(plain))


def judged(rows: np.ndarray, rate: float) -> list[Group]:
    return make_groups(INDEX, rows, np.full(len(INDEX), rate), np.random.default_rng(0), num_words=1)


def test_groups_of_equal_scores_are_trained_on_as_well(config: Config) -> None:
    curriculum = EveryGroup(config.curriculum, INDEX, seed=0)
    groups = judged(curriculum.next(1).rows, rate=0.0)
    curriculum.observe(1, groups)
    selection = curriculum.select(groups)
    assert selection.indices == list(range(config.curriculum.batch_size)) and selection.share == 1.0
    assert Curriculum(config.curriculum, INDEX, seed=0).select(groups).indices == []


def test_uniform_drawing_is_known_before_anything_was_observed(config: Config) -> None:
    running, told = (kind(config.curriculum, INDEX, seed=3) for kind in (EveryGroup, Curriculum))
    for step in range(1, 8):
        rows = running.next(step).rows
        groups = judged(rows, rate=0.5)
        running.observe(step, groups)
        running.select(groups)
        assert told.next(step).rows.tolist() == rows.tolist()


def test_the_text_of_a_completion_lacks_the_token_that_ends_it_and_no_other() -> None:
    tokenizer = build_tokenizer(max_length=64)
    ids = tokenizer("<think>1</think><answer>2</answer>")["input_ids"]
    assert text_of([*ids, tokenizer.eos_token_id], tokenizer) == text_of(ids, tokenizer)
    assert text_of(ids, tokenizer) == "<think>1</think><answer>2</answer>"
    user = tokenizer.convert_tokens_to_ids("<|user|>")
    assert text_of([user, *ids], tokenizer).startswith("<|user|>") and text_of([], tokenizer) == ""
