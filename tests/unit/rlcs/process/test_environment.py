"""The state of torchvision, torchaudio and torchcodec is read from files, and threads share the cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from rlcs.process import environment


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages that comes first on the path; nothing in it is ever imported."""
    environment.is_broken.cache_clear()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    install(tmp_path, "torch", "2.13.0+cpu", {"lib/libtorch_cpu.so": b"\x7fELF"})
    yield tmp_path
    environment.is_broken.cache_clear()


def install(site: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    (site / f"{name}-{version}.dist-info").mkdir()
    (site / f"{name}-{version}.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    for file, content in {"__init__.py": b"raise ImportError", **files}.items():
        path = site / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def states() -> dict[str, str]:
    return {library.name: library.state for library in environment.library_states()}


def test_cuda_builds_beside_a_cpu_torch_are_broken(site):
    install(site, "torchvision", "0.28.0", {"_C.so": b"\x7fELF..libtorch_cuda.so.."})
    install(site, "torchaudio", "2.11.0", {"lib/_torchaudio.abi3.so": b"\x7fELF..libtorch_cuda.so.."})
    install(site, "torchcodec", "0.17.0", {"core.so": b"", "image.so": b"\x7fELF..libtorch_cuda.so.."})
    assert states() == {"torchvision": "broken", "torchaudio": "broken", "torchcodec": "broken"}
    messages = [library.message for library in environment.library_states()]
    assert messages[1].startswith("torchaudio 2.11.0 is a CUDA build beside torch 2.13.0+cpu: RLCS hides it")


def test_cpu_builds_are_whole_and_what_is_missing_is_absent(site):
    install(site, "torchvision", "0.28.0+cpu", {"_C.so": b"\x7fELF..libtorch_cpu.so.."})
    assert states() == {"torchvision": "whole", "torchaudio": "absent", "torchcodec": "absent"}


def test_cuda_builds_beside_a_cuda_torch_are_whole(site):
    install(site, "torchaudio", "2.11.0", {"lib/_torchaudio.abi3.so": b"\x7fELF..libtorch_cuda.so.."})
    (site / "torch" / "lib" / "libtorch_cuda.so").write_bytes(b"\x7fELF")
    assert states()["torchaudio"] == "whole"


def test_a_prepared_process_keeps_the_variables_that_a_person_has_set():
    code = (
        "import os; from rlcs.process.environment import prepare_process; prepare_process(); prepare_process();"
        "print(os.environ['VLLM_LOGGING_LEVEL'], os.environ['VLLM_NO_USAGE_STATS'])"
    )
    variables = {**os.environ, "VLLM_LOGGING_LEVEL": "DEBUG"}
    del_private = {name: value for name, value in variables.items() if name != "VLLM_NO_USAGE_STATS"}
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=del_private, capture_output=True, text=True)
    assert result.stdout.split() == ["DEBUG", "1"], result.stderr


def test_numpy_is_loaded_with_one_thread_and_workers_are_left_alone(monkeypatch):
    code = (
        "import os, sys; from rlcs.process.environment import BLAS_THREADS, load_numpy; load_numpy(); "
        "print(BLAS_THREADS in os.environ, 'numpy' in sys.modules); load_numpy()"
    )
    bare = {name: value for name, value in os.environ.items() if name != environment.BLAS_THREADS}
    for env, expected in ((bare, "False True"), ({**bare, environment.BLAS_THREADS: "3"}, "True False")):
        result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
        assert result.stdout.strip() == expected, result.stderr


def test_cores_are_shared_and_a_configured_number_wins(monkeypatch):
    monkeypatch.setattr(environment, "num_cores", lambda: 8)
    assert environment.thread_share(3, 0) == 2
    assert environment.thread_share(16, 0) == 1
    assert environment.thread_share(3, 5) == 5


@pytest.mark.parametrize(("content", "cores"), [("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", None)])
def test_the_quota_of_a_container_counts_in_whole_cores(tmp_path, content, cores):
    (tmp_path / "cpu.max").write_text(content)
    assert environment._container_cores(tmp_path / "cpu.max") == cores
    assert environment._container_cores(tmp_path / "absent") is None


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx512_bf16 avx512f\n", "avx512_bf16"),
        ("flags\t\t: fpu avx512_bf16 amx_bf16 amx_tile\n", "amx_bf16"),
        ("processor\t: 0\nFeatures\t: fp asimd bf16 i8mm\n", "bf16"),
        ("flags\t\t: fpu avx2 not_bf16_at_all\nbugs\t: bf16\n", ""),
        ("", ""),
    ],
)
def test_bfloat16_is_read_from_the_flags_of_the_processor(cpuinfo: str, expected: str) -> None:
    assert environment.bfloat16_of(cpuinfo) == expected
