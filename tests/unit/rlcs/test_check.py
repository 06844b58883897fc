"""`rlcs check`: gold answers score 1, empty and junk ones 0, or it says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlcs.check import response_with, run, run_reward_model, run_sft
from rlcs.config.load import load_config
from rlcs.config.schema import Config, FormatConfig
from rlcs.errors import UserError
from rlcs.run.preflight import prepare


def config_of(tmp_path: Path, rows: list[dict[str, object]], *overrides: str) -> Config:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "c.yaml").write_text("rewards: {default: {verifier: math}}\n")
    values = ["model.path=tiny://text", "data.train.0.name=rows", f"data.train.0.path={tmp_path}/rows.jsonl"]
    return prepare(tmp_path / "c.yaml", [*values, *overrides])


QUESTIONS: list[dict[str, object]] = [{"prompt": f"{n} + {n} =", "answer": f"… #### {2 * n}"} for n in range(100)]


def test_a_whole_configuration_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(config_of(tmp_path, QUESTIONS, "data.train.0.answer_pattern=#### (.+)$"))
    output = capsys.readouterr().out
    assert "rows" in output and "100" in output and "32 as expected" in output
    assert "32 tasks x 8 completions = 256 rollouts" in output
    assert output.endswith("the configuration is whole\n")


PLAIN = """
from rlcs import Observation, Outcome, Status, environment


@environment("NAME", judges=JUDGES)
class Plain:
    \"\"\"Tells the question, if there are words in it.\"\"\"

    def reset(self, task, seed):
        return Observation(parts=(task.prompt.strip("+= 0123456789") or "",) if BLANK else (task.prompt,))

    step = reset

    def close(self):
        pass
