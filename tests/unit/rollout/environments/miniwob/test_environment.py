"""Pages of MiniWoB++ as an environment."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS
from rlcs.records import Status, Task
from rollout.environments.miniwob.environment import MiniWob

pytestmark = pytest.mark.usefixtures("miniwob")
WRONG = "left_click(start_box='[999,999]')"


def page(name: str, seed: int = 0) -> Task:
    return Task(
        id=f"m:{name}", source="m", domain="gui.episode", prompt="", answer=name,
        params={"page": name, "page_seed": seed},
    )  # fmt: skip


@pytest.fixture(scope="module")
def wob() -> Iterator[MiniWob]:
    environment = MiniWob(observe="both", max_turns=4)
    yield environment
    environment.close()


def test_the_first_observation_says_what_to_do_and_shows_the_page(wob: MiniWob) -> None:
    text, picture = wob.reset(page("click-test-2"), 0).parts
    assert isinstance(text, str) and isinstance(picture, bytes)
    assert text.startswith("Click button ONE.\nActions: left_click(") and '\nbutton "TWO" [431, 533, 681, 724]' in text
    from PIL import Image

    assert Image.open(io.BytesIO(picture)).size == (320, 420)


def test_the_right_button_is_success_and_the_wrong_one_is_none(wob: MiniWob) -> None:
    wob.reset(page("click-test-2"), 0)
    outcome = wob.step("<think>left</think><answer>left_click(start_box='[150,380]')</answer>").outcome
    assert outcome is not None and (outcome.score, outcome.status) == (1.0, Status.CORRECT)
    wob.reset(page("click-test-2"), 0)
    outcome = wob.step("left_click(start_box='[556,628]')").outcome
    assert outcome is not None and (outcome.score, outcome.status) == (0.0, Status.INCORRECT)


def test_what_cannot_be_read_costs_the_turn_and_is_told(wob: MiniWob) -> None:
    wob.reset(page("click-test-2"), 0)
    observation = wob.step("press the first one")
    assert observation.counted == ("unreadable",) and observation.outcome is None
    assert str(observation.parts[0]).startswith("Nothing was done: ")


def test_too_many_turns_end_it_and_so_does_giving_up(wob: MiniWob) -> None:
    wob.reset(page("click-test-2"), 0)
    outcomes = [wob.step(WRONG).outcome for _ in range(4)]
    assert outcomes[:3] == [None] * 3
    assert outcomes[3] is not None and outcomes[3].status is Status.OVER_LIMIT
    wob.reset(page("click-test-2"), 0)
    ended = wob.step("done()").outcome
    assert ended is not None and ended.score == 0.0


def test_a_seed_is_a_page_and_waiting_costs_nothing(wob: MiniWob) -> None:
    first, again, other = (wob.reset(page("enter-text", seed), 0) for seed in (1, 1, 2))
    assert (first.parts, first.state) == (again.parts, again.state) and first.parts[0] != other.parts[0]
    wob.reset(page("enter-text", 1), 0)
    for _ in range(3):
        assert wob.step("wait()").outcome is None


def test_a_task_solved_in_part_counts_only_when_asked() -> None:
    scores = {}
    for partial in (False, True):
        environment = MiniWob(observe="text", partial=partial)
        text = str(environment.reset(page("click-checkboxes", 8), 0).parts[0])
        (submit,) = [line for line in text.split("\n") if line.startswith("button")]
        left, top, right, bottom = map(int, submit.partition("[")[2].rstrip("]").split(","))
        outcome = environment.step(f"left_click(start_box='[{(left + right) // 2},{(top + bottom) // 2}]')").outcome
        environment.close()
        assert outcome is not None
        scores[partial] = outcome.score
    assert scores[False] == 0.0 and scores[True] is not None and 0.0 < scores[True] < 1.0


def test_actions_may_be_written_as_on_a_phone_or_the_web() -> None:
    for space, text in (
        ("mobile", '{"action_type": "click", "box_2d": [[150, 380]]}'),
        ("web", "CLICK(point='[150,380]')"),
    ):
        environment = MiniWob(observe="text", actions=space)  # type: ignore[arg-type]
        environment.reset(page("click-test-2"), 0)
        outcome = environment.step(text).outcome
        environment.close()
        assert outcome is not None and outcome.score == 1.0


def test_parameters_are_checked() -> None:
    entry = ENVIRONMENTS.get("miniwob")
    entry.check_params({"observe": "both", "scale": 2})
    with pytest.raises(UserError, match="expected one of screenshot, text, both"):
        entry.check_params({"observe": "smell"})
    with pytest.raises(UserError, match="scale is 9"):
        entry.check_params({"scale": 9})
    with pytest.raises(UserError, match="'nowhere' is no program"):
        entry.check_params({"browser": "nowhere"})
