"""`rlcs doctor`: what is installed, what works, what does not, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from rich.table import Table

from rlcs import SIBLINGS
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import LibraryState, bfloat16_of, library_states, num_cores

OK, NOTE, BROKEN = "ok", "note", "broken"
COLOURS = {OK: "green", NOTE: "yellow", BROKEN: "red"}
GIB = 2**30
PARALLEL_PROBES = 2
EXTRAS = {"reasoning-gym": "reasoning_gym:// sources", "video": "videos in files", "smollm2": "make smollm2"}
"""Extras that most runs do without, and what needs them."""
REMEDIES = {
    "torch build": "reinstall the engines: pip install --force-reinstall torch==2.13.0",
    "GPUs": "look at the driver: nvidia-smi",
    "transformers models": "see the rows of torchvision, torchaudio and torchcodec",
    "vLLM engine": "reinstall the engines in a fresh environment: make clean install",
    "DeepSpeed engine": "reinstall the engines in a fresh environment: make clean install",
    "Ray cluster": "look at free memory, /dev/shm and the firewall between processes of this machine",
    "Chromium": "only the verifier webpage needs it: apt-get install chromium",
}
OPTIONAL = frozenset({"Chromium"})
"""What most runs do without: a note where it does not work."""
DEADLINE_S = 180.0
"""The first import of an engine after its installation compiles thousands of files."""
PREPARE = "from rlcs.process.environment import prepare_process; prepare_process()\n"
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
from rewards.sandbox.browser import start_browser
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
class Finding:
    """One row of the table."""

    what: str
    state: str
    """ok, note (works, but read it) or broken (a run will not work)."""
    found: str
    remedy: str = ""


def run() -> bool:
    """Print the table and return whether everything that a run needs works."""
    with waiting("asking the engines, up to a minute"):
        findings = [*machine(), *packages(), *extras(), *owners(), *tools(), *libraries(), *engines()]
    print_findings(findings)
    return all(finding.state != BROKEN for finding in findings)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the findings as a table, and the verdict under it."""
    table = Table("what", "state", "found", "what to do", title="rlcs doctor")
    for finding in findings:
        colour = COLOURS[finding.state]
        table.add_row(finding.what, f"[{colour}]{finding.state}[/{colour}]", finding.found, finding.remedy)
    console.print(table, soft_wrap=False)
    broken = [finding.what for finding in findings if finding.state == BROKEN]
    say(f"broken: {', '.join(broken)}" if broken else "everything that a run needs works")


def machine() -> Iterator[Finding]:
    """Yield Python, cores and what they calculate with, memory and disk."""
    yield Finding(what="Python", state=OK, found=f"{platform.python_version()} on {platform.machine()}")
    yield Finding(what="cores", state=OK, found=str(num_cores()))
    yield bfloat16_finding(bfloat16_of(Path("/proc/cpuinfo").read_text()))
    memory = available_memory(Path("/proc/meminfo").read_text())
    yield space("free memory", memory, least_gib=4, remedy="close other programs: engine and learner need 4 GiB")
    disk = shutil.disk_usage(".").free
    yield space("free disk here", disk, least_gib=10, remedy="checkpoints need room: set run.dir elsewhere")
    if Path("/dev/shm").is_dir():
        remedy = "Ray keeps objects there: start the container with --shm-size=8g"
        yield space("/dev/shm", shutil.disk_usage("/dev/shm").total, least_gib=2, remedy=remedy)


def bfloat16_finding(instructions: str) -> Finding:
    """Return the finding on what a processor has for bfloat16."""
    if instructions:
        found = f"{instructions}: without a GPU model.dtype=bfloat16 is faster than float32"
        return Finding(what="bfloat16 on CPU", state=OK, found=found)
    return Finding(what="bfloat16 on CPU", state=OK, found="no instructions for it: leave model.dtype at auto")


def available_memory(meminfo: str) -> int:
    """Return the bytes that programs can still take, of the text of /proc/meminfo: "MemAvailable:  2048 kB"."""
    (kibibytes,) = (line.split()[1] for line in meminfo.splitlines() if line.startswith("MemAvailable:"))
    return int(kibibytes) * 1024


def space(what: str, num_bytes: int, *, least_gib: float, remedy: str) -> Finding:
    """Return the finding for an amount of memory or disk; too little is a note."""
    found = f"{num_bytes / GIB:.1f} GiB"
    if num_bytes >= least_gib * GIB:
        return Finding(what=what, state=OK, found=found)
    return Finding(what=what, state=NOTE, found=found, remedy=remedy)


