"""The examples for Slurm and KubeRay: they parse, and every setting they give is one. Nobody runs them here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from places import ROOT

from rlcs.config.load import load_config

SLURM, KUBERAY = ROOT / "examples" / "cluster" / "slurm.sh", ROOT / "examples" / "cluster" / "kuberay.yaml"
STEM = ROOT / "configs" / "stem.yaml"


def test_the_slurm_script_is_bash() -> None:
    assert shutil.which("bash") is not None
    checked = subprocess.run(["bash", "-n", str(SLURM)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_kuberay_cluster_is_yaml_with_a_token_and_gpus_on_its_workers_alone() -> None:
    cluster = yaml.safe_load(KUBERAY.read_text())
    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    spec = cluster["spec"]
    assert spec["authOptions"] == {"mode": "token"}
    assert spec["headGroupSpec"]["rayStartParams"] == {"num-cpus": "0", "num-gpus": "0"}
    pods = [spec["headGroupSpec"]["template"]["spec"], spec["workerGroupSpecs"][0]["template"]["spec"]]
    for pod in pods:
        (container,) = pod["containers"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
    limits = [pod["containers"][0]["resources"]["limits"] for pod in pods]
    assert "nvidia.com/gpu" not in limits[0] and limits[1]["nvidia.com/gpu"] == "8"


@pytest.mark.parametrize("file", [SLURM, KUBERAY], ids=lambda file: file.name)
def test_what_an_example_trains_is_a_valid_configuration(file: Path) -> None:
    """Every key=value behind `rlcs train` is taken by the configuration; shell variables stand for some text."""
    command = file.read_text().partition("rlcs train")[2].partition("\n\n")[0].partition("\n#\n")[0]
    overrides = re.findall(r"(?<![\w.-])([a-z_]+(?:\.[\w]+)+=\S+)", command)
    config = load_config(STEM, [override.replace('"', "") for override in overrides])
    assert config.cluster.spans_machines
    assert config.learner.num_workers == 16
    assert config.rollout.num_workers * config.rollout.tensor_parallel <= config.learner.num_workers
