"""The verifier `judge` as a run sees it, against a real HTTP server on loopback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from inspect import Parameter
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge_server import BAD, GOOD, Handler, Server, config, first, honest, judge, says, scorer_for, sleeps, status
from places import DOCS

from rewards.registry import REWARDS
from rlcs.config.schema import RewardConfig
from rlcs.errors import RunStopped, UserError
from rlcs.records import Group, Status, Task


def test_a_verdict_becomes_a_score(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-secret")
    verdict = judge(config(server, api_key_env="JUDGE_KEY", extra={"top_k": 1, "max_tokens": None}))
    assert (verdict.score, verdict.status, verdict.verifier) == (1.0, Status.CORRECT, "judge")
    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["top_k"]) == ("m", 0, 1) and "max_tokens" not in body
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"] == {"verdict": {"type": "string", "enum": ["CORRECT", "INCORRECT"]}}
    assert (server.sent[0]["path"], server.sent[0]["authorization"]) == ("/v1/chat/completions", "Bearer sk-secret")
    server.behave = says(BAD)
    assert judge(config(server)).score == 0.0
    server.behave = says('{"score": 7}')
    assert judge(config(server, grading="points")).score == 0.7


def test_a_judge_that_fails_stops_the_run(server: Server, make_group: Callable[..., Group]) -> None:
    server.behave = first(says(GOOD), says("?"))
    with scorer_for(config(server, share=0.5), remote_calls=1) as scorer:
        scorer.submit(make_group("4", ["four", "five"], source="judged"))
        (group,) = scorer.collect()
        assert [verdict.score for verdict in group.verdicts] == [1.0, None]
        metrics = scorer.metrics()
        assert (metrics["reward/judged/unjudged_share"], metrics["judge/num_calls"]) == (0.5, 2.0)
        assert 0.0 < metrics["judge/mean_s"] < 2.0
        scorer.submit(make_group("4", ["six", "seven"], source="judged"))
        with pytest.raises(RunStopped, match="could not be judged .* judge_error: 3 times no verdict"):
            scorer.collect()


def test_many_are_asked_at_once_and_come_back_in_order(server: Server, make_group: Callable[..., Group]) -> None:
    def behave(handler: Handler) -> None:
        time.sleep(0.25)
        says(GOOD if int(handler.block("ANSWER").split()[-1]) % 3 == 0 else BAD)(handler)

    server.behave = behave
    with scorer_for(config(server), remote_calls=16) as scorer:
        start = time.monotonic()
        for group in range(4):
            scorer.submit(make_group("x", [f"item {n}" for n in range(8)] * 2, source="judged", question=f"{group}?"))
        groups = scorer.collect()
        assert time.monotonic() - start < 32 * 0.25 / 2
    wanted = [float(n % 3 == 0) for n in range(8)] * 2
    assert all([verdict.score for verdict in group.verdicts] == wanted for group in groups)
    assert (len(server.bodies), server.most_open) == (32, 16)


def test_the_deadline_counts_from_the_start_of_the_work(server: Server) -> None:
    server.behave = sleeps(0.3, says(GOOD))
    with scorer_for(config(server, timeout_s=0.9), remote_calls=1) as scorer:
        task = Task(id="judged:1", source="judged", domain="general", prompt="?", answer="4")
        verdicts = [one.result() for one in [scorer.begin(f"about {n}", task, bare=True) for n in range(5)]]
    assert [verdict.score for verdict in verdicts] == [1.0] * 5


def test_verdicts_are_paid_for_once_and_outlive_the_run(server: Server, tmp_path: Path) -> None:
    server.behave = first(says("?"), says("?"), says("?"), says(GOOD))
    reward = config(server, cache=str(tmp_path / "verdicts.sqlite"))
    with scorer_for(reward) as scorer:
        for wanted in (None, 1.0, 1.0):
            assert scorer.score_one("four", "4", source="judged", bare=True).score == wanted
    assert len(server.bodies) == 4
    server.behave = says(BAD)
    assert judge(reward).score == 0.0, "another question is another judgement"
    with scorer_for(reward) as scorer:
        assert scorer.score_one("four", "4", source="judged", bare=True).score == 1.0
        assert scorer.score_one("four", "4", source="judged", bare=True, params={"rules": "Be strict."}).score == 0.0
    assert len(server.bodies) == 6
    with Server() as elsewhere:
        moved = config(elsewhere, cache=str(tmp_path / "verdicts.sqlite"))
    assert judge(moved).score == 0.0, "the same judge at another address"


def test_a_cache_that_cannot_be_used_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database, but a text that is long enough to look like one" * 20)
    verdict = judge(config(server, cache=str(tmp_path / "text.sqlite")))
    assert verdict.score is None and "cannot be used" in verdict.message


def test_the_same_question_at_the_same_time_is_asked_once(server: Server) -> None:
    server.behave = sleeps(0.2, says(GOOD))
    with scorer_for(config(server)) as scorer:
        task = Task(id="judged:1", source="judged", domain="general", prompt="?", answer="4")
        pending = [scorer.begin("four", task, bare=True) for _ in range(20)]
        assert [one.result().score for one in pending] == [1.0] * 20
    assert len(server.bodies) == 1


def test_a_judge_that_says_yes_to_everything_trains_nobody(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    verdict = judge(config(server, canary_every=100))
    assert (verdict.score, verdict.status) == (None, Status.JUDGE_ERROR)
    assert re.search(r"fails 15 of 21 canaries \(allowed: 2\): '41' for '42' got 1.0", verdict.message)
    assert "its verdicts do not count until it passes" in caplog.text
    server.behave = says(BAD)
    assert "fails 6 of 21 canaries" in judge(config(server, canary_every=100)).message
    server.behave = status(200, "<html>")
    assert "fails 21 of 21 canaries" in judge(config(server, canary_every=100)).message


def test_canaries_are_asked_again_and_again(server: Server, tmp_path: Path) -> None:
    path = str(tmp_path / "verdicts.sqlite")
    server.behave = honest
    with scorer_for(config(server, canary_every=3, cache=path)) as scorer:
        scores = [scorer.score_one(f"number {n}", "4", source="judged", bare=True).score for n in range(2)]
        assert (scores, len(server.bodies)) == ([0.0, 0.0], 21 + 2)
        server.behave = says(GOOD)
        scores = [scorer.score_one(f"number {n}", "4", source="judged", bare=True).score for n in range(2, 7)]
        assert scores == [1.0, None, None, None, None], "the third call was still due, then the canaries fail"
        server.behave = honest
        scores = [scorer.score_one(f"number {n}", "4", source="judged", bare=True).score for n in range(2, 8)]
        assert scores == [None, None, 0.0, 0.0, 0.0, 0.0], "what came just before is forgotten; then it passes again"


def test_canaries_that_cannot_be_asked_prove_nothing(server: Server) -> None:
    server.behave = status(500, Retry_After="100")
    with scorer_for(config(server, canary_every=100)) as scorer:
        assert "HTTP 500" in scorer.score_one("four", "4", source="judged", bare=True).message
        server.behave = honest
        assert scorer.score_one("number 4", "4", source="judged", bare=True).score == 0.0


def test_what_nobody_need_be_asked_about_is_decided_at_once(server: Server) -> None:
    reward = config(server)
    assert judge(reward, "Paris\n", ["Rome", "Paris"]).score == 1.0
    for answer in (":", " . ", "Solution:", "Let’s solve this problem step by step.", "解", "**Answer:**", "\u200b!"):
        assert (judge(reward, answer).score, answer) == (0.0, answer)
    assert judge(reward, "x" * 5000).status is Status.OVER_LIMIT
    assert judge(reward, ":", ":").score == 1.0
    assert server.bodies == []
    assert judge(reward, "solution", "Solution").score == 1.0
    assert len(server.bodies) == 1, "where the gold answer is such a word, the judge decides"


def test_a_task_may_not_choose_its_judge(server: Server) -> None:
    verdict = judge(config(server), params={"base_url": "http://elsewhere/v1", "api_key_env": "PATH"})
    assert (verdict.status, server.bodies) == (Status.BAD_GOLD, [])
    assert "a task may not set api_key_env, base_url" in verdict.message


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"base_url": "localhost:8000"}, "expected an address like http://127.0.0.1:8000/v1"),
        ({"base_url": "http://host:port/v1"}, "expected an address like"),
        ({"base_url": "http://user:secret@host/v1"}, "put the key into an environment variable"),
        ({"api_key_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE holds no key; export it there"),
        ({"grading": "stars"}, "expected one of binary, points"),
        ({"max_canary_failures": 6}, "set it from 0 to 5"),
        ({"extra": "fast"}, "expected request fields by name"),
        ({"max_tokens": 0}, "max_tokens must be 1 or more"),
        ({"modle": "m"}, "did you mean 'model'"),
    ],
)
def test_wrong_parameters_are_told_before_anything_is_asked(params: dict[str, Any], message: str) -> None:
    given = {"base_url": "http://127.0.0.1:8000/v1", "model": "m", **params}
    with pytest.raises(UserError, match=re.escape(message)):
        scorer_for(RewardConfig(verifier="judge", params=given))


def test_closing_does_not_wait_for_a_slow_judge(server: Server) -> None:
    server.behave = sleeps(20, says(GOOD))
    scorer = scorer_for(config(server, timeout_s=60))
    task = Task(id="judged:1", source="judged", domain="general", prompt="?", answer="4")
    pending = [scorer.begin(f"about {n}", task, bare=True) for n in range(3)]
    time.sleep(0.2)
    start = time.monotonic()
    scorer.close()
    assert [one.result().status for one in pending] == [Status.JUDGE_ERROR] * 3
    assert time.monotonic() - start < 2.0
    server.behave = says(GOOD)
    assert scorer.score_one("four", "4", source="judged", bare=True).score == 1.0, "it starts again when it is needed"
    scorer.close()


def test_the_page_explains_every_parameter_and_its_example_is_whole() -> None:
    page = (DOCS / "verifiers" / "judge.md").read_text(encoding="utf-8")
    entry = REWARDS.get("judge")
    told = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", page, re.MULTILINE))
    defaults = {name: parameter.default for name, parameter in entry.parameters.items()}
    assert told.keys() == defaults.keys()
    for name, default in defaults.items():
        written = "required" if default is Parameter.empty else "" if default in ("", None) else str(default)
        assert told[name].strip(" `") == written, name
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    entry.check_params(yaml.safe_load(example)["rewards"]["open_questions"]["params"])
