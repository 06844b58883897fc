"""How the judge is asked: again where that helps, never past the deadline, and not at all where it is hopeless."""

from __future__ import annotations

import logging
import time
from email.utils import formatdate
from typing import Any

import pytest
from judge_server import (
    BAD,
    GOOD,
    Behaviour,
    Handler,
    Server,
    config,
    drips,
    endless,
    first,
    half_a_body,
    hang_up,
    judge,
    says,
    scorer_for,
    sleeps,
    status,
)

from rewards.verifiers.judges import client as judge_client
from rlcs.records import Status, Task


@pytest.mark.parametrize(
    "fault",
    [
        status(429, "busy", Retry_After="0"),
        status(500, "<html>"),
        status(503),
        hang_up,
        half_a_body,
        status(200, "<html>not JSON"),
        status(200, '{"choices": []}'),
        status(200, "[" * 100_000),
        endless,
        says("I think that it is CORRECT."),
        says(f"{BAD}\n{GOOD}"),
        says('{"verdict": "CORRECT", "verdict": "INCORRECT"}'),
        says('{"verdict": "correct"}'),
        says(GOOD, "length"),
        says(None),
    ],
)
def test_what_may_pass_is_tried_again(server: Server, fault: Behaviour) -> None:
    server.behave = first(fault, fault, says(BAD))
    assert (judge(config(server)).score, len(server.bodies)) == (0.0, 3)


def test_a_judge_without_verdicts_is_given_up_and_costs_no_reward(server: Server) -> None:
    server.behave = says("CORRECT")
    verdict = judge(config(server))
    assert (verdict.score, verdict.status, len(server.bodies)) == (None, Status.JUDGE_ERROR, 3)
    assert "3 times no verdict" in verdict.message and "'CORRECT'" in verdict.message


@pytest.mark.parametrize("fault", [sleeps(20, says(GOOD)), drips, status(500), status(429, Retry_After="1")])
def test_the_deadline_holds_whatever_the_server_does(server: Server, fault: Behaviour) -> None:
    server.behave = fault
    start = time.monotonic()
    verdict = judge(config(server, timeout_s=0.8))
    assert (verdict.score, verdict.status) == (None, Status.JUDGE_ERROR)
    assert time.monotonic() - start < 2.5
    assert "timeout_s" in verdict.message


def test_a_request_without_a_reply_is_made_again(server: Server) -> None:
    server.behave = first(sleeps(3, says(BAD)), says(GOOD))
    start = time.monotonic()
    assert judge(config(server, request_timeout_s=0.3)).score == 1.0
    assert 0.3 <= time.monotonic() - start < 2.5


@pytest.mark.parametrize("asked", ["1", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_retry_after_is_honoured_in_seconds_and_as_a_date(server: Server, asked: Any) -> None:
    server.behave = first(status(429, Retry_After=asked if isinstance(asked, str) else asked()), says(GOOD))
    start = time.monotonic()
    assert judge(config(server)).score == 1.0
    assert 0.9 <= time.monotonic() - start < 5.0


def test_a_pause_longer_than_the_deadline_is_not_waited_for(server: Server) -> None:
    server.behave = status(429, "slow down", Retry_After="3600")
    start = time.monotonic()
    verdict = judge(config(server))
    assert time.monotonic() - start < 1.0
    assert "HTTP 429: 'slow down'" in verdict.message


@pytest.mark.parametrize("code", [401, 404, 400, 307])
def test_a_refusal_is_not_repeated_and_told_once(
    server: Server, code: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-secret")
    server.behave = status(code, "no: sk-secret\nis bad", Location="http://127.0.0.1:9/")
    with scorer_for(config(server, api_key_env="JUDGE_KEY")) as scorer:
        verdicts = [scorer.score_one(text, "4", source="judged", bare=True) for text in ("four", "five")]
    assert all(verdict.status is Status.JUDGE_ERROR for verdict in verdicts)
    assert f"HTTP {code}: 'no: … is bad'" in verdicts[0].message
    assert len(server.bodies) == (4 if code == 400 else 2)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1 and "check base_url" in errors[0] and "sk-secret" not in caplog.text


def test_an_endpoint_that_knows_no_structured_output_is_asked_without(server: Server) -> None:
    def behave(handler: Handler) -> None:
        (status(400, "unknown field") if "response_format" in handler.body else says(f"```json\n{GOOD}\n```"))(handler)

    server.behave = behave
    with scorer_for(config(server)) as scorer:
        assert [scorer.score_one(text, "4", source="judged", bare=True).score for text in ("four", "IV")] == [1.0, 1.0]
    assert ["response_format" in body for body in server.bodies] == [True, False, False]


def test_an_endpoint_that_is_not_there_is_told_soon(caplog: pytest.LogCaptureFixture) -> None:
    with Server() as closed:
        reward = config(closed)
    start = time.monotonic()
    with scorer_for(reward, remote_calls=2) as scorer:
        task = Task(id="judged:1", source="judged", domain="general", prompt="?", answer="4")
        verdicts = [one.result() for one in [scorer.begin(f"about {n}", task, bare=True) for n in range(500)]]
    assert time.monotonic() - start < 5.0
    assert {verdict.status for verdict in verdicts} == {Status.JUDGE_ERROR}
    assert f"is the judge running at {closed.url}?" in verdicts[-1].message


def test_calls_rest_after_many_failures_in_a_row(server: Server) -> None:
    server.behave = status(500, Retry_After="100")
    with scorer_for(config(server), remote_calls=1) as scorer:
        answers = [f"answer {n}" for n in range(100)]
        assert all(scorer.score_one(one, "4", source="judged", bare=True).score is None for one in answers)
    assert len(server.bodies) == judge_client.MAX_FAILURES
