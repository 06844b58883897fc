"""One episode: masks, turns, parts and budgets, with made-up turns of the policy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.config.schema import RolloutConfig
from rlcs.records import Completion, Group, Outcome, Status, Task, samples_of
from rlcs.tasks.prompts import ImageMeasure
from rollout.environments.protocol import Observation
from rollout.episodes.conversation import Conversation
from rollout.episodes.episode import Episode, Next
from rollout.episodes.rules import EpisodeRules
from rollout.forcing import GoOn, budgets_of, markers_of

SETTINGS = RolloutConfig(max_think_tokens=6, max_answer_tokens=4)
WON = Outcome(score=1.0, status=Status.CORRECT)
TASK = Task(id="s:0", source="s", domain="general", prompt="?", answer="")


class Player:
    """Plays an episode with turns that are given as tokens."""

    def __init__(self, tokenizer: Any, measure: ImageMeasure, template: str | None = None, **rules: Any) -> None:
        self.markers, self.budgets = markers_of(tokenizer, SETTINGS), budgets_of(SETTINGS)
        self.sampled: list[int] = []
        """All that was sampled and kept, in order."""
        self.episode = Episode(
            EpisodeRules(**{"environment": "made", "params": {}, **rules}),
            Conversation(tokenizer, measure, template=template),
            self.markers,
            turn_tokens=self.budgets.of_turn(self.markers),
        )

    def take_turn(self, *passes: tuple[list[int], bool]) -> str:
        """Let the policy sample these passes (tokens, whether a stop token ended them); return the turn's text."""
        for tokens, stopped in passes:
            step = self.episode.draft.advance(
                tokens, [-0.5] * len(tokens), stopped=stopped, budgets=self.budgets, markers=self.markers
            )
            self.sampled += tokens
        assert not isinstance(step, GoOn), "the turn goes on"
        del self.sampled[len(self.sampled) - self.num_cut(step.keep) :]
        return self.episode.end_turn(step)

    def num_cut(self, keep: int) -> int:
        return len(self.episode.draft.token_ids) - self.episode.draft.turn_start - keep

    def show(self, *parts: str | bytes, outcome: Outcome | None = None, fresh: bool = False) -> Next | None:
        observation = Observation(parts=parts, outcome=outcome, fresh=fresh)
        return self.episode.show(observation, seconds=0.5, replays=0)

    def complete(self) -> Completion:
        return self.episode.complete(policy_version=3)


@pytest.fixture
def player(tokenizer: Any, measure: ImageMeasure) -> Player:
    return Player(tokenizer, measure)


def test_an_episode_of_two_turns_by_hand(player: Player, tokenizer: Any, picture: bytes) -> None:
    end, *_ = tokenizer.encode("<|endoftext|>")
    a, b = tokenizer.encode("a"), tokenizer.encode("b")
    opening = player.episode.begin(Observation(parts=("Go", picture)))
    assert opening is not None
    assert player.take_turn(([*a, end], True)) == "a"
    reply = player.show("no", picture)
    assert reply is not None and not reply.is_new
    player.take_turn(([*b, end], True))
    assert player.show("yes", outcome=WON) is None
    done = player.complete()
    shown = reply.prompt.ids
    assert done.token_ids == (*a, end, *shown, *b, end)
    assert done.loss_mask == (1, 1, *[0] * len(shown), 1, 1)
    assert done.logprobs == (-0.5, -0.5, *[0.0] * len(shown), -0.5, -0.5)
    assert [(turn.start, turn.stop, turn.text) for turn in done.turns] == [(0, 2, "a"), (2 + len(shown), len(done.token_ids), "b")]  # fmt: skip  # noqa: E501
    assert done.opening == "Go"
    assert (done.turns[0].shown, done.turns[0].seconds) == (("no", picture), 0.5)
    assert (done.num_tokens, done.outcome, done.policy_version, done.later) == (4, WON, 3, ())
    (image,) = done.images
    whole = opening.ids + done.token_ids
    assert whole[image.start : image.start + 4] == tuple(tokenizer.encode("<|image|>") * 4)
    assert image.start > len(opening)


