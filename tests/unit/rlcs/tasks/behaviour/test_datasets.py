"""Sources that the datasets library reads: folders of files, saved datasets, splits. Nothing from the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.tasks import load_pool

Refusal = Callable[..., str]


@pytest.fixture(autouse=True)
def quiet_and_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub-cache")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)


def source(path: Path, **settings: Any) -> SourceConfig:
    return SourceConfig(name="s", path=str(path), **settings)


def dataset_of(*answers: int) -> datasets.Dataset:
    return datasets.Dataset.from_dict(
        {"prompt": [f"p{answer}" for answer in answers], "answer": list(answers), "more": ["x"] * len(answers)}
    )


def save(folder: Path, **splits: datasets.Dataset) -> Path:
    datasets.DatasetDict(splits).save_to_disk(str(folder))
    return folder


def write_folder(folder: Path, name: str, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines))
    return folder


def answers(*sources: SourceConfig) -> list[Any]:
    pool = load_pool(sources)
    return [task.answer for task in pool.take(range(len(pool)))]


def test_a_saved_dataset_is_opened_from_its_folder(tmp_path: Path) -> None:
    dataset_of(3, 1, 2).save_to_disk(str(tmp_path / "saved"))
    pool = load_pool([source(tmp_path / "saved")])
    assert [(task.id, task.prompt, task.answer) for task in pool.take([2, 0])] == [("s:2", "p2", 2), ("s:0", "p3", 3)]


def test_rows_that_were_selected_and_shuffled_come_in_that_order(tmp_path: Path) -> None:
    dataset_of(0, 1, 2, 3, 4).select([4, 0, 2]).save_to_disk(str(tmp_path / "saved"))
    assert answers(source(tmp_path / "saved")) == [4, 0, 2]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (None, [0, 1, 2, 3]),
        ("train", [0, 1, 2, 3]),
        ("test", [9]),
        ("train[:2]", [0, 1]),
        ("train[1:3]", [1, 2]),
        ("train[2:]", [2, 3]),
        ("train[25%:75%]", [1, 2]),
        ("train[:100]", [0, 1, 2, 3]),
    ],
)
def test_a_split_or_a_part_of_one_is_taken(tmp_path: Path, split: str | None, expected: list[int]) -> None:
    folder = save(tmp_path / "saved", train=dataset_of(0, 1, 2, 3), test=dataset_of(9))
    assert answers(source(folder, split=split)) == expected


def test_the_only_split_needs_no_name(tmp_path: Path) -> None:
    assert answers(source(save(tmp_path / "saved", test=dataset_of(5)))) == [5]


def test_without_a_train_split_one_has_to_be_named(tmp_path: Path, refusal: Refusal) -> None:
    folder = save(tmp_path / "saved", dev=dataset_of(1), test=dataset_of(2))
    assert refusal(source(folder)) == "unknown split of saved 'train'; known: dev, test"


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("tset", "unknown split of saved 'tset': did you mean 'test'? known: test, train"),
        ("train[5]", "split='train[5]' is not understood; write for example train[:1000] or train[10%:20%]"),
        ("train[:x]", "split='train[:x]' is not understood; write for example train[:1000] or train[10%:20%]"),
        ("train[:2", "split='train[:2' is not understood; write for example train[:1000] or train[10%:20%]"),
        ("train[3:1]", "data source s: no usable row in saved (0 skipped)"),
    ],
)
def test_a_split_that_is_not_there_is_told(tmp_path: Path, refusal: Refusal, split: str, expected: str) -> None:
    folder = save(tmp_path / "saved", train=dataset_of(0, 1, 2, 3), test=dataset_of(9))
    assert refusal(source(folder, split=split)) == expected


def test_a_folder_of_jsonl_is_read_again_when_a_file_changes(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", "train.jsonl", '{"prompt": "p", "answer": "1"}')
    write_folder(folder, "test.jsonl", '{"prompt": "q", "answer": "2"}', '{"prompt": "r", "answer": "3"}')
    assert answers(source(folder)) == ["1"]
    assert answers(source(folder, split="test")) == ["2", "3"]
    write_folder(folder, "train.jsonl", '{"prompt": "p", "answer": "one"}')
    assert answers(source(folder)) == ["one"]


def test_a_folder_of_parquet_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    dataset_of(4, 5).to_parquet(str(tmp_path / "folder" / "part.parquet"))
    assert answers(source(tmp_path / "folder")) == [4, 5]


def test_an_image_column_stays_encoded(tmp_path: Path, encoded_image: Callable[..., bytes]) -> None:
    features = datasets.Features(
        {"prompt": datasets.Value("string"), "answer": datasets.Value("string"), "image": datasets.Image()}
    )
    row = {"prompt": "p", "answer": "1", "image": {"bytes": encoded_image(), "path": "a.png"}}
    datasets.Dataset.from_list([row], features=features).save_to_disk(str(tmp_path / "saved"))
    (task,) = load_pool([source(tmp_path / "saved", fields=FieldsConfig(images="image"))]).take([0])
    assert task.images == (encoded_image(),)


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path, refusal: Refusal) -> None:
    folder = save(tmp_path / "saved", train=dataset_of(1))
    assert refusal(source(folder, fields=FieldsConfig(answer="anwser"))) == (
        "saved: field 'anwser' is missing: did you mean 'answer'? columns: prompt, answer, more; "
        "set `fields` of the source"
    )


def test_a_bad_row_of_a_dataset_has_its_number(tmp_path: Path, refusal: Refusal) -> None:
    rows = [{"prompt": "p", "answer": "1"}, {"prompt": "q", "answer": None}]
    folder = write_folder(tmp_path / "folder", "a.jsonl", *[json.dumps(row) for row in rows])
    assert refusal(source(folder)).startswith("data source s: folder row 2: field 'answer' is None; expected a value;")


def test_what_cannot_be_loaded_is_told_with_its_cause(tmp_path: Path, refusal: Refusal) -> None:
    end = "; expected a .jsonl, .json or .parquet file, a folder of them, or a name on the hub"
    broken = write_folder(tmp_path / "broken", "a.jsonl", '{"prompt": "p", "ans')
    message = refusal(source(broken))
    assert message.startswith("cannot load 'broken' with datasets: JSON parse error: Missing a closing quotation mark")
    assert message.endswith(end)
    (tmp_path / "empty").mkdir()
    assert refusal(source(tmp_path / "empty")) == (
        f"cannot load 'empty' with datasets: The directory at empty doesn't contain any data files{end}"
    )
    saved = save(tmp_path / "saved", train=dataset_of(1))
    for file in saved.rglob("*.arrow"):
        file.write_bytes(b"x")
    assert refusal(source(saved)).startswith("cannot load 'saved' with datasets: ")


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path, refusal: Refusal) -> None:
    folder = write_folder(tmp_path / "folder", "a.jsonl", '{"prompt": "p", "answer": "1"}')
    message = refusal(source(folder, config_name="main"))
    assert message.startswith("cannot load 'folder' with datasets: BuilderConfig 'main' not found.")
