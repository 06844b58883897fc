"""Settings of the curriculum: which tasks, how many, which groups are trained on."""

from __future__ import annotations

from dataclasses import dataclass

from rlcs.config.reward_schema import setting


@dataclass
class ExpansionConfig:
    """Oversampling by the EMA of the expansion ratio (paper 5.3.1)."""

    enabled: bool = setting(True, "Draw more tasks than the batch holds, by the EMA of 1 / (1 - invalid rate).")
    beta: float = setting(0.7, "Weight of the past in the EMA of the ratio; the paper gives no value.")
    cap: float = setting(1.25, "Largest expansion ratio, so that an all-invalid step cannot run away.")


@dataclass
class BanditConfig:
    """A bandit over domains that moves the mixture toward those where groups teach most."""

    enabled: bool = setting(False, "Let the mixture follow mean |advantage| per domain; off keeps the proportions.")
    rate: float = setting(0.2, "Weight of the newest step in a domain's value.")
    temperature: float = setting(0.25, "Lower: more of the best domain; a difference of so much counts e-fold.")
    explore: float = setting(0.3, "Share of the configured mixture that is kept whatever the values.")


@dataclass
class CurriculumConfig:
    """Which tasks next, how many, and which groups to train on."""

    sampler: str = setting(
        "tiers",
        "Registered sampler: tiers, uniform, learnability, prioritized, thompson, pools, adarft, or your own from a "
        "plug-in.",
    )
    batch_size: int = setting(32, "Tasks (groups) trained on per iteration; the expansion draws more.")
    tier_edges: list[float] = setting(
        [0.1, 0.3, 0.7, 0.9], "Pass rates that part very hard, hard, medium, easy, very easy."
    )
    temperature: float = setting(
        0.2, "Weight of tiers, learnability and prioritized to the power 1 / temperature; lower concentrates more."
    )
    floor: float = setting(0.05, "Least share of its uniform weight that any task keeps: down-sampled, never dropped.")
    rest: float = setting(
        4.0, "Tiers: steps between two draws of a task, on average and at least, so that few are not learned by heart."
    )
    by_subcategory: bool = setting(
        True, "Follow the policy's skill in each subcategory of a source by itself, not only per source (paper 5.3)."
    )
    by_progress: bool = setting(
        True, "Tiers: discount subcategories whose pass rates stand still, whatever they are trained."
    )
    predict: bool = setting(
        True, "Tiers: tell the difficulty of tasks never judged from `features`, as far as that has proved right."
    )
    features: list[str] = setting(
        ["text"],
        "What difficulty is told from: text (what a question consists of), policy (the mean last hidden state of its "
        "prompt, for which the learner reads the tasks that are looked at), or both.",
    )
    target_pass_rate: float = setting(0.5, "Thompson: pass rate to draw near; adarft: mean score to hold.")
    prior_strength: float = setting(
        0.25, "Completions that the prior counts for: the offline grade, or what first visits show where there is none."
    )
    half_life: float = setting(100.0, "Steps after which what was observed of a task counts half.")
    min_spread: float = setting(
        0.0,
        "A group whose best and worst scores are no further apart teaches nothing: of a reward model's ratings, such "
        "differences are mostly noise, which the advantage would blow up. 0: any difference counts.",
    )
    expansion: ExpansionConfig = setting(ExpansionConfig, "Oversampling.")
    max_refills: int = setting(
        0, "How often in a step to draw again while the batch is short (DAPO's dynamic sampling); 0 never does."
    )
    screen: int | None = setting(
        None,
        "Completions that a task never judged gets first; the rest of its group only if these differ. 0: all at once. "
        "Empty: half a group, by tiers, of 8 or more, of single answers, in turn; else 0.",
    )
    bandit: BanditConfig = setting(BanditConfig, "Domains mixed by a bandit.")
    unbiased_cap: float = setting(
        0.0,
        "Largest weight of samples by 1 / how often their task is drawn relative to uniform; 0 weighs all alike.",
    )
