"""Every setting of RLCS, typed, with its default and one sentence; unknown keys are refused at load.

The defaults are the recipe of GLM-4.1V-Thinking (arXiv 2507.01006 section 5.3) where the paper states one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import MISSING

from rlcs.config.command_schema import EvalConfig as EvalConfig
from rlcs.config.command_schema import GradeConfig as GradeConfig
from rlcs.config.command_schema import PreferencesConfig as PreferencesConfig
from rlcs.config.command_schema import SftConfig as SftConfig
from rlcs.config.curriculum_schema import BanditConfig as BanditConfig
from rlcs.config.curriculum_schema import CurriculumConfig as CurriculumConfig
from rlcs.config.curriculum_schema import ExpansionConfig as ExpansionConfig
from rlcs.config.media_schema import ImagesConfig as ImagesConfig
from rlcs.config.media_schema import VideoConfig as VideoConfig
from rlcs.config.model_schema import LoraConfig as LoraConfig
from rlcs.config.model_schema import ModelConfig as ModelConfig
from rlcs.config.reward_schema import FormatConfig as FormatConfig
from rlcs.config.reward_schema import RewardConfig as RewardConfig
from rlcs.config.reward_schema import RewardModelConfig as RewardModelConfig
from rlcs.config.reward_schema import ScoringConfig as ScoringConfig
from rlcs.config.reward_schema import StyleConfig as StyleConfig
from rlcs.config.reward_schema import setting


@dataclass
class RunConfig:
    """The run: its name, folder, length and seed."""

    name: str = setting("run", "Name of the run; the run folder is runs/<name> unless run.dir says otherwise.")
    dir: str | None = setting(None, "The run folder itself; empty means runs/<name> below the current folder.")
    steps: int = setting(100, "Number of iterations: rollout, reward, curriculum, learner update.")
    schedule: str = setting(
        "in_turn",
        "in_turn (generate, then learn) or overlapped (generate the next batch while learning from this one: engines "
        "need GPUs of their own).",
    )
    horizon: int = setting(
        0,
        "Step (of sft and reward-model: update) at which a falling learning rate reaches 0; 0 means the last one that "
        "was planned when the run began.",
    )
    seed: int = setting(0, "Seed of everything random; the same seed on the same machine repeats the run.")
    keep_rollouts: int = setting(0, "Number of newest steps whose rollouts stay in the run folder; 0 keeps all.")
    keep_rollouts_every: int = setting(
        0, "With keep_rollouts: every so many steps, one whose rollouts stay for good; 0 means none."
    )
    wandb_project: str | None = setting(None, "Weights & Biases project to log to as well; empty means off.")


@dataclass
class FieldsConfig:
    """Which column of a source holds what. `a.b` is the part b of the column a."""

    prompt: str = setting("prompt", "Column with the question: text or a list of chat messages.")
    answer: str | None = setting(
        "answer", "Column with the gold answer; empty where a reward model alone judges, which needs none."
    )
    id: str | None = setting(None, "Column with a unique id; empty means the row number.")
    images: str | None = setting(None, "Column with an image or a list of images: paths, bytes or a datasets Image.")
    videos: str | None = setting(
        None, "Column with a video or a list of videos: paths, bytes, or {frames: [images], times: [seconds]}."
    )
    subcategory: str | None = setting(None, "Column with a finer kind inside the domain.")
    difficulty: str | None = setting(None, "Column with an expected pass rate in [0, 1] or a tier name such as hard.")
    params: str | None = setting(None, "Column with a mapping of per-task verifier parameters.")
    response: str = setting("response", "Column with the response to imitate (rlcs sft only).")
    chosen: str = setting("chosen", "Column with the better response, text or chat messages (rlcs reward-model only).")
    rejected: str = setting("rejected", "Column with the worse response (rlcs reward-model only).")


@dataclass
class EnvironmentConfig:
    """The environment in which the tasks of a source are played, turn by turn."""

    name: str = setting(
        MISSING, "Name of the environment: miniwob, tools, textarena, or one of your own (@environment)."
    )
    params: dict[str, Any] = setting({}, "Parameters of the environment.")
    hosts: int = setting(
        1, "Processes beside each engine that hold environments; a process holds as many as the environment says (8)."
    )
    layout: str = setting(
        "append",
        "append: one conversation that grows, each turn seeing all before; fresh: a new prompt a turn, with what was "
        "done so far as text and the last keep_images images.",
    )
    keep_images: int = setting(1, "Images that a fresh prompt shows: the last so many.")
    max_turns: int | None = setting(
        None, "Turns of an episode at most, then score 0; empty leaves it to the environment."
    )
    context_tokens: int = setting(
        4096, "Tokens that the policy sees in a turn at most, what it writes in it included; then comes when_full."
    )
    when_full: str = setting(
        "end", "When the next turn has no room: end (score 0, over_limit), or fresh: go on under a fresh prompt."
    )


@dataclass
class SourceConfig:
    """One source of tasks: a file, a folder of files, a datasets name, or generated tasks."""

    name: str = setting(MISSING, "Name of the source, unique; rewards and metrics use it.")
    path: str = setting(
        MISSING,
        "JSONL, JSON or Parquet file (or glob), a datasets name, or generated: tiny://KIND?levels=1-6&count=500, "
        "reasoning_gym://SET?levels=0-3&size=500, miniwob://TASK?seeds=0-63, textarena://GAME?levels=0-3.",
    )
    split: str | None = setting(None, "Split of a datasets source, for example train or train[:1000].")
    config_name: str | None = setting(
        None, "Configuration name of a datasets source that has several, for example main."
    )
    domain: str = setting("stem.math", "Domain of the tasks, one of those in docs/data.md.")
    subcategory: str | None = setting(
        None, "Finer kind of all tasks of this source; fields.subcategory sets it per row."
    )
    proportion: float = setting(
        1.0, "Share of this source in a batch, relative to the others; no curriculum changes it."
    )
    fields: FieldsConfig = setting(FieldsConfig, "Which column holds what.")
    prompt_template: str | None = setting(
        None, "Text around the question, with {prompt} where it goes; empty means the bare question."
    )
    system_prompt: str | None = setting(None, "System message put before the question; empty means none.")
    answer_pattern: str | None = setting(
        None, "Regular expression whose first group is the gold inside the answer column, e.g. '#### (.+)$'."
    )
    environment: EnvironmentConfig | None = setting(
        None, "Environment in which its tasks are played; empty: a task is a question, and one answer ends it."
    )
    reward: str | None = setting(
        None,
        "Name under `rewards` that judges this source; empty means the entry named like the source, else `default`.",
    )
    grades: str | None = setting(None, "Parquet file of rlcs grade whose pass rates become the prior difficulty.")
    limit: int | None = setting(None, "Use only the first so many rows; empty means all.")
    on_bad_row: str = setting(
        "error", "A row that cannot be used: error stops with file, line and field; skip counts and lists it."
    )


@dataclass
class DataConfig:
    """Tasks to train on and to evaluate on."""

    train: list[SourceConfig] = setting([], "Sources to train on.")
    eval: list[SourceConfig] = setting([], "Held-out sources to evaluate on.")
    holdout: int = setting(
        0, "When data.eval is empty: number of training tasks set aside, at random from run.seed, to evaluate on."
    )
    max_prompt_tokens: int = setting(
        1024, "Longer prompts, image and video tokens counted, are dropped at load, never cut; the log says how many."
    )
    images: ImagesConfig = setting(ImagesConfig, "Images of prompts.")
    video: VideoConfig = setting(VideoConfig, "Videos of prompts.")


@dataclass
class RolloutConfig:
    """Sampling completions with vLLM."""

    group_size: int = setting(8, "Completions per task (n of a GRPO group), at least 2.")
    num_workers: int = setting(1, "vLLM engines, one Ray actor each.")
    tensor_parallel: int = setting(1, "GPUs per engine.")
    max_think_tokens: int = setting(1024, "Token budget of the thinking part, up to and including </think>.")
    max_answer_tokens: int = setting(256, "Token budget of the answer part, separate from thinking.")
    force_answer: bool = setting(
        True, "When thinking runs out of budget insert think_end and answer_start and go on (paper 5.3.1)."
    )
    think_end: str = setting(
        "</think>", "Text that ends thinking; inserted, masked from the loss, when an answer is forced."
    )
    answer_start: str = setting("<answer>", "Text inserted after think_end when an answer is forced; may be empty.")
    temperature: float = setting(
        1.0, "Sampling temperature; top-p is 1 and top-k off, so that what is sampled is what is trained."
    )
    gpu_memory_utilization: float = setting(
        0.85, "Share of GPU memory an engine may take (lower it when colocated with the learner)."
    )
    kv_cache_gib: float = setting(1.0, "Memory of the key-value cache of an engine on CPU, in GiB.")
    max_num_seqs: int = setting(256, "Sequences an engine runs at the same time.")
    enforce_eager: bool = setting(
        False, "Skip CUDA graphs: starts faster, samples slower (CPU engines are always eager)."
    )
    max_restarts: int = setting(3, "How often a dead rollout worker is restarted within one step before the run stops.")
    threads: int = setting(
        0,
        "OpenMP threads of a CPU engine; 0 shares the cores between engines and learners (model folders of 128 MB "
        "and more in float32: all for the side that works).",
    )


@dataclass
class KlConfig:
    """Penalty on the distance to the starting policy; off in the paper's recipe."""

    coefficient: float = setting(0.0, "Weight of the KL term in the loss; 0 means no reference model is loaded.")
    estimator: str = setting("k3", "Estimator of the KL: k1, k2 or k3.")


