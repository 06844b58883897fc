"""`make smollm2`: a whole model folder, or a word on what is missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rlcs.errors import UserError
from rlcs.model.smollm2 import INSTALL, main, require_readers, save
from rlcs.process.environment import prepare_process
from rlcs.tiny import resolve_tiny_model


def test_missing_readers_are_told_in_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(UserError) as error:
        require_readers()
    assert str(error.value).endswith(f"get them by {INSTALL}") and "\n" not in str(error.value)


def test_a_model_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    prepare_process()
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tiny = resolve_tiny_model("tiny://text")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
    out = tmp_path / "models" / "small"
    save(model, tokenizer, out)
    assert [file.name for file in out.parent.iterdir()] == ["small"]
    assert AutoModelForCausalLM.from_pretrained(out).num_parameters() == model.num_parameters()
    with pytest.raises(OSError):
        save(model, tokenizer, out)


@pytest.mark.slow
def test_the_model_of_the_wheel_becomes_an_ordinary_folder_that_answers(tmp_path: Path) -> None:
    main(tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text(encoding="utf-8"))
    assert (config["model_type"], config["vocab_size"], config["tie_word_embeddings"]) == ("llama", 49152, True)
    assert "quantization_config" not in config
