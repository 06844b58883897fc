"""A cluster of two nodes on one machine that share no private folder: what is missing is told, what travels works.

Each node is a Ray of its own at a loopback address; the second sees an empty folder where the run keeps its model, its
plug-in and its run folder.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from places import ROOT
from rlcs_command import START_TIMEOUT_S, descendants, metrics, output_of, rlcs, start, wait_for

from rlcs.bench.faults.comparison import differences

HERE, AWAY = "127.0.0.2", "127.0.0.3"
STEPS = 4
PLUGIN = '''
from rlcs import LOSSES, TokenLoss


@LOSSES.register("plain_gradient")
def plain_gradient(batch, *, clip_low, clip_high):
    """-A log p: the policy gradient without a clip."""
    return TokenLoss(loss=-batch.advantages * batch.log_probs, clipped=batch.mask > 1)
'''
SMALL = (
    f"run.steps={STEPS}", "data.eval=[]", "eval.every=0", "checkpoint.every=0", "curriculum.batch_size=4",
    "rollout.group_size=4", "rollout.num_workers=2", "rollout.max_think_tokens=48", "rollout.max_answer_tokens=16",
    "rollout.kv_cache_gib=0.25",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class TwoNodes:
    """The first node has room for all workers of a small run, the second for one."""

    private: Path
    """Only the first node, where the run is, sees what is in it."""
    address: str
    here: subprocess.Popen[str]
    away: subprocess.Popen[str]

    def start(self, name: str, *overrides: str) -> tuple[subprocess.Popen[str], Path]:
        """Start `rlcs train` in the cluster; return it and its run folder, which is private."""
        folder = self.private / name
        command = rlcs(
            "train", "quickstart", f"cluster.address={self.address}", f"run.dir={folder}", *SMALL, *overrides
        )
        return start(folder, command), folder


def mount_namespace(folder: Path) -> list[str]:
    """Return the command that starts others in a mount namespace of their own; skip where there is none to be had."""
    for command in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        if shutil.which("unshare") is not None:
            tried = subprocess.run([*command, *hiding(folder), "true"], capture_output=True, text=True)
            if tried.returncode == 0:
                return command
    pytest.skip("no mount namespace can be made here, so this machine cannot play two that share no folder")


def hiding(folder: Path) -> list[str]:
    return ["sh", "-c", 'mount -t tmpfs tmpfs "$0" && exec "$@"', str(folder)]


def begin(command: list[str], log: Path) -> subprocess.Popen[str]:
    """Start a node and wait until its Ray runs."""
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, text=True, cwd=log.parent)
    deadline = time.monotonic() + START_TIMEOUT_S
    while "Ray runtime started" not in log.read_text():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return process


def end(node: subprocess.Popen[str]) -> None:
    """End a node, unless its Ray has ended it: that goes when a process of its own dies."""
    if node.poll() is not None:
        return
    processes = descendants(node)
    node.terminate()
    _, alive = psutil.wait_procs([psutil.Process(node.pid), *processes], timeout=20)
    for process in alive:
        process.kill()
    node.wait()


@pytest.fixture(scope="module")
def nodes() -> Iterator[TwoNodes]:
    # Not below pytest's folder: paths of Ray's sockets may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="rlcs-") as root, pytest.MonkeyPatch.context() as environment:
        private = Path(root) / "private"
        private.mkdir()
        namespace = mount_namespace(private)
        environment.setenv("RAY_AUTH_MODE", "token")
        environment.setenv("RAY_AUTH_TOKEN", uuid.uuid4().hex)
        environment.setenv(
            "PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        )
        with socket.socket() as free:
            free.bind((HERE, 0))
            address = f"{HERE}:{free.getsockname()[1]}"
        ray = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--disable-usage-stats"]
        port = address.partition(":")[2]
        head = ["--head", f"--node-ip-address={HERE}", f"--port={port}", "--num-cpus=3", "--include-dashboard=false"]
        other = [f"--address={address}", f"--node-ip-address={AWAY}", "--num-cpus=1"]
        here = begin([*ray, *head, f"--temp-dir={root}/here"], Path(root) / "here.log")
        try:
            away = begin(
                [*namespace, *hiding(private), *ray, *other, f"--temp-dir={root}/away"], Path(root) / "away.log"
            )
            try:
                yield TwoNodes(private, address, here, away)
            finally:
                end(away)
        finally:
            end(here)


def test_a_model_that_a_node_lacks_is_told_before_anything_loads(nodes: TwoNodes) -> None:
    model = nodes.private / "model"
    shutil.copytree(ROOT / "rlcs" / "tiny" / "weights" / "text", model)
    process, folder = nodes.start("missing", f"model.path={model}")
    assert process.wait(timeout=START_TIMEOUT_S) == 2
    assert f"error: node {AWAY} has no folder {model} (model.path): copy it there" in output_of(folder)
    assert "loading the model" not in output_of(folder)


def test_a_rank_that_could_not_write_its_checkpoints_is_told_before_anything_loads(nodes: TwoNodes) -> None:
    process, folder = nodes.start("unshared", "learner.num_workers=4", "rollout.num_workers=1")
    assert process.wait(timeout=START_TIMEOUT_S) == 2
    assert f"learner-3 would write checkpoints on node {AWAY}, and {folder} is not shared" in output_of(folder)
    assert f"it has no folder {folder}. Set run.dir to a folder" in output_of(folder)
    assert "loading the model" not in output_of(folder)


@pytest.mark.release
def test_a_run_over_two_nodes_of_which_one_dies_is_that_of_one_machine(nodes: TwoNodes) -> None:
    (nodes.private / "mine.py").write_text(PLUGIN)
    mine = ("plugins=[mine.py]", "algorithm.loss=plain_gradient")
    process, folder = nodes.start("both", *mine)
    wait_for(lambda: 1 in metrics(folder), process, folder)
    for node in (nodes.here, nodes.away):
        assert any("RolloutWorker" in part.name() for part in descendants(node)), "an engine on each node"
    next(part for part in descendants(nodes.away) if part.name() == "raylet").kill()
    assert process.wait(timeout=START_TIMEOUT_S) == 0, output_of(folder)
    assert metrics(folder)[STEPS]["rollout/worker_restarts"] >= 1

    alone = nodes.private / "alone"
    process = start(alone, rlcs("train", "quickstart", f"run.dir={alone}", *SMALL, *mine))
    assert process.wait(timeout=START_TIMEOUT_S) == 0, output_of(alone)
    assert list(differences(folder, alone)) == []
