"""`rlcs reward-model`: trains a reward model on preference pairs with the loss of Bradley and Terry.

    pairs -> conversations as tokens -> shuffled epochs -> PairLearnerGroup.update
    held-out pairs: how many are ranked right, before, every eval.every updates, and after

The trained model is a Hugging Face folder that AutoModelForSequenceClassification loads. In it lies the scale of its
raw values on the held-out answers, by which ratings become scores. `--resume` goes on from the newest checkpoint.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import RankGroup, plan_metrics
from rlcs.learner.schedule import batches
from rlcs.metrics import Metrics
from rlcs.model.files import load_tokenizer, resolve_model_path
from rlcs.process.cluster import Cluster, gather
from rlcs.process.console import say, waiting
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.reward_models.catalogue import write_scale
from rlcs.reward_models.conversations import ConversationEncoder
from rlcs.reward_models.pairs import Pair, conversations_of, ranking_metrics
from rlcs.run import checkpoint as checkpoints
from rlcs.run.assembly import open_folder, resume_step
from rlcs.run.folder import Ledger
from rlcs.run.placement import rank_settings, require_gpus, start_learners
from rlcs.tasks import Preference, load_preferences

SAY_EVERY_S = 5.0


@dataclass
class Training:
    """A training of a reward model under way; `step` counts whole updates, and all state belongs to it."""

    config: Config
    folder: Path
    learners: PairLearnerGroup
    data: PreferenceData
    tokenizer: Any
    ledger: Ledger
    num_updates: int
    step: int = 0

    def evaluate(self) -> Metrics:
        """Return how well the held-out pairs are ranked under the present weights; always the same pairs."""
        return ranking_metrics(self.learners.rate(self.data.held_out), self.data.held_out)

    def save_checkpoint(self) -> Path:
        """Save the last whole update, unless that is done."""
        newest = checkpoints.latest(self.folder)
        if newest is not None and newest.name == checkpoints.folder_name(self.step):
            return newest
        order = order_of(self.config, self.data)
        state = {"step": self.step, "learner": checkpoints.learner_shape(self.config), "order": order}
        keep = self.config.checkpoint.keep
        return checkpoints.save(self.folder, self.step, state=state, write=self._write, keep=keep)

    def restore(self, checkpoint: Path) -> None:
        """Go on from a checkpoint."""
        self.learners.load(checkpoint / "learner")
        self.step = int(checkpoints.read_state(checkpoint)["step"])

    def _write(self, folder: Path) -> None:
        self.learners.save(folder / "learner", folder / "model")
        self.tokenizer.save_pretrained(folder / "model")

    def write_model(self) -> tuple[Path, Metrics]:
        """Write the model with its tokenizer and the scale of its raw values; return where, and how well it ranks."""
        out = Path(self.config.preferences.out) if self.config.preferences.out else self.folder / "model"
        values = self.learners.rate(self.data.held_out)
        self.learners.save_model(out)
        self.tokenizer.save_pretrained(out)
        found = ranking_metrics(values, self.data.held_out)
        write_scale(out, values, **{key.removeprefix("eval/"): value for key, value in found.items()})
        return out, found


def run(config: Config, *, resume: bool = False) -> Path:
    """Train on the pairs of data.train and return the folder of the reward model."""
    with StopSignal() as stop, ExitStack() as stack:
        training = None
        try:
            with stop.interruptible():
                training = start(config, stack, resume=resume)
                before = training.ledger.metrics_of(0) or training.evaluate()
            if training.step == 0:
                training.ledger.write_metrics(0, before)
            train(training, stop)
        except Interrupted:
            leave_early(training)
            raise KeyboardInterrupt from None
        out, after = training.write_model()
    say(f"held-out pairs ranked right: {before['eval/accuracy']:.3f} before, {after['eval/accuracy']:.3f} after")
    say(f"wrote {out}; use it with: reward_models: {{mine: {{path: {out}}}}} and rewards.….reward_model: mine")
    return out


def start(config: Config, stack: ExitStack, *, resume: bool) -> Training:
    """Load pairs, then Ray, ranks and model; what can be wrong cheaply comes first."""
    folder = open_folder(config, stack, resume=resume)
    model = resolve_model_path(config.model.path)
    tokenizer = load_tokenizer(config.model, model)
    data = load_data(config, tokenizer)
    num_updates = math.ceil(len(data.train) / config.preferences.batch_size * config.preferences.epochs)
    say(f"{len(data.train):,} pairs to train on, {num_updates:,} updates; {len(data.held_out):,} pairs held out")
    resume_from = checkpoints.latest(folder) if resume else None
    if resume_from is not None:
        checkpoints.check_shape(resume_from, config)
        check_order(resume_from, order_of(config, data))
    learners = start_ranks(config, stack, model, num_updates)
    ledger = Ledger(folder, config, resume_from=resume_step(resume_from) if resume else None)
    stack.callback(ledger.close)
    with waiting("loading the model"):
        learners.wait_until_ready()
    training = Training(config, folder, learners, data, tokenizer, ledger, num_updates)
    if resume_from is not None:
        training.restore(resume_from)
        say(f"resumed from {resume_from.name}")
    return training


def order_of(config: Config, data: PreferenceData) -> dict[str, int]:
    """Return what decides which pairs come in which update."""
    return {
        "preferences.batch_size": config.preferences.batch_size,
        "run.seed": config.run.seed,
        "the number of pairs": len(data.train),
    }


def check_order(checkpoint: Path, order: dict[str, int]) -> None:
    """Refuse to go on from a checkpoint whose updates went through other pairs, before anything starts."""
    for key, value in checkpoints.read_state(checkpoint)["order"].items():
        if order[key] != value:
            raise UserError(f"{checkpoint} was written with {key}={value}, now it is {order[key]}; set it back")


def start_ranks(config: Config, stack: ExitStack, model: Path | str, num_updates: int) -> PairLearnerGroup:
    """Start Ray and begin to load the model in every rank."""
    from rlcs.reward_models.worker import PairLearnerWorker

    with waiting("starting Ray and the learner"):
        cluster = stack.enter_context(Cluster(config.cluster, config.learner.num_workers))
        require_gpus(config, have=cluster.num_gpus(), ranks=config.learner.num_workers)
        learners = PairLearnerGroup(start_learners(cluster, config, PairLearnerWorker), config.learner)
        learners.begin(rank_settings(config, model, num_updates=num_updates, with_engines=False))
    return learners


def train(training: Training, stop: StopSignal) -> None:
    """Make the updates that are left over shuffled epochs, with a progress line every few seconds."""
    config, data = training.config, training.data
    first, last_said = training.step, -math.inf
    started = time.monotonic()
    plan = batches(len(data.train), config.preferences.batch_size, training.num_updates, config.run.seed)
    for step, numbers in enumerate(plan, start=1):
        if step <= first:
            continue
        metrics = training.learners.update([data.train[number] for number in numbers])
        training.step = step
        is_last = step == training.num_updates
        try:
            with stop.interruptible():
                if config.eval.every and (step % config.eval.every == 0 or is_last):
                    metrics |= training.evaluate()
        finally:
            training.ledger.write_metrics(step, metrics)
        if "eval/accuracy" in metrics or time.monotonic() - last_said > SAY_EVERY_S or is_last:
            last_said = time.monotonic()
            left = (last_said - started) / (step - first) * (training.num_updates - step)
            say(progress_line(step, training.num_updates, metrics, left))
        if config.checkpoint.every and step % config.checkpoint.every == 0:
            training.save_checkpoint()
    training.save_checkpoint()


def progress_line(step: int, num_updates: int, metrics: Metrics, seconds_left: float) -> str:
    """Return the line of an update: loss, share of its pairs ranked right, and of the held-out ones where measured."""
    line = f"update {step}/{num_updates}  loss {metrics['reward_model/loss']:.4f}"
    line += f"  {100 * metrics['reward_model/accuracy']:.0f}% of its pairs right"
    if "eval/accuracy" in metrics:
        line += f"  held out {100 * metrics['eval/accuracy']:.1f}%"
    return f"{line}  {seconds_left:.0f} s left"


def leave_early(training: Training | None) -> None:
    """Save the last whole update after an interrupt and say how to go on; None: it was still loading."""
    if training is None or training.step == 0:
        say("stopped before the first update was done: nothing to save")
    else:
        saved = training.save_checkpoint()
        say(f"stopped after update {training.step}; saved {saved}; go on with the same command and --resume")


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferenceData:
    """Pairs to train on, and pairs on which to measure."""

    train: list[Pair]
    held_out: list[Pair]


def load_data(config: Config, tokenizer: Any) -> PreferenceData:
    """Return the pairs as tokens. Those longer than preferences.max_tokens are dropped; the console says how many."""
    train, held_out = load_preferences(config.data, seed=config.run.seed)
    encoder, longest = ConversationEncoder(tokenizer), config.preferences.max_tokens
    return PreferenceData(
        train=_encoded(train, encoder, longest, "those to train on"),
        held_out=_encoded(held_out, encoder, longest, "those held out"),
    )


def _encoded(pairs: Sequence[Preference], encoder: ConversationEncoder, longest: int, where: str) -> list[Pair]:
    found = [
        Pair(encoder.encode(pair.prompt, pair.chosen), encoder.encode(pair.prompt, pair.rejected)) for pair in pairs
    ]
    kept = [pair for pair in found if max(len(pair.chosen), len(pair.rejected)) <= longest]
    if len(kept) < len(found):
        say(f"dropped {len(found) - len(kept)} of {len(found)} pairs of {where}: longer than {longest} tokens")
    if not kept:
        raise UserError(f"all {len(found)} pairs of {where} are longer than preferences.max_tokens={longest}; raise it")
    return kept


class PairLearnerGroup(RankGroup):
    """The ranks that train a reward model."""

    def update(self, pairs: Sequence[Pair]) -> Metrics:
        """Make one optimizer update; a pair stays together in a micro-step. Return its metrics."""
        started = time.perf_counter()
        plan = self.plan_of([pair.num_tokens for pair in pairs])
        hands = zip(self.workers, plan.deal(pairs), strict=True)
        metrics: Metrics = gather([worker.call("update", hand, num_pairs=len(pairs)) for worker, hand in hands])[0]
        speed = metrics["learner/tokens"] / (time.perf_counter() - started)
        return {**metrics, **plan_metrics(plan), "learner/tokens_per_s": speed}

    def rate(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the values of all conversations: chosen, rejected, chosen, …; the ranks share the work."""
        return self.shared("rate", conversations_of(pairs))
