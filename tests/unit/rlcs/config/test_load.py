"""Loading a configuration: types, overrides, traps of YAML, and saving it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcs.config.load import find_config, load_config, packaged, save_config
from rlcs.config.schema import Config, EnvironmentConfig, ModelConfig, RewardConfig, RunConfig, SourceConfig
from rlcs.config.text import dump_yaml, parse_yaml
from rlcs.errors import UserError

MODEL = "model: {path: m}\n"


def load(tmp_path: Path, text: str, *overrides: str) -> Config:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    return load_config(file, overrides)


def refusal(tmp_path: Path, text: str, *overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text, *overrides)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_defaults_fill_what_the_file_leaves_out(tmp_path: Path) -> None:
    assert load(tmp_path, MODEL) == Config(model=ModelConfig(path="m"))


def test_nested_lists_and_mappings_become_dataclasses(tmp_path: Path) -> None:
    text = MODEL + "data: {train: [{name: a, path: p, fields: {prompt: q}}]}\nrewards: {r: {params: {x: 1}}}\n"
    config = load(tmp_path, text)
    assert isinstance(config.data.train[0], SourceConfig)
    assert config.data.train[0].fields.prompt == "q"
    assert config.rewards == {"r": RewardConfig(params={"x": 1})}


def test_a_section_with_nothing_below_keeps_its_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, MODEL + "rollout:\nrewards:\n  default:\n")
    assert config.rollout == Config().rollout
    assert config.rewards == {"default": RewardConfig()}


def test_a_section_that_may_be_absent_is_there_when_it_is_given_also_after_saving(tmp_path: Path) -> None:
    text = MODEL + "data: {train: [{name: a, path: p}, {name: b, path: p, environment: {name: tools}}, {name: c}]}\n"
    given = ("data.train.2.path=p", "data.train.2.environment.name=miniwob", "data.train.2.environment.params.scale=2")
    config = load(tmp_path, text, *given)
    save_config(config, tmp_path / "saved.yaml")
    assert load_config(tmp_path / "saved.yaml") == config
    environments = [source.environment for source in config.data.train]
    assert environments == [None, EnvironmentConfig(name="tools"), EnvironmentConfig("miniwob", params={"scale": 2})]


def test_an_unknown_key_is_refused_with_its_full_path_and_the_nearest_key(tmp_path: Path) -> None:
    message = refusal(tmp_path, MODEL + "rollout: {group_sise: 8}")
    assert message == "unknown key rollout.group_sise in c.yaml: did you mean group_size?"


def test_an_unknown_key_like_no_other_lists_the_known_ones(tmp_path: Path) -> None:
    assert refusal(tmp_path, MODEL + "eval: {xyz: 1}") == (
        "unknown key eval.xyz in c.yaml; known here: every, num_completions, k, temperature, threshold, by_subcategory"
    )


def test_an_unknown_key_deep_in_a_list_is_found(tmp_path: Path) -> None:
    message = refusal(tmp_path, MODEL + "data: {train: [{name: a, path: b}, {fields: {promt: x}}]}")
    assert message == "unknown key data.train.1.fields.promt in c.yaml: did you mean prompt?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run: {steps: many}", "run.steps in c.yaml: got text 'many', expected a whole number"),
        ("run: {steps: 1.5}", "run.steps in c.yaml: got 1.5, expected a whole number"),
        ("run: {steps: true}", "run.steps in c.yaml: got true, expected a whole number"),
        ("run: {steps: }", "run.steps in c.yaml: got nothing, expected a whole number"),
        ("run: {name: true}", "run.name in c.yaml: got true, expected text; put it in quotes"),
        ("learner: {lr: fast}", "learner.lr in c.yaml: got text 'fast', expected a number"),
        ("rollout: {force_answer: maybe}", "rollout.force_answer in c.yaml: got text 'maybe', expected true or false"),
        ("data: {train: {name: a}}", "data.train in c.yaml: got keys and values, expected a list"),
        ("rollout: [1]", "rollout in c.yaml: got a list, expected keys and values"),
        ("eval: {k: [1, two]}", "eval.k.1 in c.yaml: got text 'two', expected a whole number"),
    ],
)
def test_a_wrong_type_is_told_in_words(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, MODEL + text) == expected


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    assert len(refusal(tmp_path, "run: {stepz: 1}\nrollout: {group_size: x}\nmodell: {}").splitlines()) == 3


def test_required_keys_that_are_missing_are_named_with_both_ways_to_give_them(tmp_path: Path) -> None:
    message = refusal(tmp_path, "data: {train: [{name: a}]}")
    assert message.splitlines() == [
        "data.train.0.path is not set: give it in c.yaml or as data.train.0.path=… on the command line",
        "model.path is not set: give it in c.yaml or as model.path=… on the command line",
    ]


@pytest.mark.parametrize(
    ("text", "value"), [("1e-6", 1e-6), ("1.5E3", 1500.0), ("3", 3.0), (".5", 0.5), ("-2e+1", -20.0)]
)
def test_scientific_notation_is_a_number_in_file_and_override(tmp_path: Path, text: str, value: float) -> None:
    assert load(tmp_path, MODEL + f"learner: {{lr: {text}}}").learner.lr == value
    assert load(tmp_path, MODEL, f"learner.lr={text}").learner.lr == value
    assert load(tmp_path, MODEL, f"rewards.r.params.tolerance={text}").rewards["r"].params == {"tolerance": value}


@pytest.mark.parametrize("word", ["off", "no", "yes", "on", "n", "y", "Off", "NO"])
def test_off_and_no_stay_words_where_text_is_expected(tmp_path: Path, word: str) -> None:
    assert load(tmp_path, MODEL + f"run: {{name: {word}}}").run.name == word
    assert load(tmp_path, MODEL, f"run.name={word}").run.name == word


@pytest.mark.parametrize(
    ("word", "value"), [("off", False), ("no", False), ("on", True), ("yes", True), ("false", False)]
)
def test_off_and_no_switch_where_a_switch_is_expected(tmp_path: Path, word: str, value: bool) -> None:
    assert load(tmp_path, MODEL + f"rollout: {{force_answer: {word}}}").rollout.force_answer is value
    assert load(tmp_path, MODEL, f"rollout.force_answer={word}").rollout.force_answer is value


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "model: {path: a}\nmodel: {path: b}")
    assert message == "c.yaml is not valid YAML: line 2, column 1: key 'model' is given twice"


def test_broken_yaml_is_told_with_line_and_column(tmp_path: Path) -> None:
    assert refusal(tmp_path, "model: {path: a\nrun: 1").startswith("c.yaml is not valid YAML: line 2, column ")


@pytest.mark.parametrize(
    "text",
    [
        "#### (.+)$",
        "a b  c",
        'it\'s "quoted"',
        "a: b",
        "[x]+",
        "{prompt}",
        "100%",
        "k=v",
        " leading",
        "\\boxed{(.*)}",
        "-",
    ],
)
def test_text_of_an_override_is_taken_as_it_stands(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, MODEL + "data: {train: [{name: a, path: b}]}", f"data.train.0.answer_pattern={text}")
    assert config.data.train[0].answer_pattern == text


@pytest.mark.parametrize("text", ["", "null"])
def test_an_empty_override_clears_optional_text(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, MODEL + "run: {dir: here}", f"run.dir={text}").run.dir is None


def test_an_empty_override_of_plain_text_is_empty_text(tmp_path: Path) -> None:
    assert load(tmp_path, MODEL, "rollout.answer_start=").rollout.answer_start == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("[1, b]", [1, "b"]),
        ("{a: 0.5}", {"a": 0.5}),
        ("true", True),
        ("#### (.+)$", "#### (.+)$"),
        ("a #b", "a #b"),
        ("'5'", "5"),
        ("null", None),
        ("[unclosed", "[unclosed"),
    ],
)
def test_parameters_of_a_verifier_may_be_anything(tmp_path: Path, text: str, value: Any) -> None:
    assert load(tmp_path, MODEL, f"rewards.r.params.p={text}").rewards["r"].params == {"p": value}


def test_lists_take_overrides_by_index_and_by_the_next_index(tmp_path: Path) -> None:
    text = MODEL + "data: {train: [{name: a, path: b}]}"
    config = load(tmp_path, text, "data.train.0.path=c", "data.train.1.name=new", "data.train.1.path=d")
    assert [(source.name, source.path) for source in config.data.train] == [("a", "c"), ("new", "d")]


def test_one_entry_of_a_default_list_can_be_overridden(tmp_path: Path) -> None:
    assert load(tmp_path, MODEL, "learner.betas.1=0.95").learner.betas == [0.9, 0.95]
    assert load(tmp_path, MODEL, "eval.k=[1,4]").eval.k == [1, 4]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("rollout.group_size", "override 'rollout.group_size': expected key=value, for example rollout.group_size=8"),
        (
            "rollout.group_sise=4",
            "unknown key rollout.group_sise in override 'rollout.group_sise=4': did you mean group_size?",
        ),
        (
            "run.name.x=4",
            "unknown key run.name.x in override 'run.name.x=4': run.name is a single value and has no keys below it",
        ),
        ("run.steps=ten", "run.steps in override 'run.steps=ten': got text 'ten', expected a whole number"),
        ("run=5", "run in override 'run=5': got 5, expected keys and values"),
        (
            "data.train.a.name=x",
            "data.train in override 'data.train.a.name=x' is a list: expected an index such as data.train.0, got 'a'",
        ),
        (
            "data.train.1.name=x",
            "data.train in override 'data.train.1.name=x': got index 1, but the next free one is data.train.0",
        ),
    ],
)
def test_a_wrong_override_is_refused_by_name(tmp_path: Path, override: str, expected: str) -> None:
    assert refusal(tmp_path, MODEL, override) == expected


def test_interpolation_takes_the_value_of_another_key(tmp_path: Path) -> None:
    config = load(tmp_path, MODEL + "run: {name: n, dir: 'runs/${run.name}', steps: '${rollout.group_size}'}")
    assert (config.run.dir, config.run.steps) == ("runs/n", 8)


@pytest.mark.parametrize("text", ["${run.nam}", "${run.name}", "${"])
def test_a_wrong_interpolation_is_told_with_its_key(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, MODEL + f"run: {{steps: '{text}'}}").startswith("run.steps in c.yaml: ")


def test_a_saved_configuration_is_complete_and_loads_as_an_equal_one(tmp_path: Path) -> None:
    config = load(
        tmp_path, MODEL, "data.train.0.name=a", "data.train.0.path=p", r"data.train.0.answer_pattern=#### (.+)$",
        "rewards.r.params.t=1e-6", "run.name=off", "run.dir=x/${run.name}", "learner.lr=3e-7",
    )  # fmt: skip
    saved = tmp_path / "saved.yaml"
    save_config(config, saved)
    assert load_config(saved) == config
    assert "\n  group_size: 8\n" in saved.read_text()
    assert list(tmp_path.glob("*.partial")) == []


@settings(max_examples=25)
@given(
    text=st.text(alphabet="\\${}ab.:#'\" \n", max_size=12).filter(lambda text: text != "???"),
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.sampled_from(["1e-6", "off", "null", "${x}"]),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "on", "1"]), inner, max_size=2)
        ),
    ),
)
def test_whatever_is_in_a_configuration_survives_saving(
    tmp_path_factory: pytest.TempPathFactory, text: str, value: Any
) -> None:
    config = Config(
        run=RunConfig(name=text), model=ModelConfig(path="m"), rewards={"r": RewardConfig(params={"p": value})}
    )
    saved = tmp_path_factory.mktemp("saved") / "c.yaml"
    save_config(config, saved)
    assert load_config(saved) == config


@pytest.mark.parametrize(
    "text", ["off", "1e-6", "1.0e-06", "null", "~", "", "08", "1_000", "12:30", "2020-01-01", "0x1f", "=", "<<"]
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert parse_yaml(dump_yaml({"a": text}), "test") == {"a": text}


@pytest.mark.parametrize("name", ["quickstart", "quickstart.yaml"])
def test_a_bare_name_finds_a_packaged_configuration(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(Path(name)).name == "quickstart.yaml"


def test_a_file_here_comes_before_a_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quickstart.yaml").write_text("model: {path: mine}")
    assert load_config(Path("quickstart.yaml")).model.path == "mine"


def test_a_configuration_that_is_nowhere_lists_the_packaged_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no configuration file .*nowhere.yaml; .*quickstart.*stem"):
        load_config(tmp_path / "nowhere.yaml")
    assert {"quickstart", "stem", "tiny_text"} <= set(packaged())
