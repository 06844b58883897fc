"""How completions are sampled: in training as in its section, in evaluation as in the other."""

from rlcs.config.schema import Config, EvalConfig, RolloutConfig
from rlcs.run.assembly import eval_sampling, train_sampling
from rollout.requests import Sampling


def test_training_and_evaluation_sample_by_their_own_settings() -> None:
    config = Config(
        rollout=RolloutConfig(group_size=4, temperature=0.7), eval=EvalConfig(num_completions=2, temperature=0.0)
    )
    assert train_sampling(config) == Sampling(num_completions=4, temperature=0.7)
    assert eval_sampling(config) == Sampling(num_completions=2, temperature=0.0)