@dataclass
class AlgorithmConfig:
    """Advantage, loss and their constants; the defaults are GRPO with the paper's recipe."""

    advantage: str = setting("grpo", "Advantage estimator: grpo, dr_grpo, rloo, reinforce_pp.")
    loss: str = setting("ppo_clip", "Policy loss: ppo_clip, gspo or cispo.")
    clip_low: float = setting(0.2, "Lower clip bound of the probability ratio.")
    clip_high: float = setting(0.28, "Upper clip bound of the probability ratio (clip-higher).")
    aggregation: str = setting(
        "sample_mean", "How token losses become one: sample_mean (paper), token_mean (DAPO) or token_sum (Dr. GRPO)."
    )
    importance_cap: float = setting(
        2.0, "Cap of the truncated importance weight between engine and learner log-probabilities; 0 turns it off."
    )
    anchor: str = setting(
        "learner",
        "What the clip keeps the policy near: learner (its weights before the update; an importance weight corrects "
        "for the engine) or rollout (what sampled the tokens; no weight then).",
    )
    kl: KlConfig = setting(KlConfig, "KL penalty.")


@dataclass
class LearnerConfig:
    """Training the policy with DeepSpeed."""

    num_workers: int = setting(1, "DeepSpeed ranks, one Ray actor each.")
    zero_stage: int = setting(1, "ZeRO stage 0, 1, 2 or 3.")
    offload: bool = setting(False, "Keep optimizer state in host memory (ZeRO 1-3).")
    lr: float = setting(1e-6, "Learning rate of AdamW.")
    vision_lr: float | None = setting(
        None, "Learning rate of the vision tower and its merger, on the same schedule; empty means that of learner.lr."
    )
    warmup_steps: int = setting(0, "Updates over which the learning rate rises from 0.")
    schedule: str = setting(
        "constant", "Learning rate after warm-up: constant, linear or cosine (to 0 at run.horizon)."
    )
    short_batch: str = setting(
        "sqrt",
        "Learning rate of a batch that is short of groups worth training on: sqrt (lower by the square root of its "
        "share of curriculum.batch_size, so that its noise counts no more than a full one's) or constant.",
    )
    weight_decay: float = setting(0.0, "Weight decay of AdamW.")
    betas: list[float] = setting([0.9, 0.98], "Beta 1 and 2 of AdamW.")
    max_grad_norm: float = setting(1.0, "Gradient norm is clipped to this.")
    updates_per_step: int = setting(1, "Optimizer updates per iteration; the batch is split into so many parts.")
    pack_tokens: int = setting(32768, "Token slots of one micro-step (paper: 32K).")
    packing: str = setting(
        "auto",
        "packed (one row, block-diagonal attention), shared (packed, the prompt of a group once), padded (rows of "
        "equal length), or auto: shared where that is exact, else packed (rlcs bench packing).",
    )
    threads: int = setting(0, "OpenMP threads of a rank on CPU; 0 as in rollout.threads.")


