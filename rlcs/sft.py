"""`rlcs sft`: cold start. Full-parameter supervised fine-tuning on `<think>…</think><answer>…</answer>` traces, packed.

The loss is the mean over traces of the mean negative log-likelihood of their tokens; with sft.loss_on=all prompt tokens
count as well (continued pre-training). The trained model is written in Hugging Face format.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import LearnerGroup
from rlcs.learner.schedule import batches
from rlcs.model.files import Preprocessing, load_preprocessing, resolve_model_path
from rlcs.model.vision import image_token_cost
from rlcs.process.cluster import Cluster
from rlcs.process.console import say, waiting
from rlcs.process.interrupts import Interrupted, StopSignal
from rlcs.records import Sample, Task
from rlcs.run.assembly import open_folder
from rlcs.run.folder import Ledger
from rlcs.run.placement import learner_settings, require_gpus, start_learners
from rlcs.tasks import Prompt, load_traces

SAY_EVERY_S = 5.0


def run(config: Config) -> Path:
    """Train on the traces of data.train and return the folder of the trained model."""
    with StopSignal() as stop, ExitStack() as stack:
        folder = open_folder(config, stack, resume=False)
        model = starting_model(config, folder)
        preprocessing = load_preprocessing(config.model, config.data.images, model)
        samples = load_samples(config, preprocessing)
        num_updates = math.ceil(len(samples) / config.sft.batch_size * config.sft.epochs)
        cluster = stack.enter_context(Cluster(config.cluster, config.learner.num_workers))
        require_gpus(config, have=cluster.num_gpus(), ranks=config.learner.num_workers)
        cost = image_token_cost(model, config.model)
        learners = LearnerGroup(start_learners(cluster, config), config.learner, image_token_cost=cost)
        settings = learner_settings(config, model, num_updates=num_updates, objective="sft")
        learners.begin(settings)
        ledger = Ledger(folder, config, resume_from=None)
        stack.callback(ledger.close)
        with waiting("loading the model"):
            learners.wait_until_ready()
        is_interrupted = False
        try:
            train(config, stop, learners, samples, ledger, num_updates)
        except Interrupted:
            is_interrupted = True
        out = Path(config.sft.out) if config.sft.out else folder / "model"
        learners.save_model(out)
        preprocessing.save(out)
    if is_interrupted:
        say(f"stopped early; the model so far is in {out}")
        raise KeyboardInterrupt
    say(f"wrote {out}; train it further with: rlcs train --config … model.path={out}")
    return out


def train(
    config: Config,
    stop: StopSignal,
    learners: LearnerGroup,
    samples: Sequence[Sample],
    ledger: Ledger,
    num_updates: int,
) -> None:
    """Make `num_updates` updates over shuffled epochs, with a progress line every few seconds."""
    last_said = started = time.monotonic()
    for step, batch in enumerate(batches(len(samples), config.sft.batch_size, num_updates, config.run.seed), start=1):
        metrics = learners.update([samples[number] for number in batch])
        ledger.write_metrics(step, metrics)
        now = time.monotonic()
        if now - last_said > SAY_EVERY_S or step in (1, num_updates):
            last_said = now
            left = (now - started) / step * (num_updates - step)
            say(f"update {step}/{num_updates}  loss {metrics['policy/loss']:.4f}  {left:.0f} s left")
        with stop.interruptible():
            continue


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