@st.composite
def turns(draw: st.DrawFn) -> list[tuple[list[int], bool, list[int]]]:
    """Turns: tokens of the first pass, whether it stopped, and those of a second pass where there is one."""
    byte = st.integers(20, 200)
    made = []
    for _ in range(draw(st.integers(1, 4))):
        stopped = draw(st.booleans())
        first = draw(st.lists(byte, min_size=0 if stopped else 6, max_size=5 if stopped else 6))
        made.append((first, stopped, draw(st.lists(byte, min_size=4, max_size=4))))
    return made


@given(
    played=turns(),
    family=st.sampled_from(["tiny", "glm"]),
    layout=st.sampled_from(["append", "fresh"]),
    keep=st.integers(0, 3),
)
def test_mask_1_is_exactly_on_what_was_sampled(
    tokenizer: Any,
    measure: ImageMeasure,
    picture: bytes,
    played: list[tuple[list[int], bool, list[int]]],
    templates: dict[str, tuple[str | None, str]],
    family: str,
    layout: str,
    keep: int,
) -> None:
    template, end_token = templates[family]
    player = Player(tokenizer, measure, template, layout=layout, keep_images=keep)
    end = tokenizer.convert_tokens_to_ids(end_token)
    opening = player.episode.begin(Observation(parts=("Go", picture)))
    for number, (first, stopped, second) in enumerate(played):
        passes = [([*first, end], True)] if stopped else [(first, False), (second, False)]
        player.take_turn(*passes)
        player.show("so", picture, outcome=WON if number == len(played) - 1 else None)
    assert opening is not None
    group = Group(task=TASK, prompt_ids=opening.ids, images=opening.images, completions=(player.complete(),))
    samples = samples_of(group, group.completions[0], 1.0)
    trained = [
        token
        for sample in samples
        for token, on in zip(sample.token_ids, sample.loss_mask, strict=True)
        if on
    ]  # fmt: skip
    assert trained == player.sampled
    assert sum(sample.weight for sample in samples) == pytest.approx(1.0)
    assert len(samples) == (1 if layout == "append" else len(played))
    for sample in samples:
        whole = sample.prompt_ids + sample.token_ids
        is_image = [token == measure.placeholder for token in whole]
        told = [any(i.start <= at < i.start + i.num_tokens for i in sample.images) for at in range(len(whole))]
        assert is_image == told
    assert [turn.text for turn in group.completions[0].turns] == [
        tokenizer.decode(sample_tokens)
        for sample_tokens in (
            _of_turn(group.completions[0], number) for number in range(len(played))
        )
    ]  # fmt: skip


def _of_turn(done: Completion, number: int) -> list[int]:
    """Return the tokens of a turn, inserted ones too, without a stop token."""
    turn = done.turns[number]
    tokens = done.token_ids if turn.part == 0 else done.later[turn.part - 1].token_ids
    found = list(tokens[turn.start : turn.stop])
    return found[:-1] if found[-1] < 20 and not turn.forced else found


def test_the_fresh_layout_begins_a_part_a_turn_with_the_last_images(
    tokenizer: Any, measure: ImageMeasure, picture: bytes
) -> None:
    player = Player(tokenizer, measure, layout="fresh", keep_images=1)
    (end,) = tokenizer.encode("<|endoftext|>")
    player.episode.begin(Observation(parts=("Go", picture)))
    player.take_turn(([*tokenizer.encode("a"), end], True))
    step = player.show("now", picture)
    assert step is not None and step.is_new
    text = tokenizer.decode(step.prompt.ids).replace("<|image|>" * 4, "<|image|>")
    shown = "<|begin_of_image|><|image|><|end_of_image|>"
    assert text == f"<|user|>Go\n(image omitted)\nStep 1: a\nnow{shown}<|assistant|>"
    player.take_turn(([*tokenizer.encode("b"), end], True))
    player.show(outcome=WON)
    done = player.complete()
    assert [part.prompt_ids for part in done.later] == [step.prompt.ids]
    assert [turn.part for turn in done.turns] == [0, 1]


