"""What every process of a run (driver, Ray actors, tools) needs before it imports transformers or vLLM.

Three things, all of them here and nowhere else: quiet and private settings, the number of threads a process may use,
and the trap of torchvision, torchaudio and torchcodec beside a CPU torch.

The trap: vLLM for CPU asks for all three, and the usual index serves CUDA builds of them, which ask for a
libtorch_cuda that a CPU torch does not have. transformers imports whatever it finds installed, so a broken torchaudio
or torchcodec ends every model import, and so does torchvision. Remedy, in our processes only and only where a library
is really broken: torchaudio and torchcodec look absent (RLCS uses neither), and torchvision gets the two operator
schemas that its compiled part would have defined, after which all of its Python part works.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import math
import mmap
import os
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

VARIABLES = {
    "VLLM_NO_USAGE_STATS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    # The engine lives inside the process that calls it: no child to lose, weights handed over without serialisation.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TOKENIZERS_PARALLELISM": "false",
    # A thread that waits for others sleeps: spinning takes the core from the one it waits for, where cores are shared.
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment variables of every process; what the person has set already stays."""

BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16", "bf16")
"""What processors say that calculate in bfloat16: two sets of instructions of x86, one of Arm."""

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""What numpy's own library of matrix products reads when it is loaded."""

HIDDEN_WHEN_BROKEN = ("torchaudio", "torchcodec")

_CUDA_LIBRARY = "libtorch_cuda.so"
_TORCHVISION_OPERATORS = ("nms", "qnms")


def prepare_process() -> None:
    """Make this process quiet, private and able to import transformers. Call it first; calling it again does nothing.

    Processes that others start (vLLM's tensor-parallel workers) inherit the variables. They need no more: they run on
    GPUs, where torch is a CUDA build and the libraries are whole.
    """
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    for library in HIDDEN_WHEN_BROKEN:
        if is_broken(library):
            _hide(library)
    if is_broken("torchvision"):
        _define_torchvision_operators()


def load_numpy() -> None:
    """Import numpy with one thread for its matrices, which are small here, unless a person has said how many.

    Its threads spin while they wait: on cores that engines and learner share, a product of a millisecond takes fifty.
    The variable is not left to the workers, whose libraries may read it too.
    """
    if "numpy" not in sys.modules and BLAS_THREADS not in os.environ:
        os.environ[BLAS_THREADS] = "1"
        importlib.import_module("numpy")
        del os.environ[BLAS_THREADS]


def thread_share(num_processes: int, configured: int) -> int:
    """Return the OpenMP threads of one of `num_processes` busy processes on this machine; `configured` > 0 decides.

    Together they never exceed the cores: two pools on the same cores spin against one another.
    """
    return configured if configured > 0 else max(1, num_cores() // max(1, num_processes))


def num_cores() -> int:
    """Return the cores this process may use: its affinity, and the CPU quota of a container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _container_cores(Path("/sys/fs/cgroup/cpu.max")) or cores)


def _container_cores(quota_file: Path) -> int | None:
    """Return the cores of a cgroup quota such as "150000 100000" (2), or None without one."""
    if not quota_file.is_file():
        return None
    quota, period = quota_file.read_text().split()
    return None if quota == "max" else max(1, math.ceil(int(quota) / int(period)))


def bfloat16_of(cpuinfo: str) -> str:
    """Return with what a processor calculates in bfloat16, of the text of /proc/cpuinfo; empty where it cannot."""
    for line in cpuinfo.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86; Arm
            return next((flag for flag in BFLOAT16_FLAGS if flag in flags.split()), "")
    return ""


@dataclass(frozen=True, kw_only=True)
class LibraryState:
    """What `rlcs doctor` says of one of the three libraries."""

    name: str
    state: str
    """absent, whole or broken (a CUDA build beside a torch without CUDA)."""
    message: str
    """One line: what that means here, and the remedy where there is something to do."""


def library_states() -> list[LibraryState]:
    """Describe torchvision, torchaudio and torchcodec in words, without importing anything."""
    return [_describe(name) for name in ("torchvision", *HIDDEN_WHEN_BROKEN)]


def _describe(name: str) -> LibraryState:
    if package_folder(name) is None:
        return LibraryState(name=name, state="absent", message=_absent_message(name))
    installed = f"{name} {importlib.metadata.version(name)}"
    if not is_broken(name):
        return LibraryState(name=name, state="whole", message=f"{installed} fits the installed torch")
    trap = f"{installed} is a CUDA build beside torch {importlib.metadata.version('torch')}"
    return LibraryState(name=name, state="broken", message=f"{trap}: {_remedy(name)}")


def _absent_message(name: str) -> str:
    if name == "torchvision":
        return "not installed: text models work, vision models (GLM-4.1V, Qwen-VL) need it: pip install torchvision"
    return "not installed, not needed"


def _remedy(name: str) -> str:
    if name == "torchvision":
        return (
            "RLCS defines its missing operators, images work; for a whole build reinstall torchvision from PyTorch's "
            "CPU index"
        )
    return f"RLCS hides it from its processes and needs it nowhere; to be rid of it: pip uninstall -y {name}"


@functools.cache
def is_broken(name: str) -> bool:
    """Tell whether an installed library was compiled against a CUDA torch while the installed torch has no CUDA."""
    library, torch = package_folder(name), package_folder("torch")
    if library is None or torch is None or (torch / "lib" / _CUDA_LIBRARY).exists():
        return False
    return any(_mentions(file, _CUDA_LIBRARY.encode()) for file in sorted(library.rglob("*.so")))


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it, or None; also for a package we have hidden."""
    spec = PathFinder.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _mentions(file: Path, text: bytes) -> bool:
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text) >= 0


def _hide(name: str) -> None:
    """Make `import name` fail as if it were not installed and `importlib.util.find_spec(name)` return None."""
    modules: dict[str, Any] = sys.modules
    modules.setdefault(name, None)


@functools.cache
def _define_torchvision_operators() -> Any:
    """Define the operators whose fakes torchvision registers at import; the library object must stay alive."""
    if "torchvision" in sys.modules:
        return None
    from torch.library import Library

    library: Any = Library("torchvision", "FRAGMENT")
    for operator in _TORCHVISION_OPERATORS:
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library