def packages() -> Iterator[Finding]:
    """Yield every package that RLCS asks for: present and of a tested version, or what to install."""
    build = "gpu" if _is_installed("vllm") else "cpu"
    for requirement in requirements(importlib.metadata.requires("rlcs") or [], extras=("", "engines", build)):
        yield package_finding(requirement)


def requirements(texts: Sequence[str], *, extras: Sequence[str]) -> list[Requirement]:
    """Return what some extras ask for; the extra "" is the base, which is asked for by no marker."""
    wanted = {}
    for requirement in map(Requirement, texts):
        marker = requirement.marker
        if "" in extras if marker is None else any(marker.evaluate({"extra": extra}) for extra in extras):
            wanted[requirement.name] = requirement
    wanted.pop("rlcs", None)  # the extras name it to share their list
    return list(wanted.values())


def extras() -> Iterator[Finding]:
    """Yield what is there of the extras that single sources and commands need."""
    texts = importlib.metadata.requires("rlcs") or []
    yield from (extra_finding(extra, use, texts) for extra, use in EXTRAS.items())


def extra_finding(extra: str, use: str, texts: Sequence[str]) -> Finding:
    """Return whether the packages of an extra are there; a missing one is a note."""
    findings = [package_finding(one) for one in requirements(texts, extras=(extra,))]
    missing = [one.what for one in findings if one.state == BROKEN]
    if not missing:
        return Finding(what=f"extra {extra}", state=OK, found=", ".join(one.found for one in findings))
    remedy = f"only for {use}: pip install 'rlcs[{extra}]'"
    return Finding(what=f"extra {extra}", state=NOTE, found=f"{', '.join(missing)} not installed", remedy=remedy)


def package_finding(requirement: Requirement) -> Finding:
    """Return whether a required package is there in a tested version."""
    install = f"pip install '{requirement.name}{requirement.specifier}'"
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(what=requirement.name, state=BROKEN, found="not installed", remedy=install)
    if requirement.specifier.contains(version, prereleases=True):
        return Finding(what=requirement.name, state=OK, found=version)
    return Finding(what=requirement.name, state=NOTE, found=f"{version}, not tested", remedy=install)


def owners() -> Iterator[Finding]:
    """Yield whether another distribution installed a package of one of our names over ours."""
    found = importlib.metadata.packages_distributions()
    yield from (owner_finding(name, found) for name in ("rlcs", *SIBLINGS))


def owner_finding(name: str, found: Mapping[str, Sequence[str]]) -> Finding:
    """Return whether the top-level package `name` is ours alone."""
    others = sorted({owner for owner in found.get(name, ()) if owner != "rlcs"})
    if not others:
        return Finding(what=f"package {name}", state=OK, found="of rlcs alone")
    remedy = f"pip uninstall {' '.join(others)}, then reinstall rlcs; or give rlcs an environment of its own"
    return Finding(what=f"package {name}", state=BROKEN, found=f"also of {', '.join(others)}", remedy=remedy)


def tools() -> Iterator[Finding]:
    """Yield the compiler and ninja, with which DeepSpeed builds an operator on first use."""
    compiler = os.environ.get("CXX") or "g++"
    for tool, remedy in ((compiler, "apt-get install g++, or set CXX"), ("ninja", "pip install ninja")):
        if path := shutil.which(tool):
            yield Finding(what=tool, state=OK, found=path)
        else:
            yield Finding(what=tool, state=BROKEN, found="not found", remedy=f"DeepSpeed needs it: {remedy}")


def libraries() -> Iterator[Finding]:
    """Yield torchvision, torchaudio and torchcodec, whose usual builds do not fit a CPU torch."""
    if _is_installed("torch"):
        yield from (library_finding(state) for state in library_states())


def library_finding(library: LibraryState) -> Finding:
    """Return a row for one of the three; RLCS works around a broken one, so it is a note."""
    state = NOTE if library.state == "broken" else OK
    return Finding(what=library.name, state=state, found=library.message)


def engines() -> Iterator[Finding]:
    """Yield what each engine says when it is started in a process of its own."""
    with ThreadPoolExecutor(PARALLEL_PROBES) as pool:
        yield from (engine_finding(name, answer) for name, answer in zip(PROBES, pool.map(ask, PROBES), strict=True))


def engine_finding(name: str, answer: Answer) -> Finding:
    """Return a row for an engine."""
    if answer.works:
        return Finding(what=name, state=OK, found=answer.text)
    return Finding(what=name, state=NOTE if name in OPTIONAL else BROKEN, found=answer.text, remedy=REMEDIES[name])


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


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
