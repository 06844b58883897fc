"""`rlcs bench packing`: forward and backward of the policy in its layouts, and rank balance.

Packed against padded here, shared prompts against packed in prompts.py.

Lengths are drawn from a lognormal with a fixed seed: most samples short, a few many times as long, as completions are.
With a run folder the samples are those that the run trained on, images included (recorded.py). The plans are
those of a run (rlcs.learner.packing), the layouts those of rlcs.model.policy; only the optimizer is left out.

Legend: N samples, M micro-steps.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from rlcs.bench.engines.prompts import compare_sharing, made_up_groups, sample_of
from rlcs.bench.report import Comparison, comparison_table, in_turn, surroundings, write_json
from rlcs.config.schema import Config, ModelConfig
from rlcs.learner.packing import estimate_cost, plan_micro_steps
from rlcs.model.files import model_dtype, resolve_model_path
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import prepare_process, thread_share
from rlcs.records import Sample

if TYPE_CHECKING:
    from rlcs.model.policy import PolicyModel
    from rlcs.model.vision import ImageReader

AUTO_LAYOUT = "packed"
"""What rlcs.learner.learner makes of learner.packing=auto, where no prompts are shared."""
MODEL = "tiny://text"
PROMPT_TOKENS = 24
NUM_SAMPLES = 120
"""Just under 32,768 tokens: every size of pack comes out nearly full."""
MEDIAN_TOKENS = 200
LONGEST_TOKENS = 1024
SPREAD = 0.7
"""Standard deviation of the logarithm of the length: one sample in twenty is over three times the median."""
PACK_SIZES = (2048, 8192, 16384)
REPEATS = 3
SIDES = {"ours": "packed", "bare": "padded"}

RANKS = (2, 8, 64)
BALANCE_SAMPLES = 2048
BALANCE_MEDIAN_TOKENS = 4096
BALANCE_PACK_TOKENS = 32768
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is packed, and the model that reads it."""

    model: ModelConfig
    samples: list[Sample]
    """Those of the measurement."""
    pack_sizes: tuple[int, ...]
    lengths: list[int]
    """Tokens of the samples that the balance over ranks is calculated for."""
    cost: list[float] | None = None
    """Their work, images included; None: that of their lengths."""
    balance_pack_tokens: int
    groups: dict[str, list[Sample]]
    """Whole groups, by what is told of them: measured with their prompt once and with one for each completion."""
    reader: ImageReader | None = None
    """For a model with images."""


