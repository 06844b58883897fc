"""Checkpoints: written beside, then renamed, so that one is whole or absent.

checkpoints/step-000010/{model/ (Hugging Face), learner/ (DeepSpeed), state.json, curriculum.parquet}

With model.lora adapter/ (PEFT) takes the place of model/, which stands beside it where model.lora.save_merged asks.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from rlcs.config.schema import Config, LoraConfig
from rlcs.errors import UserError, writing
from rlcs.process.console import say, waiting

State = dict[str, Any]


def folder_name(step: int) -> str:
    """Return the folder name of a step, sortable: step-000010."""
    return f"step-{step:06d}"


def begin(final: Path) -> Path:
    """Make and return the folder in which the checkpoint `final` is written; `complete` renames it."""
    partial = final.with_name(f".{final.name}.partial")
    with writing(final):
        remove_leftovers(final.parent)
        partial.mkdir(parents=True)
    return partial


def complete(partial: Path, final: Path, *, keep: int) -> None:
    """Let what is written in the folder of `begin` count as a checkpoint; then old ones beyond `keep` go."""
    with writing(final):
        _flush(partial)
        if final.exists():
            _remove(final)
        partial.rename(final)
        if keep > 0:
            for old in all_checkpoints(final.parent.parent)[:-keep]:
                _remove(old)


def remove_leftovers(root: Path) -> None:
    """Remove what an interrupted save or removal has left; it counts for nothing and may fill the disk."""
    for path in [*root.glob(".step-*.partial"), *root.glob(".step-*.old")]:
        shutil.rmtree(path)


def _remove(checkpoint: Path) -> None:
    """Remove a checkpoint so that, cut short, it is gone and not half there."""
    doomed = checkpoint.rename(checkpoint.with_name(f".{checkpoint.name}.old"))
    shutil.rmtree(doomed)


def model_folders(checkpoint: Path, lora: LoraConfig) -> list[Path]:
    """Return the folders of a checkpoint that people load, each with the tokenizer: model/, adapter/ or both."""
    has = {"adapter": lora.rank > 0, "model": lora.rank == 0 or lora.save_merged}
    return [checkpoint / name for name, is_there in has.items() if is_there]


def model_of(checkpoint: Path) -> Path:
    """Return the folder of a checkpoint's model; an adapter is merged into its base when that is asked first."""
    model = checkpoint / "model"
    if not model.is_dir() and (checkpoint / "adapter").is_dir():
        from rlcs.model.adapters import write_merged

        partial = checkpoint / ".model.partial"
        with writing(model), waiting("merging the adapter into its base"):
            shutil.rmtree(partial, ignore_errors=True)
            write_merged(checkpoint / "adapter", partial)
            partial.rename(model)
    return model


def learner_shape(config: Config) -> State:
    """Return how the learner's state is dealt out."""
    return {
        "learner.num_workers": config.learner.num_workers,
        "learner.zero_stage": config.learner.zero_stage,
    }


def base_of_adapters(config: Config) -> State:
    """Return what adapters, of which alone there is state, are trained beside."""
    return {"model.path": config.model.path} if config.model.lora.rank else {}


def check_shape(checkpoint: Path, config: Config) -> None:
    """Tell of another number of ranks or ZeRO stage than the learner was saved with; refuse another base.

    A checkpoint of 0.1.0 fits only these; then it is refused, before anything is touched.
    """
    then, now = read_state(checkpoint)["learner"], learner_shape(config)
    base = then.get("model.path", config.model.path)
    if base != config.model.path:
        raise UserError(
            f"{checkpoint} holds an adapter to model.path={base}, now it is {config.model.path}; set it back"
        )
    changed = {key: f"{key} from {then[key]} to {value}" for key, value in now.items() if then[key] != value}
    if not changed:
        return
    from rlcs.learner.saved_state import holds_state

    if not holds_state(checkpoint / "learner" / "state"):
        raise UserError(
            f"{checkpoint} was written by RLCS 0.1.0 and fits {' and '.join(f'{key}={then[key]}' for key in changed)} "
            "only; set it back until the next checkpoint, which fits all"
        )
    say(f"{checkpoint.name}: the learner's state is dealt anew, {', '.join(changed.values())}")


def all_checkpoints(run_folder: Path) -> list[Path]:
    """Return the whole checkpoints of a run, oldest first."""
    return sorted(path for path in (run_folder / "checkpoints").glob("step-*") if (path / "state.json").is_file())


def latest(run_folder: Path) -> Path | None:
    """Return the newest whole checkpoint, or None."""
    found = all_checkpoints(run_folder)
    return found[-1] if found else None


def resolve(path: Path) -> Path:
    """Return the checkpoint meant by a checkpoint folder or a run folder."""
    if (path / "state.json").is_file():
        return path
    found = latest(path)
    if found is None:
        raise UserError(f"{path} holds no checkpoint; expected a run folder or one of its checkpoints/step-… folders")
    return found


def read_state(checkpoint: Path) -> State:
    """Return state.json of a checkpoint."""
    state: State = json.loads((checkpoint / "state.json").read_text())
    return state


def _flush(folder: Path) -> None:
    """Force file contents to disk before the rename makes them count."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
