"""Settings of single commands: eval, grade, sft, reward-model; part of rlcs/config/schema.py, imported from there."""

from __future__ import annotations

from dataclasses import dataclass

from rlcs.config.reward_schema import setting


@dataclass
class EvalConfig:
    """Held-out evaluation."""

    every: int = setting(10, "Evaluate every so many steps, and before the first and after the last; 0 means never.")
    num_completions: int = setting(1, "Completions per held-out task.")
    k: list[int] = setting([1], "Values of k for pass@k (unbiased), each at most num_completions.")
    temperature: float = setting(1.0, "Sampling temperature of evaluation; 0 is greedy.")
    threshold: float = setting(0.999, "A score of at least this counts as a pass.")
    by_subcategory: bool = setting(False, "Tell every subcategory of a source as well.")


@dataclass
class GradeConfig:
    """Offline difficulty before training (rlcs grade); sampling is that of `rollout`."""

    models: list[str] = setting(
        [], "Models to measure with: folders, hub names, tiny://text, run folders or checkpoints; empty is model.path."
    )
    sources: list[str] = setting([], "Names of the data.train sources to grade; empty means all.")
    num_completions: int = setting(8, "Completions per task and model.")
    sample: float = setting(
        1.0, "Share of the tasks that is measured; below 1 the others are predicted from their texts."
    )
    label_strength: float = setting(
        2.0, "Completions that a label of the data (fields.difficulty) counts for in the pass rate; 0 leaves it out."
    )


@dataclass
class SftConfig:
    """Cold start: supervised fine-tuning on traces (rlcs sft)."""

    epochs: float = setting(1.0, "Passes over the traces.")
    batch_size: int = setting(32, "Traces per optimizer update.")
    loss_on: str = setting("response", "response (prompt masked) or all (continued pre-training).")
    init: str | None = setting(
        None, "tiny_text or tiny_vision starts from freshly initialised tiny weights; empty loads model.path."
    )
    out: str | None = setting(None, "Folder for the trained model; empty means model/ in the run folder.")


@dataclass
class PreferencesConfig:
    """Training a reward model on preference pairs (rlcs reward-model)."""

    epochs: float = setting(1.0, "Passes over the pairs.")
    batch_size: int = setting(64, "Pairs per optimizer update.")
    max_tokens: int = setting(2048, "Pairs with a longer conversation are dropped at load; the log says how many.")
    out: str | None = setting(None, "Folder for the trained reward model; empty means model/ in the run folder.")
