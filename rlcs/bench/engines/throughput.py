"""`rlcs bench throughput`: what the run's machinery costs. Ours and bare in one run, in turn, on the same work.

    rollout  RolloutPool (Ray, groups as they finish, force answering)     against  vLLM's LLM.generate
    learner  LearnerGroup (packing, Ray, collating, DeepSpeed, metrics)    against  a torch loop over ready batches
    sync     seconds of a weight push
    save     seconds for which a checkpoint stops the run, against those until the ranks have written it

One engine and one rank, with the threads that they have in a run. The learning rate is 0: an update does all of its
arithmetic and the weights stay, so that every repeat is the same work.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.table import Table

from rlcs.bench.engines.workers import BareLearner, BenchLearnerWorker, BenchRolloutWorker
from rlcs.bench.report import Comparison, comparison_table, in_turn, surroundings, write_json
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import LearnerGroup
from rlcs.model.files import load_preprocessing, resolve_model_path
from rlcs.model.vision import image_token_cost
from rlcs.process.cluster import Cluster, Worker
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import prepare_process
from rlcs.records import Group, Sample, samples_of
from rlcs.run import checkpoint as checkpoints
from rlcs.run.assembly import train_sampling
from rlcs.run.engines import start_ranks, start_rollout
from rlcs.run.generation import request_seed
from rlcs.run.placement import colocated_place, plan, showing, training_job
from rlcs.run.weight_sync import WeightSync
from rlcs.tasks import TaskPool, drop_long, load_pool
from rollout.pool import RolloutPool
from rollout.requests import RolloutRequest, Sampling

AIMS = {"rollout": 0.9, "learner": 0.8}
"""Share of the bare speed that each should reach."""

Raw = dict[str, list[float]]


@dataclass(kw_only=True)
class Bench:
    """The parts under test, loaded and idle, and the work they are given."""

    rollout: RolloutPool
    learners: LearnerGroup
    bare: Worker
    sync: WeightSync
    requests: list[RolloutRequest]
    sampling: Sampling
    threads: int
    on_cpu: bool
    raw: Raw = field(default_factory=lambda: defaultdict(list))
    """Values of every repeat by name; those ending in _s are seconds."""

    def note(self, name: str, value: float) -> None:
        """Keep one value of the present repeat."""
        self.raw[name].append(value)


def run(config: Config, *, repeats: int, json_target: Path | None) -> None:
    """Measure, print the tables and write the JSON file."""
    prepare_process()
    config = one_of_each(config)
    started = time.perf_counter()
    with assemble(config) as bench:
        samples = warm_up(bench)
        for number in range(repeats):
            measure_rollout(bench, number)
            measure_learner(bench, samples, number)
            measure_sync(bench)
            measure_save(bench)
            say(f"repeat {number + 1}/{repeats}: {last_values(bench.raw)}")
        work = describe_work(bench, config, samples)
    comparisons = compare(bench.raw, on_cpu=bench.on_cpu)
    print_result(comparisons, bench.raw)
    write_json(
        json_target,
        "throughput",
        {
            "environment": surroundings(config, threads=bench.threads),
            "work": work,
            "comparisons": {one.what: one.summary() for one in comparisons},
            **{name: median(bench.raw[name]) for name in ("sync_s", "save_stall_s", "save_s")},
            "raw": bench.raw,
            "seconds": time.perf_counter() - started,
        },
    )


def one_of_each(config: Config) -> Config:
    """Return the configuration with one engine, one rank, one update a step, and a learning rate of 0."""
    if config.rollout.tensor_parallel > 1 and config.cluster.placement == "colocated":
        raise UserError(
            f"rollout.tensor_parallel={config.rollout.tensor_parallel} does not fit on the GPU of the one rank that is "
            "measured; set rollout.tensor_parallel=1 or cluster.placement=disaggregated"
        )
    return replace(
        config,
        rollout=replace(config.rollout, num_workers=1),
        learner=replace(config.learner, num_workers=1, updates_per_step=1, lr=0.0),
    )


@contextmanager
def assemble(config: Config) -> Iterator[Bench]:
    """Yield engine, rank and bare rank, loaded; on exit every process that was started is gone."""
    requests, pool = make_requests(config)
    job = showing(training_job(config), pool)
    with Cluster(config.cluster, num_cpus=3) as cluster:
        placement = plan(job, cluster.num_gpus())
        workers = start_ranks(cluster, placement, BenchLearnerWorker)
        rollout = start_rollout(cluster, placement, workers, BenchRolloutWorker)
        learners = LearnerGroup(workers, config.learner, image_token_cost=image_token_cost(job.model, config.model))
        shared = placement.learner_settings(num_updates=1, objective="policy")
        with waiting("loading the model into engine, learner and bare learner"):
            learners.begin(shared)
            learners.wait_until_ready()
            bare = start_bare(cluster, workers[0], shared)
            rollout.wait_until_ready()
            bare.call("num_parameters").get()
        sync = WeightSync(
            learners, rollout, config.sync, dtype=placement.dtype, backend=placement.backend,
            tensor_parallel=config.rollout.tensor_parallel,
        )  # fmt: skip
        yield Bench(rollout=rollout, learners=learners, bare=bare, sync=sync, requests=requests,
                    sampling=train_sampling(config), threads=shared["threads"],
                    on_cpu=not placement.num_gpus)  # fmt: skip


def make_requests(config: Config) -> tuple[list[RolloutRequest], TaskPool]:
    """Return the requests of one training batch, tasks drawn evenly from data.train, and the pool of these."""
    path = resolve_model_path(config.model.path)
    renderer = load_preprocessing(config.model, config.data.images, path, config.data.video).renderer(config.sources)
    pool = drop_long(load_pool(config.data.train), renderer, config.data.max_prompt_tokens)
    count = min(config.curriculum.batch_size, len(pool))
    tasks = pool.take(np.random.default_rng(config.run.seed).choice(len(pool), size=count, replace=False))
    requests = [
        RolloutRequest(
            task=task,
            prompt_ids=prompt.ids,
            images=prompt.images,
            seed=request_seed(config.run.seed, 0, task.id, "bench"),
        )
        for task, prompt in zip(tasks, renderer.render(tasks), strict=True)
    ]
    return requests, pool


def start_bare(cluster: Cluster, learner: Worker, shared: dict[str, Any]) -> Worker:
    """Start the bare learner on the device of the learner and with its settings and threads."""
    wanted = ("model_path", "model", "images", "video", "learner", "temperature", "threads")
    arguments = {name: shared[name] for name in wanted} | {"layout": learner.call("layout").get()}
    place = colocated_place([learner.call("place").get()]) if cluster.num_gpus() else {}
    return cluster.start(BareLearner, "bare-learner", arguments, threads=shared["threads"], **place)


def warm_up(bench: Bench) -> list[Sample]:
    """Do everything once without counting it; return the samples that the learners train on."""
    with waiting("warming up"):
        samples = training_samples(generate(bench))
        bench.rollout.sleep()
        bench.learners.update(samples)
        bench.bare.call("collate", bench.learners.plan(samples).deal(samples)[0]).get()
        bench.bare.call("update").get()
        bench.rollout.wake_up()
        bench.sync.push(version=0)
    return samples


def generate(bench: Bench) -> list[Group]:
    """Return the groups of all requests in the order in which they came."""
    arrivals = bench.rollout.generate(bench.requests, sampling=bench.sampling, policy_version=0)
    return [group for _, group in arrivals]


def training_samples(groups: Sequence[Group]) -> list[Sample]:
    """Turn completions into samples with advantages -1, 1, -1, … (their values cost no time)."""
    return [
        sample
        for group in groups
        for number, completion in enumerate(group.completions)
        for sample in samples_of(group, completion, 1.0 if number % 2 else -1.0)
    ]


def measure_rollout(bench: Bench, number: int) -> None:
    """Measure sampled tokens, seconds and CPU seconds of the pool and of vLLM alone. Inserted tokens do not count."""
    worker = bench.rollout.workers[0]
    for side in in_turn(number):
        with cpu_clock(bench, "rollout", side, worker):
            if side == "bare":
                options = {"num_completions": bench.sampling.num_completions, "temperature": bench.sampling.temperature}
                num_tokens, seconds = worker.call("generate_bare", bench.requests, **options).get()
            else:
                started = time.perf_counter()
                groups = generate(bench)
                seconds = time.perf_counter() - started
                num_tokens = sum(sum(one.loss_mask) for group in groups for one in group.completions)
        bench.note(f"rollout/{side}_tokens", num_tokens)
        bench.note(f"rollout/{side}_s", seconds)
    bench.note("rollout/engine_s", worker.call("engine_seconds").get())


def measure_learner(bench: Bench, samples: Sequence[Sample], number: int) -> None:
    """Measure seconds and CPU seconds of one update through the group and by the bare loop."""
    bench.rollout.sleep()
    rank = bench.learners.workers[0]
    micro_steps = bench.learners.plan(samples).deal(samples)[0]
    bench.note("learner/collate_s", bench.bare.call("collate", micro_steps).get())
    for side in in_turn(number):
        with cpu_clock(bench, "learner", side, bench.bare if side == "bare" else rank):
            if side == "bare":
                seconds = bench.bare.call("update").get()
            else:
                started = time.perf_counter()
                bench.learners.update(samples)
                seconds = time.perf_counter() - started
        bench.note(f"learner/{side}_tokens", sum(sample.num_tokens for sample in samples))
        bench.note(f"learner/{side}_s", seconds)
    bench.note("learner/rank_s", rank.call("rank_seconds").get())
    bench.rollout.wake_up()


@contextmanager
def cpu_clock(bench: Bench, what: str, side: str, worker: Worker) -> Iterator[None]:
    """Note the CPU seconds that worker and driver spend meanwhile."""
    before = worker.call("cpu_seconds").get() + time.process_time()
    yield
    after = worker.call("cpu_seconds").get() + time.process_time()
    bench.note(f"{what}/{side}_cpu_s", after - before)


def measure_sync(bench: Bench) -> None:
    """Measure the seconds of one weight push."""
    started = time.perf_counter()
    bench.sync.push(version=0)
    bench.note("sync_s", time.perf_counter() - started)


def measure_save(bench: Bench) -> None:
    """Measure the seconds of a checkpoint: until all is copied, for which a run waits, and until it is written."""
    with tempfile.TemporaryDirectory(prefix="rlcs-save-", dir=Path.cwd()) as folder:
        final = Path(folder) / "checkpoint"
        started = time.perf_counter()
        partial = checkpoints.begin(final)
        bench.learners.begin_save(partial)
        bench.note("save_stall_s", time.perf_counter() - started)
        bench.learners.finish_save()
        checkpoints.complete(partial, final, keep=0)
        bench.note("save_s", time.perf_counter() - started)


def speeds(raw: Raw, what: str, side: str, *, clock: str = "s") -> list[float]:
    """Return tokens per second of every repeat.

    what: rollout or learner. side: ours or bare. clock: s for the wall's, cpu_s for CPU seconds of worker and driver.
    """
    pairs = zip(raw[f"{what}/{side}_tokens"], raw[f"{what}/{side}_{clock}"], strict=True)
    return [num_tokens / seconds for num_tokens, seconds in pairs]


def compare(raw: Raw, *, on_cpu: bool) -> list[Comparison]:
    """Return rollout and learner, ours against bare; on CPU also per CPU second, which other programs hardly move."""
    found = [
        Comparison(what=what, unit="tokens/s", ours=speeds(raw, what, "ours"), bare=speeds(raw, what, "bare"), aim=aim)
        for what, aim in AIMS.items()
    ]
    if on_cpu:
        found += [
            Comparison(what=f"{what}, CPU", unit="tokens/CPU s", aim=aim,
                       ours=speeds(raw, what, "ours", clock="cpu_s"), bare=speeds(raw, what, "bare", clock="cpu_s"))
            for what, aim in AIMS.items()
        ]  # fmt: skip
    return found


def seconds_by_part(raw: Raw) -> list[tuple[str, float]]:
    """Return where ours spends its seconds, medians: the phases, and what each consists of."""
    middle = {name: median(values) for name, values in raw.items()}
    return [
        ("rollout", middle["rollout/ours_s"]),
        ("  engine: sampling, forced answers, groups", middle["rollout/engine_s"]),
        ("  Ray: requests, stream of groups", middle["rollout/ours_s"] - middle["rollout/engine_s"]),
        ("learner", middle["learner/ours_s"]),
        ("  planning and Ray: packing, samples to the rank", middle["learner/ours_s"] - middle["learner/rank_s"]),
        ("  collating: samples to tensors", middle["learner/collate_s"]),
        ("  model, loss, DeepSpeed", middle["learner/rank_s"] - middle["learner/collate_s"]),
        ("  (the bare loop: model, AdamW)", middle["learner/bare_s"]),
        ("weight sync", middle["sync_s"]),
        ("checkpoint: the run waits", middle["save_stall_s"]),
        ("  until it is written, beside the run", middle["save_s"]),
    ]


def last_values(raw: Raw) -> str:
    """Return the newest values in words."""
    parts = [
        f"{what} {speeds(raw, what, 'ours')[-1]:,.0f} (bare {speeds(raw, what, 'bare')[-1]:,.0f}) tokens/s"
        for what in ("rollout", "learner")
    ]
    return ", ".join([*parts, f"sync {raw['sync_s'][-1]:.3f} s", f"save {raw['save_stall_s'][-1]:.3f} s"])


def print_result(comparisons: Sequence[Comparison], raw: Raw) -> None:
    """Print both tables."""
    console.print(comparison_table("Throughput, medians", comparisons))
    table = Table("where ours spends its time", title="Seconds, medians")
    table.add_column("seconds", justify="right")
    for name, seconds in seconds_by_part(raw):
        table.add_row(name, f"{seconds:.3f}")
    console.print(table)


def describe_work(bench: Bench, config: Config, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return what was worked on: model, sizes of the batch, layout."""
    plan = bench.learners.plan(samples)
    return {
        "model": config.model.path,
        "num_parameters": bench.bare.call("num_parameters").get(),
        "num_tasks": len(bench.requests),
        "num_completions": len(samples),
        "num_samples_tokens": sum(sample.num_tokens for sample in samples),
        "pack_tokens": config.learner.pack_tokens,
        "num_micro_steps": len(plan.ranks[0]),
        "pack_efficiency": plan.pack_efficiency,
        "layout": bench.learners.workers[0].call("layout").get(),
        "zero_stage": config.learner.zero_stage,
    }
