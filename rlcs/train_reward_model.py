"""`rlcs reward-model`: trains a reward model on preference pairs with the loss of Bradley and Terry.

    pairs -> conversations as tokens -> shuffled epochs -> PairLearnerGroup.update
    held-out pairs: how many are ranked right, before, every eval.every updates, and after

The trained model is a Hugging Face folder that AutoModelForSequenceClassification loads. In it lies the scale of its
raw values on the held-out answers, by which ratings become scores. `--resume` goes on from the newest checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import RankGroup, plan_metrics
from rlcs.metrics import Metrics
from rlcs.model.files import load_tokenizer, resolve_model_path
from rlcs.process.cluster import Cluster, gather
from rlcs.process.console import say, waiting
from rlcs.process.interrupts import StopSignal
from rlcs.reward_models.catalogue import write_scale
from rlcs.reward_models.conversations import ConversationEncoder
from rlcs.reward_models.pairs import Pair, conversations_of, ranking_metrics
from rlcs.reward_models.worker import PairLearnerWorker
from rlcs.run.assembly import open_folder, resume_step
from rlcs.run.engines import place, start_ranks
from rlcs.run.epochs import Epochs, go_on_from, resumable, state_of, train_epochs
from rlcs.run.folder import RunFolder
from rlcs.run.horizon import schedule_updates
from rlcs.run.placement import learning_job
from rlcs.run.state import RunState, kept_when_left
from rlcs.tasks import Preference, load_preferences


@dataclass
class Training:
    """A training of a reward model under way. `state.step` counts whole updates, and all state belongs to it."""

    config: Config
    folder: RunFolder
    learners: PairLearnerGroup
    data: PreferenceData
    tokenizer: Any
    epochs: Epochs
    state: RunState

    def update(self, numbers: Sequence[int]) -> Metrics:
        """Make one update from the pairs of these numbers."""
        return self.learners.update([self.data.train[number] for number in numbers])

    def evaluate(self) -> Metrics:
        """Return how well the held-out pairs are ranked under the present weights; always the same pairs."""
        return ranking_metrics(self.learners.rate(self.data.held_out), self.data.held_out)

    def write_model(self) -> tuple[Path, Metrics]:
        """Write the model with its tokenizer and the scale of its raw values; return where, and how well it ranks."""
        out = Path(self.config.preferences.out) if self.config.preferences.out else self.folder.path / "model"
        values = self.learners.rate(self.data.held_out)
        self.learners.save_model(out)
        self.tokenizer.save_pretrained(out)
        found = ranking_metrics(values, self.data.held_out)
        write_scale(out, values, **{key.removeprefix("eval/"): value for key, value in found.items()})
        return out, found


def run(config: Config, *, resume: bool = False) -> Path:
    """Train on the pairs of data.train and return the folder of the reward model."""
    with StopSignal() as stop, ExitStack() as stack, kept_when_left("update") as watch:
        with stop.interruptible():
            training = start(config, stack, resume=resume)
            watch.state = training.state
            before = training.folder.metrics_of(0) or training.evaluate()
        if training.state.step == 0:
            training.folder.write_metrics(0, before)
        train_epochs(
            training.epochs,
            training.state,
            training.folder,
            stop,
            update=training.update,
            describe=in_words,
            evaluate=training.evaluate,
            evaluate_every=config.eval.every,
        )
        out, after = training.write_model()
    say(f"held-out pairs ranked right: {before['eval/accuracy']:.3f} before, {after['eval/accuracy']:.3f} after")
    say(f"wrote {out}; use it with: reward_models: {{mine: {{path: {out}}}}} and rewards.….reward_model: mine")
    return out


def start(config: Config, stack: ExitStack, *, resume: bool) -> Training:
    """Load pairs, then Ray, ranks and model; what can be wrong cheaply comes first."""
    if config.model.lora.rank:
        raise UserError("rlcs reward-model trains all weights, as its head is new; set model.lora.rank=0")
    path = open_folder(config, stack, resume=resume)
    model = resolve_model_path(config.model.path)
    tokenizer = load_tokenizer(config.model, model)
    data = load_data(config, tokenizer)
    settings = config.preferences
    epochs = Epochs(
        what="pairs", num_items=len(data.train), batch_size=settings.batch_size, epochs=settings.epochs,
        seed=config.run.seed, section="preferences",
    )  # fmt: skip
    say(f"{len(data.train):,} pairs to train on, {epochs.num_updates:,} updates; {len(data.held_out):,} pairs held out")
    resume_from = resumable(config, path, epochs) if resume else None
    horizon = schedule_updates(config, epochs.num_updates, resume_from)
    with waiting("starting Ray and the learner"):
        job = learning_job(config, model, out=config.preferences.out)
        cluster = stack.enter_context(Cluster(config.cluster, job.num_processes))
        placement = place(cluster, job)
        learners = PairLearnerGroup(start_ranks(cluster, placement, PairLearnerWorker), config.learner)
        learners.begin(placement.rank_settings(num_updates=horizon))
    folder = RunFolder(path, config, resume_from=resume_step(resume_from) if resume else None)
    stack.callback(folder.close)
    with waiting("loading the model"):
        learners.wait_until_ready()
    state = state_of(config, folder, learners, epochs, horizon=horizon, save_tokenizer=tokenizer.save_pretrained)
    training = Training(config, folder, learners, data, tokenizer, epochs, state)
    go_on_from(resume_from, training.state, learners)
    return training


def in_words(metrics: Metrics) -> str:
    """Return the metrics of an update as a line: loss, share of its pairs ranked right, and of the held-out ones."""
    line = f"loss {metrics['reward_model/loss']:.4f}  {100 * metrics['reward_model/accuracy']:.0f}% of its pairs right"
    if "eval/accuracy" in metrics:
        line += f"  held out {100 * metrics['eval/accuracy']:.1f}%"
    return line


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
