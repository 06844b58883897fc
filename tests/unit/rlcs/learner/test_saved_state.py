from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rlcs.errors import UserError
from rlcs.learner.saved_state import SavedState, file_name, holds_state, write_state

TOTAL = 11


def write_cut(folder: Path, cuts: list[int], key: str = "weight/w") -> Tensor:
    """Save 0, 1, …, TOTAL - 1 as as many ranks as there are parts between the cuts."""
    whole = torch.arange(float(TOTAL))
    edges = [0, *cuts, TOTAL]
    for rank, (start, until) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        places = {key: (start, TOTAL)} if until > start else {}
        tensors = {key: whole[start:until].clone()} if until > start else {}
        own = {"rng": torch.full((4,), rank, dtype=torch.uint8)}
        write_state(folder, rank, len(edges) - 1, tensors | own, {"places": places, "steps": 3})
    return whole


@given(cuts=st.lists(st.integers(0, TOTAL), max_size=4).map(sorted), start=st.integers(0, TOTAL - 1), data=st.data())
def test_any_part_is_read_however_the_ranks_had_cut_it(
    cuts: list[int], start: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("state")
    whole = write_cut(folder, cuts)
    count = data.draw(st.integers(1, TOTAL - start))
    with SavedState(folder) as saved:
        assert torch.equal(saved.read("weight/w", start, count, TOTAL), whole[start : start + count])


def test_headers_and_what_a_rank_kept_for_itself_come_back(tmp_path: Path) -> None:
    write_cut(tmp_path, [5])
    assert holds_state(tmp_path)
    with SavedState(tmp_path) as saved:
        assert [header["steps"] for header in saved.headers] == [3, 3]
        assert [saved.own("rng", rank) is None for rank in range(3)] == [False, False, True]
        assert torch.equal(saved.own("rng", 1), torch.ones(4, dtype=torch.uint8))
        assert saved.own("device_rng", 0) is None


@pytest.mark.parametrize("lost", [0, 1])
def test_a_missing_file_is_told(tmp_path: Path, lost: int) -> None:
    write_cut(tmp_path, [5])
    (tmp_path / file_name(lost, 2)).unlink()
    with pytest.raises(UserError, match=r"holds rank-0000\d-of-00002.safetensors; expected the files of all ranks"):
        SavedState(tmp_path)


def test_a_folder_without_state_and_a_torn_file_are_told(tmp_path: Path) -> None:
    assert not holds_state(tmp_path)
    with pytest.raises(UserError, match="holds no state of a learner"):
        SavedState(tmp_path)
    write_cut(tmp_path, [])
    file = tmp_path / file_name(0, 1)
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(UserError, match="cannot be read .*; remove this checkpoint"):
        SavedState(tmp_path)


@pytest.mark.parametrize("key, total", [("weight/v", TOTAL), ("weight/w", TOTAL + 1), ("exp_avg/w", TOTAL)])
def test_a_tensor_of_another_model_is_told(tmp_path: Path, key: str, total: int) -> None:
    write_cut(tmp_path, [4])
    with SavedState(tmp_path) as saved, pytest.raises(UserError, match=f"holds no {key} of {total} elements"):
        saved.read(key, 0, total, total)
