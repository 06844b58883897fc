"""Questions to the engines, each asked in a process of its own with a deadline: a crash is an answer, not an end.

Used by rlcs/doctor.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass

DEADLINE_S = 180.0
"""The first import of an engine after its installation compiles thousands of files."""

PREPARE = "from rlcs.environment import prepare_process; prepare_process()\n"

PROBES = {
    "torch build": """
import torch
print(f"{'CUDA ' + torch.version.cuda if torch.version.cuda else 'CPU'} build")
""",
    "GPUs": """
import torch
gpus = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
print("; ".join(f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB" for gpu in gpus) or "no GPU: CPU engines")
""",
    "transformers models": """
import transformers.models.qwen2.modeling_qwen2
print("imports models")
""",
    "vLLM engine": """
from vllm import LLM
from vllm.platforms import current_platform
print(f"imports, for {current_platform.device_name}")
""",
    "DeepSpeed engine": """
import logging
logging.disable(logging.WARNING)
import deepspeed
from deepspeed.accelerator import get_accelerator
print(f"imports, for {get_accelerator().device_name()}")
""",
    "Ray cluster": """
import ray
ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
assert ray.get(ray.remote(lambda: 41).remote()) == 41
ray.shutdown()
print("starts on this machine and runs a task")
""",
    "Chromium": """
import sys
from rewards.webpage_browser import start_browser
from rlcs.errors import UserError
try:
    browser = start_browser("", "best")
except UserError as error:
    sys.exit(str(error))
print(browser.call("Browser.getVersion")["product"] + f", behind walls of the kind {browser.walls!r}")
browser.close()
""",
}
"""Name and code; the last line it prints is the answer."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a probe came back with."""

    works: bool
    text: str
    """The answer, or the last line of what went wrong."""


def ask(name: str, *, deadline_s: float = DEADLINE_S) -> Answer:
    """Run a probe and return its answer."""
    return run_code(PREPARE + PROBES[name], deadline_s=deadline_s)


def run_code(code: str, *, deadline_s: float) -> Answer:
    """Run Python code in a new process in an empty folder; it and what it started end at the deadline."""
    with tempfile.TemporaryDirectory(prefix="rlcs-doctor-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", code], cwd=folder, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            output, errors = process.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Answer(works=False, text=f"no answer in {deadline_s:.0f} s")
    if process.returncode == 0:
        return Answer(works=True, text=_last_line(output))
    ended = f"ended by signal {-process.returncode}" if process.returncode < 0 else "failed"
    return Answer(works=False, text=_last_line(errors) or ended)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
