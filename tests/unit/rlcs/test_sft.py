"""Samples of the cold start, by hand."""

from __future__ import annotations

import json
from pathlib import Path

from rlcs.config.schema import Config, DataConfig, ImagesConfig, ModelConfig, RunConfig, SftConfig, SourceConfig
from rlcs.model.files import load_preprocessing, resolve_model_path
from rlcs.process.environment import prepare_process
from rlcs.records import PromptImage, Sample
from rlcs.sft import load_samples, starting_model, trace_sample
from rlcs.tasks import Prompt

TEXT = ModelConfig(path="tiny://text")


def test_a_trace_trains_on_its_response() -> None:
    sample = trace_sample(Prompt(ids=(7, 8, 9)), (4, 1), "response")
    assert (sample.prompt_ids, sample.token_ids, sample.loss_mask) == ((7, 8, 9), (4, 1), (1, 1))


def test_or_on_every_token_that_has_one_before_it_but_for_images() -> None:
    sample = trace_sample(Prompt(ids=(7, 8, 9)), (4, 1), "all")
    assert (sample.prompt_ids, sample.token_ids, sample.loss_mask) == ((7,), (8, 9, 4, 1), (1, 1, 1, 1))
    image = PromptImage(reference="a.png", start=1, num_tokens=2)
    assert trace_sample(Prompt(ids=(7, 5, 5, 9), images=(image,)), (4, 1), "all").loss_mask == (0, 0, 1, 1, 1)


def samples_of(file: Path, loss_on: str) -> list[Sample]:
    data = DataConfig(train=[SourceConfig(name="sums", path=str(file))])
    config = Config(model=TEXT, data=data, sft=SftConfig(loss_on=loss_on))
    return load_samples(config, load_preprocessing(TEXT, ImagesConfig(), resolve_model_path(TEXT.path)))


def test_the_setting_decides_it_for_all_traces(tmp_path: Path) -> None:
    prepare_process()
    (tmp_path / "sums.jsonl").write_text(json.dumps({"prompt": "1+1=", "answer": "2", "response": "2"}) + "\n")
    (one,), (whole,) = samples_of(tmp_path / "sums.jsonl", "response"), samples_of(tmp_path / "sums.jsonl", "all")
    assert (len(one.token_ids), sum(one.loss_mask)) == (2, 2)  # the 2 and the end of the text
    assert (len(whole.prompt_ids), sum(whole.loss_mask)) == (1, len(one.prompt_ids) + 1)
    assert whole.prompt_ids + whole.token_ids == one.prompt_ids + one.token_ids


def test_fresh_weights_are_those_of_the_seed(tmp_path: Path) -> None:
    prepare_process()

    def weights(name: str, seed: int) -> bytes:
        config = Config(run=RunConfig(seed=seed), sft=SftConfig(init="tiny_text"))
        return (Path(starting_model(config, tmp_path / name)) / "model.safetensors").read_bytes()

    first = weights("first", 1)
    assert first == weights("again", 1)
    assert first != weights("other", 2)