"""


def played(tmp_path: Path, *overrides: str, judges: bool, is_blank: bool = False) -> Config:
    plugin = tmp_path / "plain.py"
    name = f"check_test_{'judges' if judges else 'leaves'}{'_blank' * is_blank}"
    text = PLAIN.replace("NAME", name).replace("JUDGES", str(judges)).replace("BLANK", str(is_blank))
    plugin.write_text(text)
    return config_of(
        tmp_path,
        QUESTIONS,
        f"plugins.0={plugin}",
        "learner.pack_tokens=4096",
        f"data.train.0.environment.name={name}",
        *overrides,
    )


def test_of_a_source_that_is_played_some_episodes_are_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(played(tmp_path, judges=True))
    told = " ".join(capsys.readouterr().out.split())
    assert "environment: 4 begun as expected check_test_judges" in told
    assert "rows: episodes can be begun; that they can be won was not tried" in told


def test_what_an_environment_leaves_to_a_verifier_is_judged_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(played(tmp_path, "data.train.0.answer_pattern=#### (.+)$", judges=False))
    assert "32 judged, 4 begun as" in capsys.readouterr().out


def test_an_environment_that_shows_nothing_is_found(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        run(played(tmp_path, judges=True, is_blank=True))
    lines = str(caught.value).splitlines()
    assert "the environment 'check_test_judges_blank' shows nothing" in lines[0]
    assert lines[-1] == "… and 1 more of source 'rows'"


def test_prompts_that_are_too_long_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    long = [{"prompt": "3" * 60 + "+1=", "answer": "4"}] * 3
    run(config_of(tmp_path, [*QUESTIONS[:20], *long], "data.max_prompt_tokens=40"))
    assert "dropped 3 of 23 prompts of rows longer than 40 tokens" in caplog.text
    with pytest.raises(UserError, match="all 3 prompts of rows are longer than data.max_prompt_tokens=40; raise it"):
        run(config_of(tmp_path, long, "data.max_prompt_tokens=40"))


def test_prompts_of_a_model_that_is_elsewhere_are_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(config_of(tmp_path, QUESTIONS[:3], "model.path=some/model", "data.max_prompt_tokens=1"))
    assert "prompts: not measured, some/model is not looked up" in capsys.readouterr().out


def test_a_verifier_that_never_pays_the_gold_answer_is_found(tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from rlcs import reward\n\n\n@reward('check_test_never', runs='inline')\ndef never(answer: str, gold) "
        "-> float:\n"
        "    return 0.0\n"
    )
    config = config_of(tmp_path, QUESTIONS, f"plugins.0={plugin}", "rewards.default.verifier=check_test_never")
    with pytest.raises(UserError) as caught:
        run(config)
    lines = str(caught.value).splitlines()
    assert "the gold answer '… #### 0' scores 0.0 (incorrect)" in lines[0]
    assert lines[-1] == "… and 29 more of source 'rows'"


def test_a_gold_that_is_right_only_as_it_is_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = tmp_path / "check_test_text.py"
    plugin.write_text(
        "from rlcs import reward\n\n\n@reward('check_test_text', runs='inline', respell=lambda gold: f'{gold}.0')\n"
        "def text(answer: str, gold) -> float:\n    return float(answer == gold)\n"
    )
    config = config_of(
        tmp_path,
        [{"id": "a", "prompt": "1 + 1", "answer": "2"}],
        f"plugins.0={plugin}",
        "rewards.default.verifier=check_test_text",
    )
    run(config)
    told = " ".join(capsys.readouterr().out.split())
    assert "the gold answer '2' is right only as it is written: '2.0' scores 0.0 (incorrect)" in told


def test_a_verifier_that_pays_junk_is_found(tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from rlcs import reward\n\n\n@reward('check_test_always', runs='inline')\ndef always(answer: str, gold) "
        "-> float:\n"
        "    return 1.0\n"
    )
    config = config_of(tmp_path, QUESTIONS[:1], f"plugins.0={plugin}", "rewards.default.verifier=check_test_always")
    with pytest.raises(UserError, match="the answer 'I do not know' scores 1.0 .*; it must score less than 0.5"):
        run(config)


@pytest.mark.parametrize("think", ["required", "optional", "forbidden"])
@pytest.mark.parametrize("answer_tag", ["required", "optional", "forbidden"])
@pytest.mark.parametrize("box", ["glm", "boxed", "any", "none"])
def test_the_response_with_a_gold_answer_keeps_to_every_layout(think: str, answer_tag: str, box: str) -> None:
    from rewards.extraction import extract

    layout = FormatConfig(think=think, answer_tag=answer_tag, box=box)
    extraction = extract(response_with("42", layout), layout)
    assert (extraction.answer, extraction.status) == ("42", None)


def test_a_missing_data_file_is_told(tmp_path: Path) -> None:
    config = config_of(tmp_path, QUESTIONS, f"data.train.0.path={tmp_path}/row.jsonl")
    with pytest.raises(UserError, match="row.jsonl"):
        run(config)


def test_the_packaged_quickstart_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    run(prepare(Path("quickstart"), []))
    assert "held_out_addition" in capsys.readouterr().out


def test_the_packaged_stem_configuration_runs_with_one_data_path(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "1 + 1?", "answer": "Two.\\n#### 2"}\n' * 3)
    run(prepare(Path("stem"), [f"data.train.0.path={file}", "model.path=org/model", "data.holdout=1"]))


def test_the_packaged_cold_start_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    path = "data.train.0.path=tiny://traces?levels=1-3&count=100"
    run_sft(prepare(Path("tiny_text"), [path], is_judged=False))
    assert "traces: 100 in 1 sources" in capsys.readouterr().out


def test_the_packaged_reward_model_configuration_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    run_reward_model(prepare(Path("reward_model"), [], is_judged=False))
    assert "pairs: 38,400 to train on, 64 an update; 400 held out" in capsys.readouterr().out


def reward_model_folder(tmp_path: Path) -> Path:
    """A folder that looks like that of a reward model; `rlcs check` loads none."""
    folder = tmp_path / "reward_model"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["Qwen2ForSequenceClassification"]}')
    (folder / "reward_scale.json").write_text('{"mean": 0.5, "std": 2.0}')
    return folder


def test_a_source_without_gold_answers_is_whole_where_a_reward_model_judges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [f"reward_models.helpful.path={reward_model_folder(tmp_path)}", "rewards.default.reward_model=helpful"]
    alone = ["rewards.default.verifier=null", "data.train.0.fields.answer=null"]
    run(config_of(tmp_path, [{"prompt": "Tell me a story."}], *model, *alone))
    output = capsys.readouterr().out
    assert "default: helpful" in output and "1 as expected" in output
    (tmp_path / "reward_model" / "reward_scale.json").unlink()
    with pytest.raises(UserError, match="reward_models.helpful: .* has no reward_scale.json"):
        run(config_of(tmp_path, [{"prompt": "Tell me a story."}], *model, *alone))


def test_beside_a_verifier_the_gold_answers_are_judged_without_loading_the_reward_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [f"reward_models.helpful.path={reward_model_folder(tmp_path)}", "rewards.default.reward_model=helpful"]
    rows: list[dict[str, object]] = [{"prompt": "1 + 1 =", "answer": "2"}]
    run(config_of(tmp_path, rows, *model, "rewards.default.reward_model_weight=0.5"))
    output = capsys.readouterr().out
    assert "default: math + helpful" in output and "1 as expected" in output


def test_every_packaged_configuration_loads() -> None:
    from rlcs.config.load import packaged

    for name in packaged():
        assert load_config(Path(name)).run.name == name


@pytest.mark.parametrize(
    ("verifier", "row"),
    [
        ("ocr_text", {"prompt": "read it", "answer": "Platform 9 leaves at noon"}),
        ("instruction", {"prompt": "no comma, please", "answer": {"id": "punctuation:no_comma"}}),
    ],
)
def test_shaped_scores_and_golds_that_are_no_answers_pass(
    tmp_path: Path, verifier: str, row: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    run(config_of(tmp_path, [row], f"rewards.default.verifier={verifier}"))
    assert "1 as expected" in capsys.readouterr().out


def test_golds_that_are_boxes_are_checked_as_the_answers_they_ask_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "data.train=[{name: points, path: 'tiny://point?count=40'}, {name: boxes, path: 'tiny://box?count=40'}]"
    spaces = "{space: pixels, gold_space: 0-1000}"
    rewards = (
        f"rewards={{points: {{verifier: grounding_point, params: {spaces}}}, "
        f"boxes: {{verifier: grounding_box, params: {spaces}}}}}"
    )
    (tmp_path / "c.yaml").write_text("model: {path: tiny://vision}\n")
    run(prepare(tmp_path / "c.yaml", [source, rewards]))
    output = capsys.readouterr().out
    assert "grounding.point" in output and "grounding.box" in output
    assert output.count("32 as expected") == 2
