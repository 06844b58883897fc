"""`rlcs sft`: cold start. Supervised fine-tuning on `<think>…</think><answer>…</answer>` traces, packed.

The loss is the mean over traces of the mean negative log-likelihood of their tokens; with sft.loss_on=all prompt tokens
count as well (continued pre-training). The trained model is written in Hugging Face format. `--resume` goes on from the
newest checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.images import as_bytes
from rlcs.learner.group import LearnerGroup
from rlcs.metrics import Metrics
from rlcs.model.files import Preprocessing, load_preprocessing, resolve_model_path
from rlcs.process.cluster import Cluster
from rlcs.process.console import say, waiting
from rlcs.process.interrupts import StopSignal
from rlcs.records import Sample, Task
from rlcs.run.assembly import open_folder, resume_step
from rlcs.run.engines import place, start_policy_learners
from rlcs.run.epochs import Epochs, go_on_from, resumable, state_of, train_epochs
from rlcs.run.folder import RunFolder
from rlcs.run.horizon import schedule_updates
from rlcs.run.placement import learning_job
from rlcs.run.state import RunState, kept_when_left
from rlcs.tasks import Prompt, load_traces


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
    preprocessing = load_preprocessing(config.model, config.data.images, model)
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
    """Return every trace as a sample; traces too long for the budgets are dropped, and the console says how many."""
    tokenizer = preprocessing.tokenizer
    renderer = preprocessing.renderer(config.data.train)
    longest = config.data.max_prompt_tokens + config.rollout.max_think_tokens + config.rollout.max_answer_tokens
    tasks, responses = load_traces(config.data.train)
    prompts = renderer.render(tasks)
    endings = tokenizer([f"{response}{tokenizer.eos_token}" for response in responses], add_special_tokens=False)
    refuse_image_tokens(tasks, endings["input_ids"], preprocessing)
    samples = [
        trace_sample(p, tuple(r), config.sft.loss_on) for p, r in zip(prompts, endings["input_ids"], strict=True)
    ]
    kept = [sample for sample in samples if sample.num_tokens <= longest]
    if len(kept) < len(samples):
        say(f"dropped {len(samples) - len(kept)} of {len(samples)} traces longer than {longest} tokens")
    if not kept:
        raise UserError("no trace to train on: add a source with prompt and response under data.train")
    return kept


def refuse_image_tokens(
    tasks: Sequence[Task], responses: Sequence[Sequence[int]], preprocessing: Preprocessing
) -> None:
    """Raise a UserError for a response in which the model's token for images or videos stands: none belongs to it."""
    never = frozenset() if preprocessing.images is None else preprocessing.images.never_sampled
    for task, ids in zip(tasks, responses, strict=True):
        if found := never.intersection(ids):
            token = preprocessing.tokenizer.convert_ids_to_tokens(min(found))
            raise UserError(
                f"the response of task {task.id} holds {token}, the model's token for an image or a video; a response "
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
