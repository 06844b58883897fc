"""The sets of Reasoning Gym, those left out, and what is told when the library is missing."""

from __future__ import annotations

import sys

import pytest

from rlcs.errors import UserError
from rlcs.reasoning_gym.library import CATEGORIES, INSTALL, LEFT_OUT, check_set, domain_of, load_library


def test_every_category_of_the_library_is_known() -> None:
    found = {dataset.__module__.split(".")[1] for dataset, _ in load_library().DATASETS.values()}
    assert found - {"composite"} == set(CATEGORIES)
    assert domain_of("games") == "reasoning.games"


def test_what_is_left_out_is_there_and_told_why() -> None:
    assert LEFT_OUT.keys() < load_library().DATASETS.keys()
    with pytest.raises(
        UserError, match="'puzzle24' of Reasoning Gym cannot be used: its scorer takes any four numbers"
    ):
        check_set("puzzle24")


def test_a_misspelt_set_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'chain_sum'"):
        check_set("chain_sums")


def test_a_missing_library_is_told_in_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    load_library.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "reasoning_gym"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(UserError) as error:
        check_set("chain_sum")
    assert str(error.value).endswith(f"get it by {INSTALL}") and "\n" not in str(error.value)
