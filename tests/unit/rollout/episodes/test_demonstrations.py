"""Episodes to imitate: the same tokens as of an episode that is played, rows that are wrong, budgets that are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import EnvironmentConfig, RolloutConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.records import Group, Outcome, Sample, Status, Task, samples_of
from rlcs.tasks.prompts import ImageMeasure
from rollout.environments.experts import Played, PlayedTurn
from rollout.environments.protocol import Observation
from rollout.episodes.conversation import Conversation
from rollout.episodes.demonstrations import SCHEMA, Demonstration, Unfit, imitate, load_demonstrations, row_of
from rollout.episodes.episode import Episode
from rollout.episodes.rules import EpisodeRules
from rollout.forcing import Finished, budgets_of, markers_of

TASK = Task(id="s:0", source="s", domain="general", prompt="?", answer="", subcategory="kind")
WON = Outcome(score=1.0, status=Status.CORRECT)
SETTINGS = RolloutConfig(max_think_tokens=6, max_answer_tokens=4)
TEXTS = ("<think>ab</think>c", "d", "ef")


@pytest.fixture
def played(picture: bytes) -> Played:
    shown = (Observation(parts=("one", picture)), Observation(parts=(picture,)), Observation(parts=(), outcome=WON))
    turns = tuple(PlayedTurn(text=text, shown=then) for text, then in zip(TEXTS, shown, strict=True))
    return Played(opening=Observation(parts=("Go", picture)), turns=turns)


class Sides:
    """An episode as it is imitated, and as it is played by a policy that writes the same."""

    def __init__(self, tokenizer: Any, measure: ImageMeasure, **rules: Any) -> None:
        self.tokenizer, self.markers, self.budgets = tokenizer, markers_of(tokenizer, SETTINGS), budgets_of(SETTINGS)
        self.conversation = Conversation(tokenizer, measure)
        self.rules = EpisodeRules(**{"environment": "made", "params": {}, **rules})

    def episode(self) -> Episode:
        return Episode(self.rules, self.conversation, self.markers, turn_tokens=self.budgets.of_turn(self.markers))

    def ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(f"{text}{self.tokenizer.eos_token}"))

    def imitated(self, played: Played) -> list[Sample]:
        one = Demonstration(place="row 1", opening=played.opening.parts, turns=played.turns)
        return imitate(one, self.episode(), [self.ids(turn.text) for turn in one.turns], self.markers, self.budgets)

    def sampled(self, played: Played) -> list[Sample]:
        episode = self.episode()
        prompt = episode.begin(played.opening)
        assert prompt is not None
        for turn in played.turns:
            ids = self.ids(turn.text)
            end = episode.draft.advance(ids, [0.0] * len(ids), stopped=True, budgets=self.budgets, markers=self.markers)
            assert isinstance(end, Finished)
            assert episode.end_turn(end) == turn.text
            episode.show(turn.shown, seconds=0.1, replays=0)
        done = episode.complete(policy_version=7)
        return samples_of(Group(task=TASK, prompt_ids=prompt.ids, images=prompt.images, completions=(done,)), done, 1.0)


@pytest.mark.parametrize("layout", ["append", "fresh"])
def test_its_tokens_are_those_of_an_episode_that_is_played(
    tokenizer: Any, measure: ImageMeasure, played: Played, layout: str
) -> None:
    sides = Sides(tokenizer, measure, layout=layout)
    found = sides.imitated(played)
    assert found == [replace(sample, weight=1.0) for sample in sides.sampled(played)]
    assert len(found) == (1 if layout == "append" else 3)
    said = [token for one in found for token, trained in zip(one.token_ids, one.loss_mask, strict=True) if trained]
    assert said == [token for text in TEXTS for token in sides.ids(text)], "the loss is on the turns alone"


@pytest.mark.parametrize("layout", ["append", "fresh"])
def test_a_mistake_is_read_and_not_imitated(tokenizer: Any, measure: ImageMeasure, played: Played, layout: str) -> None:
    sides = Sides(tokenizer, measure, layout=layout)
    right, wrong, last = played.turns
    erring = replace(played, turns=(right, replace(wrong, is_mistake=True), last))
    found, whole = sides.imitated(erring), sides.imitated(played)
    said = [token for one in found for token, trained in zip(one.token_ids, one.loss_mask, strict=True) if trained]
    assert said == [token for text in (TEXTS[0], TEXTS[2]) for token in sides.ids(text)]
    kept = whole if layout == "append" else [whole[0], whole[2]]
    assert [(one.prompt_ids, one.token_ids) for one in found] == [(one.prompt_ids, one.token_ids) for one in kept]
    only = replace(played, turns=tuple(replace(turn, is_mistake=True) for turn in played.turns))
    assert sides.imitated(only) == []


@pytest.mark.parametrize(
    ("texts", "rules", "told"),
    [
        (("<think>abcde</think>c",), {}, "thinking takes 7 tokens, rollout.max_think_tokens=6"),
        (("abcdefgh",), {}, "thinking takes 9 tokens, rollout.max_think_tokens=6"),
        (("<think>a</think>bcde",), {}, "an answer takes 5 tokens, rollout.max_answer_tokens=4"),
        (("a",), {"context_tokens": 12}, "the first prompt has 4 tokens"),
        (("a", "b"), {"max_turns": 1}, "not done after 1 turns"),
        (("a", "b"), {"context_tokens": 20}, "the next turn has no room in environment.context_tokens=20"),
    ],
)
def test_what_no_policy_could_play_is_unfit(
    tokenizer: Any, measure: ImageMeasure, texts: tuple[str, ...], rules: dict[str, Any], told: str
) -> None:
    then = Observation(parts=("more",))
    played = Played(
        opening=Observation(parts=("Go",)), turns=tuple(PlayedTurn(text=text, shown=then) for text in texts)
    )
    with pytest.raises(Unfit, match=told):
        Sides(tokenizer, measure, **rules).imitated(played)


def source_of(file: Path, rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA, **settings: Any) -> SourceConfig:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)
    return SourceConfig(name="won", path=str(file), environment=EnvironmentConfig(name="made"), **settings)


def test_a_file_says_again_what_was_played(tmp_path: Path, played: Played) -> None:
    first = replace(played.turns[0], shown=replace(played.turns[0].shown, fresh=True), is_mistake=True)
    fresh = replace(played, turns=(first, *played.turns[1:]))
    (found,) = load_demonstrations(source_of(tmp_path / "won.parquet", [row_of(TASK, fresh, 1.0)]))
    assert found.place.endswith("won.parquet row 1") and found.opening == played.opening.parts
    assert [(turn.text, turn.shown.parts, turn.shown.fresh, turn.is_mistake) for turn in found.turns] == [
        (turn.text, turn.shown.parts, number == 0, number == 0) for number, turn in enumerate(played.turns)
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"turns": []}, "field 'turns' should be a list of turns, got"),
        ({"turns": [{"text": " ", "shown": [], "fresh": False}]}, "field 'turns' should hold turns with a text"),
        ({"opening": None}, "field 'opening' is None"),
        ({"opening": [{"text": "a", "image": b"b"}]}, "field 'opening' should hold pieces with a text or an image"),
        ({"opening": [{"text": None, "image": b"no picture"}]}, "row 2"),
    ],
)
def test_a_bad_row_is_told_or_left_out(tmp_path: Path, played: Played, changed: dict[str, Any], told: str) -> None:
    good = row_of(TASK, played, 1.0)
    file, rows = tmp_path / "won.parquet", [good, {**good, **changed}]
    with pytest.raises(UserError, match=told):
        load_demonstrations(source_of(file, rows))
    assert len(load_demonstrations(source_of(file, rows, on_bad_row="skip"))) == 1


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    rows = [{"prompt": "1+1=", "response": "2"}]
    with pytest.raises(UserError, match="opening"):
        load_demonstrations(source_of(tmp_path / "a.parquet", rows, pa.schema({"prompt": pa.string()})))