@dataclass
class SyncConfig:
    """Weights from the learner to the engines."""

    bucket_mib: int = setting(64, "Weights travel in pieces of about this size.")
    check_every: int = setting(1, "Score completions in engine and learner every so many steps; 0 turns the check off.")
    check_completions: int = setting(8, "Completions compared in a check.")
    tolerance: float = setting(
        0.0, "Largest allowed difference of log-probabilities; 0 means 1e-3 in float32 and 0.5 in bfloat16."
    )
    backend: str = setting("auto", "auto, object_store (Ray), nccl or ipc (vLLM's weight transfer, GPU).")


@dataclass
class CheckpointConfig:
    """Saving and keeping checkpoints."""

    every: int = setting(50, "Save every so many steps and at the end; 0 saves at the end only.")
    keep: int = setting(2, "Number of newest checkpoints kept; 0 keeps all.")


@dataclass
class ClusterConfig:
    """Where Ray runs."""

    address: str | None = setting(
        None, "Address of a running Ray cluster, for example auto; empty starts Ray on this machine."
    )
    placement: str = setting(
        "colocated", "colocated (engine and learner share the GPUs) or disaggregated (own GPUs each)."
    )
    stall_s: float = setting(
        600.0,
        "A worker without progress for so many seconds (while it starts three times as many, at least 180) is ended: "
        "an engine or reward model is replaced, a learner rank stops the run; 0 waits for ever.",
    )

    @property
    def spans_machines(self) -> bool:
        """Whether workers may run on other machines than the run itself."""
        return self.address not in (None, "", "local")