def test_an_environment_may_give_a_whole_new_prompt(player: Player, tokenizer: Any) -> None:
    (end,) = tokenizer.encode("<|endoftext|>")
    player.episode.begin(Observation(parts=("Go",)))
    player.take_turn(([*tokenizer.encode("a"), end], True))
    step = player.show("another world", fresh=True)
    assert step is not None and step.is_new
    assert tokenizer.decode(step.prompt.ids) == "<|user|>another world<|assistant|>"


def test_a_full_context_ends_the_episode_or_tells_it_anew(tokenizer: Any, measure: ImageMeasure) -> None:
    (end,) = tokenizer.encode("<|endoftext|>")
    for when_full, expected in (("end", 0), ("fresh", 1)):
        player = Player(tokenizer, measure, context_tokens=78, when_full=when_full)
        player.episode.begin(Observation(parts=("Go",)))
        player.take_turn(([*tokenizer.encode("a"), end], True))
        player.show("x" * 30)
        player.take_turn(([*tokenizer.encode("b"), end], True))
        player.show("y" * 30)
        if when_full == "end":
            assert player.episode.outcome is not None
            assert (player.episode.outcome.status, player.episode.outcome.score) == (Status.OVER_LIMIT, 0.0)
            assert "environment.context_tokens=78" in player.episode.outcome.message
        else:
            # Even told anew the first step has no room.
            assert "(1 steps omitted)" in tokenizer.decode(player.episode.prompt.ids)
            player.episode.outcome = WON
        assert len(player.complete().later) == expected


def test_what_has_no_room_at_all_is_our_fault(tokenizer: Any, measure: ImageMeasure) -> None:
    (end,) = tokenizer.encode("<|endoftext|>")
    player = Player(tokenizer, measure, context_tokens=70, layout="fresh")
    player.episode.begin(Observation(parts=("Go",)))
    player.take_turn(([*tokenizer.encode("a"), end], True))
    assert player.show("x" * 60) is None
    outcome = player.episode.outcome
    assert outcome is not None and (outcome.status, outcome.score) == (Status.ENV_FAULT, None)
    assert "raise it" in outcome.message


def test_a_first_prompt_without_room_is_our_fault(tokenizer: Any, measure: ImageMeasure) -> None:
    player = Player(tokenizer, measure, context_tokens=30)
    assert player.episode.begin(Observation(parts=("x" * 30,))) is None
    outcome = player.complete().outcome
    assert outcome is not None and (outcome.status, outcome.score) == (Status.ENV_FAULT, None)
    assert "raise it" in outcome.message


def test_so_many_turns_and_no_more(tokenizer: Any, measure: ImageMeasure) -> None:
    (end,) = tokenizer.encode("<|endoftext|>")
    player = Player(tokenizer, measure, max_turns=1)
    player.episode.begin(Observation(parts=("Go",)))
    player.take_turn(([*tokenizer.encode("a"), end], True))
    assert player.show("again") is None
    assert player.episode.outcome == Outcome(score=0.0, status=Status.OVER_LIMIT, message="not done after 1 turns")


def test_the_last_word_of_the_environment_counts_in_the_last_turn_too(tokenizer: Any, measure: ImageMeasure) -> None:
    (end,) = tokenizer.encode("<|endoftext|>")
    player = Player(tokenizer, measure, max_turns=1)
    player.episode.begin(Observation(parts=("Go",)))
    player.take_turn(([*tokenizer.encode("a"), end], True))
    player.show(outcome=WON)
    assert player.episode.outcome == WON


def test_an_episode_that_never_began_has_no_tokens(player: Player) -> None:
    fault = Outcome(status=Status.ENV_FAULT, message="no browser")
    assert player.episode.begin(Observation(parts=(), outcome=fault)) is None
    done = player.complete()
    assert (done.token_ids, done.turns, done.outcome, done.num_tokens) == ((), (), fault, 0)
