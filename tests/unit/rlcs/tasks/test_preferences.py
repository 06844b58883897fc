"""Preference pairs: a prompt and two responses, text or chat messages, and which pairs are held out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rlcs.config.schema import DataConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import Preference, load_preferences

Build = Callable[..., SourceConfig]

PAIR = {"prompt": "1+1=", "chosen": "2", "rejected": "3"}


def pairs_of(source: SourceConfig, *, holdout: int = 1) -> tuple[list[Preference], list[Preference]]:
    return load_preferences(DataConfig(train=[source], holdout=holdout), seed=0)


def test_columns_are_mapped_and_neither_gold_nor_difficulty_is_needed(make_source: Build) -> None:
    row = {"question": "1+1=", "good": "2", "bad": "3"}
    fields = {"prompt": "question", "chosen": "good", "rejected": "bad"}
    train, held_out = pairs_of(make_source(row, row, fields=fields, answer_pattern="#### (.+)$"))
    assert train == held_out == [Preference(prompt="1+1=", chosen="2", rejected="3")]


def test_of_chat_messages_the_last_is_the_response(make_source: Build) -> None:
    user = {"role": "user", "content": "1+1="}
    row = {"prompt": [user], "chosen": [user, {"role": "assistant", "content": "2"}], "rejected": "3"}
    train, _ = pairs_of(make_source(row, row))
    assert train == [Preference(prompt=[user], chosen="2", rejected="3")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"rejected": "2"}, "fields 'chosen' and 'rejected' are the same: '2'"),
        ({"chosen": " "}, "field 'chosen' is empty"),
        ({"rejected": None}, "field 'rejected' is None; expected a value"),
        ({"chosen": [{"role": "user", "content": "1+1="}]}, "messages that end with the assistant's, got [{'role'"),
        ({"chosen": []}, "messages that end with the assistant's, got []"),
        ({"prompt": ""}, "field 'prompt' is empty"),
    ],
)
def test_a_pair_that_cannot_be_used_is_told_with_its_line(
    make_source: Build, change: dict[str, object], expected: str
) -> None:
    source = make_source(PAIR, {**PAIR, **change})
    with pytest.raises(UserError) as caught:
        pairs_of(source)
    assert f"data source s: {source.path} line 2: " in str(caught.value)
    assert expected in str(caught.value)


def test_bad_pairs_may_be_skipped(make_source: Build) -> None:
    train, held_out = pairs_of(make_source(PAIR, {**PAIR, "rejected": "2"}, PAIR, on_bad_row="skip"))
    assert len(train) + len(held_out) == 2


def test_pairs_are_held_out_at_random_from_the_seed_unless_there_are_eval_sources() -> None:
    source = SourceConfig(name="p", path="tiny://preferences?count=40")
    train, held_out = pairs_of(source, holdout=10)
    assert (len(train), len(held_out)) == (30, 10)
    assert pairs_of(source, holdout=10) == (train, held_out)
    assert load_preferences(DataConfig(train=[source], holdout=10), seed=1)[1] != held_out
    data = DataConfig(train=[source], eval=[SourceConfig(name="e", path="tiny://preferences?count=7&split=eval")])
    assert [len(part) for part in load_preferences(data, seed=0)] == [40, 7]


def test_without_pairs_on_either_side_there_is_nothing_to_do() -> None:
    source = SourceConfig(name="p", path="tiny://preferences?count=4")
    with pytest.raises(UserError, match="no pair is held out, .*: set data.holdout"):
        pairs_of(source, holdout=0)
    with pytest.raises(UserError, match="no pair to train on: .*lower data.holdout"):
        pairs_of(source, holdout=4)
