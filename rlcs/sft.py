"""`rlcs sft`: cold start. Supervised fine-tuning on `<think>…</think><answer>…</answer>` traces, and episodes, packed.

The loss is the mean over traces of the mean negative log-likelihood of their tokens; with sft.loss_on=all prompt tokens
count as well (continued pre-training). The trained model is written in Hugging Face format. `--resume` goes on from the
newest checkpoint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rlcs.config.environments import environment_of
from rlcs.config.schema import Config, SourceConfig
from rlcs.errors import UserError
from rlcs.learner.group import LearnerGroup
from rlcs.metrics import Metrics
from rlcs.model.files import Preprocessing, load_preprocessing, resolve_model_path
from rlcs.process.cluster import Cluster
from rlcs.process.console import say, waiting
from rlcs.process.interrupts import StopSignal
from rlcs.records import Sample
from rlcs.run.assembly import open_folder, resume_step
from rlcs.run.engines import place, start_policy_learners
from rlcs.run.episodes import episode_rules
from rlcs.run.epochs import Epochs, go_on_from, resumable, state_of, train_epochs
from rlcs.run.folder import RunFolder
from rlcs.run.horizon import schedule_updates
from rlcs.run.placement import learning_job
from rlcs.run.state import RunState, kept_when_left
from rlcs.tasks import Prompt, load_traces
from rlcs.videos import as_bytes
from rollout.episodes.conversation import Conversation
from rollout.episodes.demonstrations import Unfit, imitate, load_demonstrations
from rollout.episodes.episode import Episode
from rollout.forcing import budgets_of, markers_of

MAX_TOLD = 5
"""Reasons for which episodes are dropped."""


@dataclass
class Tuning:
    """Supervised fine-tuning under way. `state.step` counts whole updates, and all state belongs to it."""

    config: Config
    folder: RunFolder
    learners: LearnerGroup
    samples: list[Sample]
    preprocessing: Preprocessing
    epochs: Epochs
    state: RunState

    def update(self, numbers: Sequence[int]) -> Metrics:
        """Make one update from the traces of these numbers."""
        samples = [self.samples[number] for number in numbers]
        if self.config.cluster.spans_machines:
            samples = [replace(sample, images=as_bytes(sample.images)) for sample in samples]
        return self.learners.update(samples)

    def write_model(self) -> Path:
        """Write the model with its tokenizer; return where."""
        out = Path(self.config.sft.out) if self.config.sft.out else self.folder.path / "model"
        self.learners.save_model(out)
        self.preprocessing.save(out)
        return out


def run(config: Config, *, resume: bool = False) -> Path:
    """Train on the traces of data.train and return the folder of the trained model."""
    with StopSignal() as stop, ExitStack() as stack, kept_when_left("update") as watch:
        with stop.interruptible():
            tuning = start(config, stack, resume=resume)
        watch.state = tuning.state
        train_epochs(
            tuning.epochs,
            tuning.state,
            tuning.folder,
            stop,
            update=tuning.update,
            describe=lambda metrics: f"loss {metrics['policy/loss']:.4f}",
        )
        out = tuning.write_model()
    say(f"wrote {out}; train it further with: rlcs train --config … model.path={out}")
    return out


def start(config: Config, stack: ExitStack, *, resume: bool) -> Tuning:
    """Load traces, then Ray, ranks and model; what can be wrong cheaply comes first."""
    path = open_folder(config, stack, resume=resume)
    model = starting_model(config, path)
    preprocessing = load_preprocessing(config.model, config.data.images, model, config.data.video)
    samples = load_samples(config, preprocessing)
    epochs = Epochs(
        what="traces", num_items=len(samples), batch_size=config.sft.batch_size, epochs=config.sft.epochs,
        seed=config.run.seed, section="sft",
    )  # fmt: skip
    resume_from = resumable(config, path, epochs) if resume else None
    horizon = schedule_updates(config, epochs.num_updates, resume_from)
    with waiting("starting Ray and the learner"):
        job = learning_job(config, model, out=config.sft.out)
        cluster = stack.enter_context(Cluster(config.cluster, job.num_processes))
        placement = place(cluster, job)
        learners = start_policy_learners(cluster, placement)
        learners.begin(placement.learner_settings(num_updates=horizon, objective="sft"))
    folder = RunFolder(path, config, resume_from=resume_step(resume_from) if resume else None)
    stack.callback(folder.close)
    with waiting("loading the model"):
        learners.wait_until_ready()
    state = state_of(config, folder, learners, epochs, horizon=horizon, save_tokenizer=preprocessing.save)
    tuning = Tuning(config, folder, learners, samples, preprocessing, epochs, state)
    go_on_from(resume_from, tuning.state, learners)
    return tuning


def starting_model(config: Config, folder: Path) -> Path | str:
    """Return the model to start from: model.path, or freshly initialised tiny weights written into the run folder."""
    if config.sft.init is None:
        return resolve_model_path(config.model.path)
    from rlcs.tiny import save_fresh_model

    return save_fresh_model(config.sft.init, folder / "init", seed=config.run.seed)


def load_samples(config: Config, preprocessing: Preprocessing) -> list[Sample]:
    """Return every trace, and every prompt of an episode, as a sample; the console says how many are too long."""
    played = [source for source in config.data.train if environment_of(source) is not None]
    traces = [source for source in config.data.train if source not in played]
    samples = trace_samples(config, traces, preprocessing) if traces else []
    samples += episode_samples(config, played, preprocessing) if played else []
    if not samples:
        raise UserError(
            "no trace to train on: add a source with prompt and response, or one of demonstrations, under data.train"
        )
    return samples


def trace_samples(config: Config, sources: Sequence[SourceConfig], preprocessing: Preprocessing) -> list[Sample]:
    """Return every trace as a sample; those too long for the budgets are dropped."""
    tokenizer = preprocessing.tokenizer
    longest = config.data.max_prompt_tokens + config.rollout.max_think_tokens + config.rollout.max_answer_tokens
    tasks, responses = load_traces(sources)
    prompts = preprocessing.renderer(sources).render(tasks)
    endings = encoded_turns(tokenizer, responses)
    refuse_image_tokens([f"task {task.id}" for task in tasks], endings, preprocessing)
    samples = [trace_sample(p, tuple(r), config.sft.loss_on) for p, r in zip(prompts, endings, strict=True)]
    kept = [sample for sample in samples if sample.num_tokens <= longest]
    if len(kept) < len(samples):
        say(f"dropped {len(samples) - len(kept)} of {len(samples)} traces longer than {longest} tokens")
    return kept


def episode_samples(config: Config, sources: Sequence[SourceConfig], preprocessing: Preprocessing) -> list[Sample]:
    """Return every prompt of every episode as a sample that trains on the turns behind it.

    Episodes that no policy could play under the budgets are dropped.
    """
    tokenizer, images = preprocessing.tokenizer, preprocessing.images
    markers, budgets = markers_of(tokenizer, config.rollout), budgets_of(config.rollout)
    rules = episode_rules(config, tokenizer.chat_template)
    samples: list[Sample] = []
    unfit: Counter[str] = Counter()
    for source in sources:
        conversation = Conversation(tokenizer, images, template=rules[source.name].chat_template)
        for one in load_demonstrations(source):
            turn_ids = encoded_turns(tokenizer, [turn.text for turn in one.turns])
            refuse_image_tokens([one.place] * len(turn_ids), turn_ids, preprocessing)
            episode = Episode(rules[source.name], conversation, markers, turn_tokens=budgets.of_turn(markers))
            try:
                samples += imitate(one, episode, turn_ids, markers, budgets)
            except Unfit as unfitting:
                unfit[f"{source.name}: {unfitting}"] += 1
    for reason, count in unfit.most_common(MAX_TOLD):
        say(f"dropped {count} episodes of {reason}")
    return samples


def encoded_turns(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Return texts that a policy is to write as tokens, with the one that ends a sequence behind each."""
    encoded = tokenizer([f"{text}{tokenizer.eos_token}" for text in texts], add_special_tokens=False)
    return list(encoded["input_ids"])


