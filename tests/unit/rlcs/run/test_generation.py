from pathlib import Path

from rewards import Scorer
from rlcs.config.schema import ClusterConfig, Config, RewardConfig, ScoringConfig
from rlcs.records import Group, PromptImage, Task
from rlcs.run.generation import Generation, Judging, request_seed
from rlcs.tasks import Prompt


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


def test_in_a_cluster_images_go_as_bytes_and_on_one_machine_as_paths(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"picture")
    prompt = Prompt(ids=(1, 8, 2), images=(PromptImage(reference=str(file), start=1, num_tokens=1),))

    class Renderer:
        def render(self, tasks: object) -> list[Prompt]:
            return [prompt]

    def reference(address: str | None) -> str | bytes:
        config = Config(cluster=ClusterConfig(address=address))
        made = Generation(rollout=None, renderer=Renderer(), scorer=None, config=config)  # type: ignore[arg-type]
        (found,) = made.prompts([])
        assert found.ids == prompt.ids
        return found.images[0].reference

    assert [reference(address) for address in (None, "local", "auto")] == [str(file), str(file), b"picture"]
