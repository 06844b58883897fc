"""Drafts: sampled and inserted tokens stay told apart, and groups come out in seed order."""

from __future__ import annotations

from rlcs.records import PromptImage, Task
from rlcs.tasks.prompts import Prompt
from rollout.drafts import Draft, OpenGroup
from rollout.forcing import Budgets, Finished, GoOn, Markers
from rollout.requests import RolloutRequest

TASK = Task(id="made:0", source="made", domain="logic", prompt="?", answer="7")
MARKERS = Markers(
    think_end="</think>",
    think_end_ids=(90,),
    answer_start_ids=(91,),
    decode=lambda token_ids: " ".join(str(token) for token in token_ids),
)
BUDGETS = Budgets(max_think_tokens=2, max_answer_tokens=2, force_answer=True)


def advance(draft: Draft, token_ids, logprobs, *, stopped: bool):
    return draft.advance(token_ids, logprobs, stopped=stopped, budgets=BUDGETS, markers=MARKERS)


def test_a_forced_completion_masks_what_was_inserted_and_keeps_both_sampled_parts():
    draft = Draft()
    assert advance(draft, [5, 6], [-0.1, -0.2], stopped=False) == GoOn(insert=(90, 91), max_tokens=2)
    end = advance(draft, [7, 1], [-0.3, -0.4], stopped=True)
    completion = draft.complete(end, policy_version=4, markers=MARKERS)
    assert completion.token_ids == (5, 6, 90, 91, 7, 1)
    assert completion.logprobs == (-0.1, -0.2, 0.0, 0.0, -0.3, -0.4)
    assert completion.loss_mask == (1, 1, 0, 0, 1, 1)
    assert (completion.forced, completion.finish_reason, completion.policy_version) == (True, "stop", 4)
    assert completion.text == "5 6 90 91 7"


def test_a_completion_that_goes_on_after_its_own_think_end_is_not_forced():
    draft = Draft()
    assert advance(draft, [5, 90], [-0.1, -0.2], stopped=False) == GoOn(max_tokens=2)
    end = advance(draft, [7, 8], [-0.3, -0.4], stopped=False)
    completion = draft.complete(end, policy_version=0, markers=MARKERS)
    assert (completion.forced, completion.finish_reason) == (False, "length")
    assert completion.loss_mask == (1, 1, 1, 1)
    assert completion.text == "5 90 7 8"


def test_a_think_end_in_the_answer_of_a_forced_completion_changes_nothing():
    draft = Draft()
    advance(draft, [5, 6], [-0.1, -0.2], stopped=False)
    assert advance(draft, [90, 7], [-0.3, -0.4], stopped=False) == Finished(keep=6, finish_reason="length")


def test_a_cut_completion_loses_tokens_log_probabilities_and_mask_alike():
    draft = Draft(token_ids=[5, 90, 6, 7], logprobs=[-1.0, -2.0, -3.0, -4.0], loss_mask=[1, 1, 1, 1])
    completion = draft.complete(Finished(keep=3, finish_reason="length"), policy_version=0, markers=MARKERS)
    assert completion.token_ids == (5, 90, 6)
    assert completion.logprobs == (-1.0, -2.0, -3.0)
    assert completion.loss_mask == (1, 1, 1)
    assert completion.text == "5 90 6"


def test_a_group_is_given_when_its_last_completion_is_done_and_in_seed_order():
    request = RolloutRequest(task=TASK, prompt_ids=(2, 3), seed=11)
    group = OpenGroup(index=0, request=request, num_completions=3, prompt_ids=request.prompt_ids)
    done = {
        number: Draft(token_ids=[number], logprobs=[-1.0], loss_mask=[1]).complete(
            Finished(keep=1, finish_reason="length"), policy_version=0, markers=MARKERS
        )
        for number in range(3)
    }
    assert group.finish(2, done[2]) is None
    assert group.finish(0, done[0]) is None
    finished = group.finish(1, done[1])
    assert finished is not None
    assert [completion.token_ids for completion in finished.completions] == [(0,), (1,), (2,)]
    assert (finished.task, finished.prompt_ids) == (TASK, (2, 3))


def test_episodes_of_a_group_begin_alike_by_their_state_or_else_by_what_they_show():
    request = RolloutRequest(task=TASK, prompt_ids=(), seed=11)
    one, other = (PromptImage(reference=pixels, start=1, num_tokens=1) for pixels in (b"a", b"b"))
    group = OpenGroup(index=0, request=request, num_completions=2, prompt_ids=(2, 8), images=(one,), state="page")
    assert group.begins_alike(Prompt(ids=(2, 8), images=(other,)), "page"), "the same page, a shade other"
    assert not group.begins_alike(Prompt(ids=(2, 8), images=(one,)), "another page")
    assert not group.begins_alike(Prompt(ids=(2, 9), images=(one,)), "page")
    untold = OpenGroup(index=0, request=request, num_completions=2, prompt_ids=(2, 8), images=(one,))
    assert untold.begins_alike(Prompt(ids=(2, 8), images=(one,)), "")
    assert not untold.begins_alike(Prompt(ids=(2, 8), images=(other,)), "")
