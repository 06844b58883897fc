"""What a reasoning_gym:// path asks for."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.reasoning_gym.paths import GymSource, parse_path


def test_a_bare_name_is_a_set_as_its_defaults_have_it() -> None:
    path = "reasoning_gym://chain_sum"
    assert parse_path(path) == GymSource(path=path, name="chain_sum")
    assert (parse_path(path).size, parse_path(path).seed, parse_path(path).split) == (500, 0, "train")


def test_what_is_not_ours_is_a_setting_of_the_set_with_its_value_as_yaml() -> None:
    path = (
        "reasoning_gym://some?levels=1-3&size=7&seed=2&split=eval&low=2&share=0.5&operators=[+,-]&deep=true&word=a%26b"
    )
    source = parse_path(path)
    assert (source.levels, source.size, source.seed, source.split) == ((1, 2, 3), 7, 2, "eval")
    assert source.settings == {"low": 2, "share": 0.5, "operators": ["+", "-"], "deep": True, "word": "a&b"}
    assert parse_path("reasoning_gym://some?levels=4").levels == (4,)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("split=evl", "did you mean 'eval'"),
        ("size=0", "size must be a whole number of at least 1, got '0'"),
        ("seed=x", "seed must be a whole number of at least 0, got 'x'"),
        ("levels=3-1", "levels must be a whole number of at least 3, got '1'"),
        ("low", "'low' is no setting; write name=value"),
        ("low=[1", "low=[1 is no value"),
    ],
)
def test_what_cannot_be_is_told(query: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        parse_path(f"reasoning_gym://some?{query}")
    assert told in str(error.value)