def refuse_image_tokens(
    places: Sequence[str], responses: Sequence[Sequence[int]], preprocessing: Preprocessing
) -> None:
    """Raise a UserError for a response in which the model's token for images or videos stands: none belongs to it."""
    never = frozenset() if preprocessing.images is None else preprocessing.images.never_sampled
    for where, ids in zip(places, responses, strict=True):
        if found := never.intersection(ids):
            token = preprocessing.tokenizer.convert_ids_to_tokens(min(found))
            raise UserError(
                f"the response of {where} holds {token}, the model's token for an image or a video; a response "
                "is text: take it out"
            )


def trace_sample(prompt: Prompt, response_ids: Sequence[int], loss_on: str) -> Sample:
    """Return a sample that trains on the response, or (loss_on="all") on every token but the first and the images'."""
    tokens = (*prompt.ids, *response_ids)
    start = len(prompt.ids) if loss_on == "response" else 1
    mask = [1] * len(tokens)
    for image in prompt.images:
        mask[image.start : image.start + image.num_tokens] = [0] * image.num_tokens
    rest = tokens[start:]
    return Sample(
        prompt_ids=tokens[:start],
        token_ids=rest,
        loss_mask=tuple(mask[start:]),
        logprobs=(0.0,) * len(rest),
        advantage=1.0,
        images=prompt.images,
    )
