"""The LLM judge against a real vLLM server: a tiny model that knows nothing, held to the closed set by its grammar."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rlcs_command import rlcs

from rewards import Scorer
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.process.environment import prepare_process
from rlcs.records import Status, Task
from rlcs.tiny.tokenizer import build_tokenizer

START_TIMEOUT_S = 400
MAX_LENGTH = 8192
ANSWERS = ["four", "five", "about six", "four", "seven or eight", "IV"]


@dataclass
class Judge:
    """A vLLM server in a process group of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def is_ready(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/health", timeout=1) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def write_model(folder: Path) -> None:
    """Write a random Qwen2 of some thousand parameters, with room for the judge's rules at a token a character."""
    prepare_process()
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    tokenizer = build_tokenizer(max_length=MAX_LENGTH)
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    tokens = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    config = Qwen2Config(
        vocab_size=len(tokenizer), **sizes, **heads, **tokens, max_position_embeddings=MAX_LENGTH, dtype="float32",
        tie_word_embeddings=False,
    )  # fmt: skip
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    folder = tmp_path_factory.mktemp("judge")
    write_model(folder / "model")
    # vLLM starts more Python processes; each must know how to live with a broken torchvision.
    (folder / "sitecustomize.py").write_text(
        "from rlcs.process.environment import prepare_process\n\nprepare_process()\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--model", str(folder / "model"), "--served-model-name", "tiny-judge", "--host", "127.0.0.1"]
    options += ["--port", str(port), "--dtype", "float32", "--enforce-eager", "--max-num-seqs", "8"]
    options += ["--max-model-len", str(MAX_LENGTH)]
    # A model that knows nothing would else fill its reply with the white space that JSON allows.
    options += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
    variables = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "OMP_NUM_THREADS": "1"}
    with (folder / "server.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vllm.entrypoints.launchers.api_server.entry", *options],
            env={**os.environ, **variables, "PYTHONPATH": str(folder)}, cwd=folder, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    made = Judge(process, port, folder / "server.log")
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not made.is_ready():
            assert process.poll() is None, made.log.read_text()[-4000:]
            assert time.monotonic() < deadline, f"no server within {START_TIMEOUT_S} s"
            time.sleep(0.2)
        yield made
    finally:
        made.kill()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def reward(judge: Judge, **params: object) -> RewardConfig:
    given = {"base_url": judge.url, "model": "tiny-judge", **params}
    return RewardConfig(verifier="judge", params=given, format=FormatConfig(box="none"), timeout_s=60.0)


def verdicts(settings: RewardConfig) -> list[tuple[float | None, Status, str]]:
    task = Task(id="open:1", source="open", domain="general", prompt="2 + 2?", answer="4")
    with Scorer({"open": settings}, {"open": "open"}, ScoringConfig()) as scorer:
        found = [one.result() for one in [scorer.begin(answer, task, bare=True) for answer in ANSWERS]]
    return [(verdict.score, verdict.status, verdict.message) for verdict in found]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("grading", "allowed"), [("binary", {0.0, 1.0}), ("points", {n / 10 for n in range(11)})])
def test_a_model_that_knows_nothing_still_gives_verdicts_of_the_closed_set(
    judge: Judge, grading: str, allowed: set[float]
) -> None:
    found = verdicts(reward(judge, grading=grading, canary_every=0))
    assert {score for score, _, _ in found} <= allowed, found
    assert {status for _, status, _ in found} <= {Status.CORRECT, Status.PARTIAL, Status.INCORRECT}
    assert found[0] == found[3]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_canaries_say_that_it_is_not_to_be_trusted(judge: Judge) -> None:
    found = verdicts(reward(judge, canary_every=100))
    assert {(score, status) for score, status, _ in found} == {(None, Status.JUDGE_ERROR)}
    assert all("of 21 canaries (allowed: 2)" in message for _, _, message in found)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_check_tells_an_untrusted_judge_and_one_that_is_gone(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "open.jsonl").write_text('{"prompt": "Who wrote Hamlet?", "answer": "Shakespeare"}\n')
    source = {"name": "open", "path": "open.jsonl", "domain": "general"}
    entry = {"verifier": "judge", "params": {"base_url": judge.url, "model": "tiny-judge"}, "timeout_s": 60}
    config = {"model": {"path": "tiny://text"}, "data": {"train": [source]}, "rewards": {"open": entry}}
    (tmp_path / "judged.yaml").write_text(json.dumps(config))
    for wanted in ("of 21 canaries", f"is the judge running at {judge.url}?"):
        run = subprocess.run(rlcs("check", "judged.yaml"), cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert (run.returncode, wanted in run.stdout + run.stderr) == (2, True), run.stdout + run.stderr
        judge.kill()
    assert {(score, status) for score, status, _ in verdicts(reward(judge))} == {(None, Status.JUDGE_ERROR)}
