from rewards import Scorer
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.records import Group, Task
from rlcs.run.generation import Judging, request_seed


def test_groups_come_back_in_the_order_of_the_plan() -> None:
    with Scorer({"default": RewardConfig(verifier="numeric")}, {"s": "default"}, ScoringConfig()) as scorer:
        for i in (2, 0, 1):
            task = Task(id=f"s:{i}", source="s", domain="counting", prompt="?", answer="1")
            scorer.submit(Group(task=task, prompt_ids=(), completions=()))
        groups = Judging(scorer, [2, 0, 1]).groups()
    assert [group.task.id for group in groups] == ["s:0", "s:1", "s:2"]


def test_seeds_repeat_and_differ_by_step_task_purpose_and_run() -> None:
    seed = request_seed(0, 1, "s:1", "train")
    assert seed == request_seed(0, 1, "s:1", "train")
    others = {
        request_seed(1, 1, "s:1", "train"),
        request_seed(0, 2, "s:1", "train"),
        request_seed(0, 1, "s:2", "train"),
        request_seed(0, 1, "s:1", "eval"),
    }
    assert len(others | {seed}) == 5
    assert all(0 <= value < 2**31 for value in others)