@dataclass(kw_only=True)
class Layouts:
    """Micro-steps of each size of pack, and a policy for each layout."""

    policies: dict[str, PolicyModel]
    micro_steps: dict[int, list[list[Sample]]]
    """By pack_tokens: [M][samples]."""
    reader: ImageReader | None
    speeds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Tokens per second of every repeat, by "<pack_tokens>/<layout>"."""


@dataclass(frozen=True, kw_only=True)
class Balance:
    """How evenly a plan fills a number of ranks."""

    num_ranks: int
    num_micro_steps: int
    pack_efficiency: float
    planned: float
    """Work of the busiest rank divided by the mean, as planned; 1.0 is perfect, the mean rank waits planned - 1."""
    in_turn: float
    """The same when samples are dealt to ranks in turn."""


def run(*, json_target: Path | None, work: Work | None = None, repeats: int = REPEATS) -> None:
    """Measure, print the tables and the verdict, and write the JSON file; without `work`, on made-up samples."""
    prepare_process()
    import torch

    work = made_up_work() if work is None else work
    # As in a run on this machine: the other half of the cores is the engine's.
    threads = thread_share(2, 0)
    with _torch_threads(threads), waiting("loading the policy in both layouts"):
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        policies = load_policies(work.model, device)
        layouts = Layouts(policies=policies, micro_steps=plan_all(work), reader=work.reader)
    with _torch_threads(threads):
        for number in range(repeats):
            measure(layouts, device, number)
        sharing = compare_sharing(
            work.groups,
            pack_tokens=work.pack_sizes[1],
            repeats=repeats,
            measure=lambda steps, share: forward_backward(layouts, "packed", steps, device, share=share),
        )
    balances = [balance(work, num_ranks) for num_ranks in RANKS]
    where = f"{device.type}, {threads} threads" if device.type == "cpu" else device.type
    print_result(layouts, work, balances, where)
    title = f"Prompts once a group, or once a completion, on {where}, medians"
    console.print(comparison_table(title, sharing, sides=("shared", "packed")))
    content = {"environment": surroundings(Config(model=work.model), threads=threads)}
    shared = {"sharing": {one.what: one.summary() for one in sharing}}
    write_json(json_target, "packing", content | as_json(layouts, work, balances) | shared)


def made_up_work(num_samples: int = NUM_SAMPLES) -> Work:
    """Return samples of drawn lengths for the tiny text policy."""
    lengths = draw_lengths(num_samples, typical=MEDIAN_TOKENS, longest=LONGEST_TOKENS)
    return Work(
        model=ModelConfig(path=MODEL),
        samples=[make_sample(length) for length in lengths],
        pack_sizes=PACK_SIZES,
        lengths=draw_lengths(BALANCE_SAMPLES, typical=BALANCE_MEDIAN_TOKENS, longest=BALANCE_PACK_TOKENS),
        balance_pack_tokens=BALANCE_PACK_TOKENS,
        groups=made_up_groups(),
    )


def draw_lengths(count: int, *, typical: int, longest: int) -> list[int]:
    """Return lognormal sample lengths in tokens, prompt included: the same ones at every call."""
    drawn = np.random.default_rng(SEED).lognormal(np.log(typical), SPREAD, size=count)
    lengths: list[int] = np.clip(np.round(drawn), PROMPT_TOKENS + 1, longest).astype(int).tolist()
    return lengths


def plan_all(work: Work) -> dict[int, list[list[Sample]]]:
    """Return the micro-steps of one rank for every size of pack."""
    lengths = [sample.num_tokens for sample in work.samples]
    plans = {size: plan_micro_steps(lengths, num_ranks=1, pack_tokens=size) for size in work.pack_sizes}
    return {size: plan.deal(work.samples)[0] for size, plan in plans.items()}


def make_sample(length: int) -> Sample:
    """Return a sample of that many tokens, a short prompt first."""
    return sample_of(tuple(10 + place % 50 for place in range(PROMPT_TOKENS)), length - PROMPT_TOKENS)


def load_policies(model: ModelConfig, device: Any) -> dict[str, PolicyModel]:
    """Return the policy once per layout."""
    from transformers.utils.logging import disable_progress_bar

    from rlcs.learner.deepspeed_config import resolve_dtype
    from rlcs.model.policy import PolicyModel, load_model

    disable_progress_bar()
    dtype = resolve_dtype(model_dtype(model.dtype, has_gpus=device.type == "cuda"), device)
    path = str(resolve_model_path(model.path))
    loaded = {name: load_model(path, model, dtype=dtype, packed=name == "packed") for name in SIDES.values()}
    return {name: PolicyModel(model, layout=name, temperature=1.0).to(device) for name, model in loaded.items()}


def measure(layouts: Layouts, device: Any, number: int) -> None:
    """Measure both layouts for every size of pack, in turn; the first repeat warms each up with one micro-step."""
    for size, micro_steps in layouts.micro_steps.items():
        for side in in_turn(number):
            layout = SIDES[side]
            if number == 0:
                forward_backward(layouts, layout, micro_steps[-1:], device)
            num_tokens = sum(sample.num_tokens for step in micro_steps for sample in step)
            seconds = forward_backward(layouts, layout, micro_steps, device)
            layouts.speeds[f"{size}/{layout}"].append(num_tokens / seconds)
        now = [f"{layout} {layouts.speeds[f'{size}/{layout}'][-1]:,.0f}" for layout in SIDES.values()]
        say(f"repeat {number + 1}, pack_tokens {size}: {', '.join(now)} tokens/s")


def forward_backward(
    layouts: Layouts, layout: str, micro_steps: Sequence[Sequence[Sample]], device: Any, *, share: bool = False
) -> float:
    """Run all micro-steps, gradients adding up as in an update; return seconds, collating left out."""
    import torch

    from rlcs.model.batch import collate, filled

    policy, reader = layouts.policies[layout], layouts.reader
    batches = [collate(filled(step, reader), device, reader, share=share)[0] for step in micro_steps]
    # With one thread on CPU, the process's own seconds: they stand still while other programs are served.
    clock = time.process_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    started = clock()
    for batch in batches:
        log_probs, _ = policy(batch)
        (-log_probs.sum()).backward()
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = clock() - started
    policy.zero_grad()
    return seconds


def real_share(micro_steps: Sequence[Sequence[Sample]], layout: str) -> float:
    """Return the share of computed token slots that hold a token: all when packed, the rest is padding when padded."""
    if layout == "packed":
        return 1.0
    lengths = [[sample.num_tokens for sample in step] for step in micro_steps]
    return sum(map(sum, lengths)) / sum(len(step) * max(step) for step in lengths)


def pack_efficiency(micro_steps: Sequence[Sequence[Sample]], pack_tokens: int) -> float:
    """Return tokens divided by the slots of all packs."""
    return sum(sample.num_tokens for step in micro_steps for sample in step) / (len(micro_steps) * pack_tokens)


def balance(work: Work, num_ranks: int) -> Balance:
    """Plan a large batch over `num_ranks` and compare with dealing the samples in turn."""
    cost = np.asarray(estimate_cost(work.lengths) if work.cost is None else work.cost)
    plan = plan_micro_steps(work.lengths, num_ranks=num_ranks, pack_tokens=work.balance_pack_tokens, cost=cost)
    dealt = np.array([cost[rank::num_ranks].sum() for rank in range(num_ranks)])
    return Balance(
        num_ranks=num_ranks,
        num_micro_steps=len(plan.ranks[0]),
        pack_efficiency=plan.pack_efficiency,
        planned=plan.rank_balance,
        in_turn=float(dealt.max() / dealt.mean()),
    )


def comparisons(layouts: Layouts) -> list[Comparison]:
    """Return packed (ours) against padded (bare) for every size of pack."""
    return [
        Comparison(what=f"pack_tokens {size}", unit="tokens/s",
                   ours=layouts.speeds[f"{size}/packed"], bare=layouts.speeds[f"{size}/padded"])
        for size in layouts.micro_steps
    ]  # fmt: skip


def verdict(measured: Sequence[Comparison], *, padded_share: float) -> str:
    """Return which layout `auto` takes, and whether that was right here."""
    ratio = median([one.ratio for one in measured])
    because = f"{1 - padded_share:.0%} of the slots that the padded layout computes are padding"
    if ratio >= 1.0:
        return f"learner.packing=auto takes {AUTO_LAYOUT}: {ratio:.2f} times the speed of padded here; {because}."
    faster = f"padded was {1 / ratio:.2f} times as fast, although {because}"
    return f"learner.packing=auto takes {AUTO_LAYOUT}, but here {faster}: set learner.packing=padded."


def print_result(layouts: Layouts, work: Work, balances: Sequence[Balance], where: str) -> None:
    """Print speeds, slots, balance and the verdict."""
    measured = comparisons(layouts)
    title = f"Forward and backward on {where}, medians"
    console.print(comparison_table(title, measured, sides=("packed", "padded")))
    console.print(slots_table(layouts.micro_steps, work.samples))
    console.print(balance_table(work, balances))
    middle = list(layouts.micro_steps.values())[len(layouts.micro_steps) // 2]
    say(verdict(measured, padded_share=real_share(middle, "padded")))


def slots_table(micro_steps: dict[int, list[list[Sample]]], samples: Sequence[Sample]) -> Table:
    """Return how full packs are, and how much of each layout's computation is real."""
    lengths = [sample.num_tokens for sample in samples]
    title = f"{len(lengths)} samples of {min(lengths)} to {max(lengths)} tokens, median {median(lengths):.0f}"
    table = Table("pack_tokens", title=title)
    for heading in ("micro-steps", "pack efficiency", "real tokens, packed", "real tokens, padded"):
        table.add_column(heading, justify="right")
    for size, steps in micro_steps.items():
        shares = [pack_efficiency(steps, size), real_share(steps, "packed"), real_share(steps, "padded")]
        table.add_row(str(size), str(len(steps)), *[f"{share:.0%}" for share in shares])
    return table


