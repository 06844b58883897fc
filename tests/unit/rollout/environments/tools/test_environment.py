"""Tools before an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from rewards.sandbox.programs import usable_walls
from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS, load_plugins, pack
from rlcs.records import Task
from rollout.environments.hosts.pool import Hosts
from rollout.environments.protocol import EnvironmentFault
from rollout.environments.tools.environment import Tools, parts_of

TASK = Task(id="a:1", source="a", domain="stem.math", prompt="What is 6 * 7?", answer="42")
PLUGIN = '''
from rlcs import tool


@tool("shout")
def shout(text: str, times: int = 1) -> str:
    """Says it loudly."""
    if times > 9:
        raise ValueError("too loud")
    if times < 0:
        raise RuntimeError("broken")
    return text.upper() * times
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with a tool, loaded; its path."""
    file = tmp_path_factory.mktemp("tools") / "shout.py"
    file.write_text(PLUGIN, encoding="utf-8")
    load_plugins([str(file)])
    return str(file)


@pytest.fixture
def tools(plugin: str) -> Iterator[Tools]:
    try:
        usable_walls("best")
    except UserError as error:
        pytest.skip(str(error))
    environment = Tools(functions=["shout"], max_calls=4, max_output=100)
    yield environment
    environment.close()


def said(environment: Tools, text: str) -> str:
    (part,) = environment.step(text).parts
    return str(part)


def test_the_task_is_shown_with_its_tools(tools: Tools) -> None:
    question, told = tools.reset(TASK, 0).parts
    assert question == "What is 6 * 7?"
    assert "4 times in all" in str(told) and "- shout(text: str, times: int = 1): Says it loudly." in str(told)


def test_variables_stay_through_an_episode_and_not_longer(tools: Tools) -> None:
    tools.reset(TASK, 0)
    assert said(tools, "<tool_call>python\nx = 6\nx</tool_call>") == "<tool_response>\n6\n</tool_response>"
    assert said(tools, "<tool_call>python\nx * 7</tool_call>") == "<tool_response>\n42\n</tool_response>"
    tools.reset(TASK, 0)
    assert "NameError: name 'x' is not defined" in said(tools, "<tool_call>python\nx</tool_call>")


def test_a_turn_without_a_call_is_the_answer_for_the_verifier_of_the_source(tools: Tools) -> None:
    tools.reset(TASK, 0)
    outcome = tools.step("<think>6 * 7</think>\\boxed{42}").outcome
    assert outcome is not None
    assert (outcome.answer, outcome.score, outcome.status) == ("<think>6 * 7</think>\\boxed{42}", None, None)


def test_what_the_policy_does_wrong_is_told_and_what_is_ours_is_a_fault(tools: Tools) -> None:
    tools.reset(TASK, 0)
    assert "shout: too loud" in said(tools, "<tool_call>shout('a', 10)</tool_call>")
    assert "There is no tool 'whisper'; there are python, shout." in said(tools, "<tool_call>whisper()</tool_call>")
    observation = tools.step("<tool_call>{</tool_call>")
    assert observation.counted == ("unreadable",) and "cannot be read" in str(observation.parts[0])
    with pytest.raises(EnvironmentFault, match="RuntimeError: broken"):
        tools.step("<tool_call>shout('a', -1)</tool_call>")


def test_calls_are_limited_and_output_is_capped(tools: Tools) -> None:
    tools.reset(TASK, 0)
    shown = said(tools, "<tool_call>shout('ab', 2)</tool_call><tool_call>python\n'x' * 90</tool_call>")
    assert shown.count("<tool_response>") == 2 and "ABAB" in shown
    capped = said(tools, f"<tool_call>shout('{'a' * 300}', 1)</tool_call>")
    assert "(200 characters left out)" in capped
    assert said(tools, "<tool_call>shout('a')</tool_call>").endswith("No calls are left: answer now.")
    outcome = tools.step("<tool_call>shout('a')</tool_call>").outcome
    assert outcome is not None and outcome.answer == "<tool_call>shout('a')</tool_call>"


def test_it_runs_in_a_host_that_has_the_plugin(plugin: str) -> None:
    hosts = Hosts("tools", {"python": False, "functions": ["shout"]}, plugins=pack([plugin]))
    hosts.begin(1, TASK, 0)
    shown = []
    for text in ("<tool_call>shout('hey')</tool_call>", "42"):
        while not (replies := hosts.poll()):
            hosts.wait(1.0)
        shown.append(replies[0].observation)
        hosts.step(1, text)
    while not (replies := hosts.poll()):
        hosts.wait(1.0)
    hosts.end()
    assert shown[1].parts == ("<tool_response>\nHEY\n</tool_response>",)
    assert replies[0].observation.outcome is not None and replies[0].observation.outcome.answer == "42"


def test_variables_outlive_the_host(tools: Tools) -> None:
    hosts, shown = Hosts("tools", {"max_output": 50}), []
    hosts.begin(1, TASK, 0)
    for text in ("<tool_call>python\nx = 6</tool_call>", "<tool_call>python\nx * 7</tool_call>", None):
        while not (replies := hosts.poll()):
            hosts.wait(1.0)
        shown.append(str(replies[0].observation.parts[-1]))
        if text is not None:
            hosts.step(1, text)
        if len(shown) == 1:
            psutil.Process(hosts.pids[0]).kill()
    counts = hosts.counts
    hosts.end()
    assert shown[2] == "<tool_response>\n42\n</tool_response>" and counts.hosts_replaced == 1


def test_images_keep_their_place(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"two")
    content = [{"type": "text", "text": "See"}, {"type": "image"}, {"type": "text", "text": "and"}, {"type": "image"}]
    task = Task(
        id="a:1", source="a", domain="d", prompt=[{"role": "user", "content": content}], answer="",
        images=(b"one", str(tmp_path / "b.png")),
    )  # fmt: skip
    assert parts_of(task) == ("See", b"one", "and", b"two")


def test_parameters_are_checked(plugin: str) -> None:
    check = ENVIRONMENTS.get("tools").check_params
    check({"python": False, "functions": ["shout"]})
    with pytest.raises(UserError, match="there is no tool"):
        check({"python": False})
    with pytest.raises(UserError, match="did you mean 'shout'"):
        check({"functions": ["shuot"]})
    with pytest.raises(UserError, match="expected a list of names"):
        check({"functions": "shout"})


def test_the_expert_lets_python_work_out_an_expression(tools: Tools) -> None:
    tools.reset(replace(TASK, prompt="41237*8-(5+1)=", answer="329890"), 0)
    assert "329890" in said(tools, tools.expert())
    outcome = tools.step(tools.expert()).outcome
    assert outcome is not None and outcome.answer is not None and "<|begin_of_box|>329890<" in outcome.answer


def test_the_expert_says_so_where_it_knows_nothing(tools: Tools) -> None:
    tools.reset(TASK, 0)
    with pytest.raises(EnvironmentFault, match="only expressions in digits"):
        tools.expert()


def test_the_tools_may_be_left_untold() -> None:
    assert Tools(tell_tools=False).reset(TASK, 0).parts == ("What is 6 * 7?",)
