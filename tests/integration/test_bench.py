"""The benchmarks run to their end and write what they measured: shapes and sums are tested, never speeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rlcs_command import finish, output_of, rlcs

pytestmark = pytest.mark.timeout(600)


@pytest.mark.release
def test_throughput_measures_both_sides_on_the_same_work(tmp_path: Path) -> None:
    target = tmp_path / "throughput.json"
    program, _, *arguments = rlcs("bench", "quickstart", "curriculum.batch_size=4", "rollout.group_size=2")
    finish(tmp_path / "run", [program, "bench", "throughput", *arguments, "--repeats", "2", "--json", str(target)])
    result = json.loads(target.read_text())
    assert result["work"]["num_tasks"] == 4 and result["work"]["num_completions"] == 8
    raw = result["raw"]
    assert raw["learner/ours_tokens"] == raw["learner/bare_tokens"] == [result["work"]["num_samples_tokens"]] * 2
    for name, comparison in result["comparisons"].items():
        assert len(comparison["ratios"]) == 2 and min(comparison["ratios"]) > 0, name
    assert {"rollout", "learner"} <= set(result["comparisons"])
    assert len(raw["save_stall_s"]) == len(raw["save_s"]) == 2
    assert all(0 < stall < whole for stall, whole in zip(raw["save_stall_s"], raw["save_s"], strict=True))
    assert "weight sync" in output_of(tmp_path / "run")


@pytest.mark.release
def test_packing_compares_the_layouts_on_the_same_micro_steps(tmp_path: Path) -> None:
    from rlcs.bench.engines.packing import PACK_SIZES, RANKS, made_up_work, run
    from rlcs.bench.engines.prompts import made_up_groups

    target = tmp_path / "packing.json"
    few = {name: samples for name, samples in made_up_groups(2000).items() if name.startswith("groups of 8")}
    run(json_target=target, work=replace(made_up_work(12), groups=few), repeats=1)
    result = json.loads(target.read_text())
    assert [one["num_ranks"] for one in result["balance"]] == list(RANKS)
    assert all(1.0 <= one["planned"] <= one["in_turn"] for one in result["balance"])
    assert list(result["sizes"]) == [str(size) for size in PACK_SIZES]
    assert all(size["real_share"]["packed"] == 1.0 >= size["real_share"]["padded"] for size in result["sizes"].values())
    promised = [float(what.rpartition(" ")[2]) for what in result["sharing"]]
    assert promised == sorted(promised) and promised[-1] > 4.0, "the more of a sample its prompt is, the more is saved"
    assert all(one["unit"] == "tokens/s" and len(one["ratios"]) == 1 for one in result["sharing"].values())


def test_the_learner_is_measured_alone_in_every_arm_without_ray_and_vllm(tmp_path: Path) -> None:
    script = Path(__file__).with_name("learner_alone.py")
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=300)
    *text, images = json.loads((tmp_path / "measured.json").read_text())
    arms = {one["arm"]: one for one in text}
    assert len(arms) == 12 and all(len(one["update_s"]) == len(one["step_s"]) == 1 for one in text)
    assert len({one["counts"]["samples"] for one in text}) == 1, "all arms train on the same samples"
    slots = {name: one["counts"]["slots"] for name, one in arms.items()}
    for more in ("", "+checkpointing", "+lora", "+checkpointing+lora"):
        # 2 groups of 4, prompts of 24 tokens: three copies of each are not computed.
        assert slots[f"packed{more}"] - slots[f"shared{more}"] == 2 * 3 * 24
        assert slots[f"padded{more}"] > slots[f"packed{more}"] == arms[f"packed{more}"]["counts"]["samples"]
    assert arms["packed+lora"]["trained_parameters"] < arms["packed"]["trained_parameters"]
    assert arms["packed"]["flops"] == arms["padded"]["flops"] > arms["shared"]["flops"] > 0
    assert images["counts"]["patches"] == 2 * 4 * 16, "an image of 4 x 4 tokens in each prompt, seen once a group"


@pytest.mark.release
def test_the_command_measures_an_arm_in_a_process_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "learner.json"
    small = ("--prompt", "8", "--answer", "8", "--group", "2", "--groups", "1", "--steps", "2", "--only", "packed")
    program = rlcs("bench", "quickstart")[0]
    finish(tmp_path / "run", [program, "bench", "learner", *small, "--json", str(target)])
    result = json.loads(target.read_text())
    assert list(result["arms"]) == ["packed"] and len(result["arms"]["packed"]["update_s"]) == 2
    assert len(result["attention"]["ours_s"]) == 5 and result["environment"]["versions"]["torch"]
    assert "tokens/s of samples" in output_of(tmp_path / "run")


@pytest.mark.release
def test_both_schedules_do_the_same_work_and_are_measured_against_what_they_should_take(tmp_path: Path) -> None:
    target = tmp_path / "overlap.json"
    program = rlcs("bench", "quickstart")[0]
    short = ("--engines", "2", "--seconds", "0.5", "--steps", "4")
    finish(tmp_path / "run", [program, "bench", "overlap", *short, "--json", str(target)])
    results = json.loads(target.read_text())["results"]
    assert list(results) == [
        "balanced", "rollout-heavy", "learner-heavy", "slow verifier", "real, shared cores", "2 engines",
    ]  # fmt: skip
    for one in results.values():
        assert len(one["calculated_s"]) == len(one["in_turn"]) == len(one["overlapped"]) == 2
        assert all(step["policy/staleness_max"] == 1 for step in one["overlapped"])
    assert "side by side each is slower" in output_of(tmp_path / "run")


@pytest.mark.release
def test_faults_are_injected_into_a_run_which_ends_equal_to_an_unbroken_one(tmp_path: Path) -> None:
    target = tmp_path / "faults.json"
    program = rlcs("bench", "quickstart")[0]
    only = ("--only", "raise-rollouts", "--only", "second-run")
    finish(
        tmp_path / "run", [program, "bench", "faults", "--out", str(tmp_path / "faults"), *only, "--json", str(target)]
    )
    found = {one["fault"]: one for one in json.loads(target.read_text())}
    assert (found["raise-rollouts"]["outcome"], found["second-run"]["outcome"]) == ("stops", "goes on")
    assert found["raise-rollouts"]["line"].startswith("error: Injected: a fault was injected into rollouts")
    assert all(one["is_equal"] and one["is_plain"] and not one["left_over"] for one in found.values())


@pytest.mark.release
@pytest.mark.skipif("TRL_PYTHON" not in os.environ, reason="needs TRL: TRL_PYTHON=/path/to/trl/bin/python")
def test_rivals_do_the_same_work_in_turn(tmp_path: Path) -> None:
    target = tmp_path / "rivals.json"
    program = rlcs("bench", "quickstart")[0]
    short = ("--only", "tiny", "--rounds", "2", "--steps", "1", "curriculum.batch_size=8", "rollout.group_size=4")
    trl = ("--trl-python", os.environ["TRL_PYTHON"])
    finish(tmp_path / "run", [program, "bench", "rivals", *trl, *short, "--json", str(target)])
    found = json.loads(target.read_text())["cases"]["tiny"]
    for side in ("RLCS", "TRL"):
        steps = [*found["warm_up"][side], *found["steps"][side]]
        assert [step["num_completions"] for step in steps] == [32] * 5
        assert all(step["num_completions"] < step["num_tokens"] <= 32 * 256 for step in steps)
        assert all(step["seconds"] > 0 and step["cpu_seconds"] > 0 and 0 <= step["reward"] <= 1 for step in steps)
        assert found["memory"][side] > 2**28
    assert found["accuracy"].keys() == {"start", "RLCS", "TRL", "RLCS as it comes"}
    assert found["grpo"]["gradient_accumulation_steps"] == 1 and "trl" in found["versions"]
