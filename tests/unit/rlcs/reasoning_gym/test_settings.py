"""The configuration of a set at a level, and settings by hand."""

from __future__ import annotations

import datetime

import pytest

from rlcs.errors import UserError
from rlcs.reasoning_gym.settings import dataset_to_score, make_dataset, num_levels


def test_a_level_has_only_what_is_new_in_it() -> None:
    assert num_levels("chain_sum") == 11
    config = make_dataset("chain_sum", 2, {}).config
    # The lists of the library's curriculum: 2, 3, 4, … terms and 1, 2, 3, … digits.
    assert (config.min_terms, config.max_terms, config.min_digits, config.max_digits) == (4, 4, 3, 3)


def test_settings_win_over_the_level() -> None:
    config = make_dataset("chain_sum", 2, {"min_digits": 1}, seed=5, size=9).config
    assert (config.min_digits, config.max_digits, config.seed, config.size) == (1, 3, 5, 9)


def test_settings_get_the_type_of_the_default() -> None:
    assert make_dataset("basic_arithmetic", None, {"operators": ["+"]}).config.operators == ("+",)
    assert make_dataset("time_intervals", None, {"min_date": "2020-01-02"}).config.min_date == datetime.date(2020, 1, 2)


@pytest.mark.parametrize(
    ("name", "level", "settings", "told"),
    [
        ("chain_sum", None, {"min_term": 2}, "did you mean 'min_terms'"),
        ("chain_sum", None, {"seed": 2}, "unknown setting of the set 'chain_sum': 'seed'"),
        ("chain_sum", None, {"min_terms": 0}, "chain_sum cannot be made: min_terms must be positive"),
        ("chain_sum", 11, {}, "has no level 11: it has 0 to 10"),
        ("acre", 0, {}, "has no level 0: it has none"),
        ("caesar_cipher", 3, {}, "caesar_cipher cannot be made at level 3"),
    ],
)
def test_what_cannot_be_is_told(name: str, level: int | None, settings: dict[str, object], told: str) -> None:
    with pytest.raises(UserError) as error:
        make_dataset(name, level, settings)
    assert told in str(error.value)


def test_a_set_to_score_with_is_made_once() -> None:
    assert dataset_to_score("gcd", None, "{}") is dataset_to_score("gcd", None, "{}")
    assert dataset_to_score("gcd", None, '{"max_numbers": 3}').config.max_numbers == 3
