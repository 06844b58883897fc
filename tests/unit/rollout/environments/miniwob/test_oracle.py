"""The expert solves what it has recipes for, on held-out seeds; a random policy does not, and no page fails."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from rlcs.miniwob.paths import MAX_SEED
from rlcs.records import Task
from rollout.environments.experts import play
from rollout.environments.hosts.pool import Hosts
from rollout.environments.miniwob.environment import MiniWob
from rollout.environments.miniwob.recipes import RECIPES, SEVERAL_STEPS
from rollout.environments.protocol import EnvironmentFault, answer_of

pytestmark = pytest.mark.usefixtures("miniwob")


def page(name: str, seed: int) -> Task:
    params = {"page": name, "page_seed": seed}
    return Task(id=f"m:{name}", source="m", domain="gui.episode", prompt="", answer=name, params=params)


@pytest.fixture(scope="module")
def wob() -> Iterator[MiniWob]:
    environment = MiniWob(observe="text", max_turns=20)
    yield environment
    environment.close()


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_solves_its_task(wob: MiniWob, name: str) -> None:
    for seed in (MAX_SEED + 1, MAX_SEED + 2):
        played = play(wob, page(name, seed))
        assert played.outcome is not None and played.outcome.score == 1.0, [turn.text for turn in played.turns]
        assert not any(turn.shown.counted for turn in played.turns)


def test_several_need_more_than_one_action(wob: MiniWob) -> None:
    assert len(RECIPES) >= 12 and len(SEVERAL_STEPS) >= 4 and set(SEVERAL_STEPS) <= set(RECIPES)
    played = play(wob, page("login-user", MAX_SEED))
    assert [answer_of(turn.text).partition("(")[0] for turn in played.turns] == [
        "left_click", "type", "left_click", "type", "left_click",
    ]  # fmt: skip


def test_a_turn_says_the_line_of_the_element_and_clicks_its_box(wob: MiniWob) -> None:
    shown = wob.reset(page("click-test", 3), 0).parts[0]
    assert isinstance(shown, str)
    line = shown.splitlines()[-1]
    box = line[line.index("[") :]
    assert wob.expert() == f"<think>{line}</think><answer>left_click(start_box='{box}')</answer>"


def test_where_no_boxes_are_shown_it_clicks_a_point() -> None:
    wob = MiniWob(observe="screenshot", tell_actions=False)
    wob.reset(page("click-test", 3), 0)
    text = wob.expert()
    wob.close()
    assert text.startswith('<think>button "Click Me!"</think>')
    assert answer_of(text).count(",") == 1


def test_a_mistake_clicks_any_element_and_the_expert_goes_on(wob: MiniWob) -> None:
    played = [play(wob, page("click-option", MAX_SEED + seed), mistakes=0.3) for seed in range(8)]
    assert any(one.num_mistakes for one in played) and all(one.outcome for one in played)
    assert not any(turn.shown.counted for one in played for turn in one.turns), "a mistake can be read"
    assert any(one.num_mistakes and one.outcome and one.outcome.score == 1.0 for one in played)


def test_a_task_without_a_recipe_is_told(wob: MiniWob) -> None:
    with pytest.raises(EnvironmentFault, match="no recipe"):
        play(wob, page("click-pie", 1))


def test_it_writes_desktop_actions_only() -> None:
    with pytest.raises(EnvironmentFault, match="params.actions is 'web'"):
        MiniWob(actions="web").expert()


def test_a_random_policy_scores_nothing_between_and_no_page_fails() -> None:
    names = ["click-test-2", "click-checkboxes", "drag-box", "use-slider", "text-editor", "scroll-text", "email-inbox"]
    hosts = Hosts("miniwob", {"observe": "screenshot", "max_turns": 4})
    random, scores = Random(0), {}
    for key, name in enumerate(names):
        hosts.begin(key, page(name, 7), 0)
    while hosts.num_working:
        hosts.wait(1.0)
        for reply in hosts.poll():
            if outcome := reply.observation.outcome:
                scores[reply.key] = outcome.score
                hosts.close(reply.key)
            else:
                hosts.step(reply.key, f"left_click(start_box='[{random.randrange(1001)},{random.randrange(1001)}]')")
    hosts.end()
    assert len(scores) == len(names) and set(scores.values()) <= {0.0, 1.0}
    assert hosts.counts.faults == 0 and hosts.num_free == 0