@dataclass
class Config:
    """The whole configuration of a run."""

    run: RunConfig = setting(RunConfig, "The run.")
    model: ModelConfig = setting(ModelConfig, "The policy.")
    data: DataConfig = setting(DataConfig, "Tasks.")
    rollout: RolloutConfig = setting(RolloutConfig, "Sampling.")
    curriculum: CurriculumConfig = setting(CurriculumConfig, "Curriculum.")
    rewards: dict[str, RewardConfig] = setting({}, "Named rewards; sources refer to them.")
    reward_models: dict[str, RewardModelConfig] = setting({}, "Named reward models; rewards refer to them.")
    scoring: ScoringConfig = setting(ScoringConfig, "Reward workers.")
    algorithm: AlgorithmConfig = setting(AlgorithmConfig, "Objective.")
    learner: LearnerConfig = setting(LearnerConfig, "Learner.")
    sync: SyncConfig = setting(SyncConfig, "Weight sync and parity check.")
    eval: EvalConfig = setting(EvalConfig, "Evaluation.")
    grade: GradeConfig = setting(GradeConfig, "Offline difficulty.")
    checkpoint: CheckpointConfig = setting(CheckpointConfig, "Checkpoints.")
    cluster: ClusterConfig = setting(ClusterConfig, "Ray.")
    sft: SftConfig = setting(SftConfig, "Cold start.")
    preferences: PreferencesConfig = setting(PreferencesConfig, "Reward model training.")
    plugins: list[str] = setting([], "Python files or modules to import first: your verifiers, samplers, losses.")

    @property
    def sources(self) -> list[SourceConfig]:
        """Sources of training and evaluation together."""
        return [*self.data.train, *self.data.eval]
