"""How completions are sampled: in training as in its section, in evaluation as in the other; and how many first."""

from rlcs.config.schema import Config, DataConfig, EvalConfig, RolloutConfig, SourceConfig
from rlcs.run.assembly import eval_sampling, train_sampling, with_screening
from rollout.requests import Sampling


def test_training_and_evaluation_sample_by_their_own_settings() -> None:
    config = Config(
        rollout=RolloutConfig(group_size=4, temperature=0.7), eval=EvalConfig(num_completions=2, temperature=0.0)
    )
    assert train_sampling(config) == Sampling(num_completions=4, temperature=0.7)
    assert eval_sampling(config) == Sampling(num_completions=2, temperature=0.0)


def test_first_completions_are_half_a_group_unless_a_step_cannot_wait_for_their_verdicts() -> None:
    config = Config(data=DataConfig(train=[SourceConfig(name="sums", path="sums.jsonl")]))
    assert with_screening(config).screen == config.rollout.group_size // 2
    assert config.curriculum.screen is None
    config.data.train.append(SourceConfig(name="pages", path="miniwob://click-test"))
    assert with_screening(config).screen == 0
    config.data.train.pop()
    config.run.schedule = "overlapped"
    assert with_screening(config).screen == 0