def balance_table(work: Work, balances: Sequence[Balance]) -> Table:
    """Return the calculated balance over ranks."""
    title = (
        f"Calculated: {len(work.lengths):,} samples, median {median(work.lengths):,.0f} tokens, packs of "
        f"{work.balance_pack_tokens:,}"
    )
    table = Table("ranks", title=title)
    for heading in ("micro-steps a rank", "pack efficiency", "busiest / mean", "same, dealt in turn"):
        table.add_column(heading, justify="right")
    for one in balances:
        values = (f"{one.pack_efficiency:.1%}", f"{one.planned:.3f}", f"{one.in_turn:.3f}")
        table.add_row(str(one.num_ranks), str(one.num_micro_steps), *values)
    return table


def as_json(layouts: Layouts, work: Work, balances: Sequence[Balance]) -> dict[str, Any]:
    """Return everything but the environment."""
    return {
        "model": work.model.path,
        "num_parameters": sum(one.numel() for one in layouts.policies["packed"].parameters()),
        "auto": AUTO_LAYOUT,
        "lengths": [sample.num_tokens for sample in work.samples],
        "image_tokens": [sample.num_image_tokens for sample in work.samples],
        "sizes": {
            str(size): {
                "num_micro_steps": len(steps),
                "pack_efficiency": pack_efficiency(steps, size),
                "real_share": {layout: real_share(steps, layout) for layout in SIDES.values()},
                "packed_tokens_per_s": layouts.speeds[f"{size}/packed"],
                "padded_tokens_per_s": layouts.speeds[f"{size}/padded"],
            }
            for size, steps in layouts.micro_steps.items()
        },
        "ratios": {one.what: one.ratio for one in comparisons(layouts)},
        "balance": [vars(one) for one in balances],
    }


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    """Let torch use so many threads meanwhile."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
