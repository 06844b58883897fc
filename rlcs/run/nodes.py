"""Whether the machines of a cluster have what the workers of a job read and write, before anything loads.

No file system need be shared: models are read where a worker runs, so each machine has them; everything else comes
with the calls. Only learner ranks write, and only where several machines have some must these share the run folder.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from rlcs.errors import UserError
from rlcs.plugins import installed_plugins
from rlcs.process.cluster import Cluster, Node, Worker, places_of
from rlcs.process.nodes import Wanted, files_of, problems_here, remove_probe, versions_here, write_probe
from rlcs.run.placement import Job


def check_nodes(cluster: Cluster, job: Job) -> None:
    """Stop when a machine to which a worker may come lacks a model, a plug-in, or has other versions."""
    others = [node for node in cluster.nodes() if not node.is_here] if job.config.cluster.spans_machines else []
    if not others:
        return
    problems = [
        f"{node} {problem}"
        for node, answer in zip(others, cluster.ask_nodes(others, problems_here, wanted_by(job)), strict=True)
        for problem in ([_no_answer(answer)] if isinstance(answer, Exception) else answer)
    ]
    if problems:
        raise UserError(
            "; ".join(problems) + ". A node that is to run no workers is started with ray start --num-cpus=0 "
            "--num-gpus=0 (docs/cluster.md)"
        )


def wanted_by(job: Job) -> Wanted:
    """Return what the workers of a job read; a model by its name on the hub is fetched by each machine."""
    models = {"model.path": job.model}
    models |= {f"reward_models.{name}.path": found.path for name, found in job.raters.items()}
    return Wanted(
        folders={name: (str(path), files_of(path)) for name, path in models.items() if isinstance(path, Path)},
        modules=tuple(name for name in [*installed_plugins(), *job.config.plugins] if not name.endswith(".py")),
        versions=versions_here(),
    )


def check_shared(cluster: Cluster, ranks: Sequence[Worker], folders: Sequence[Path]) -> None:
    """Stop when a learner rank is on a machine from which what it writes into these folders does not come here."""
    if not cluster.config.spans_machines:
        return
    homes = {rank.name: place["node"] for rank, place in zip(ranks, places_of(ranks), strict=True)}
    away = [node for node in cluster.nodes() if not node.is_here and node.id in homes.values()]
    for folder in folders if away else ():
        folder.mkdir(parents=True, exist_ok=True)
        for node, problem in _unshared(cluster, away, folder).items():
            names = ", ".join(name for name, home in homes.items() if home == node.id)
            raise UserError(
                f"{names} would write checkpoints on {node}, and {folder} is not shared with it: {problem}. Set "
                "run.dir to a folder that all nodes with learner ranks share, or learner.num_workers so low that all "
                "ranks run where this command runs"
            )


def _unshared(cluster: Cluster, nodes: Sequence[Node], folder: Path) -> dict[Node, str]:
    """Let every node write a file into the folder; return those whose file does not come here, and why."""
    files = [str(folder / f".shared-{uuid.uuid4().hex}") for _ in nodes]
    found = {}
    for node, file in zip(nodes, files, strict=True):
        (answer,) = cluster.ask_nodes([node], write_probe, file)
        if isinstance(answer, Exception):
            found[node] = _no_answer(answer)
        elif answer is not None:
            found[node] = answer
        elif not Path(file).is_file():
            found[node] = "a file that it wrote there did not come here"
        cluster.ask_nodes([node], remove_probe, file)
    return found


def _no_answer(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"could not be asked ({lines[-1] if lines else type(error).__name__}): install there what is installed here"
