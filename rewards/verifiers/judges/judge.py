"""The verifier `judge`: another language model says whether an answer means the same as the gold answer."""

from __future__ import annotations

import json
import os
import unicodedata
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from rewards.registry import reward
from rewards.running.call import unjudged
from rewards.running.remote import kept
from rewards.verifiers.judges.canaries import MAX_ALLOWED
from rewards.verifiers.judges.client import JudgeFault
from rewards.verifiers.judges.prompt import as_reference
from rewards.verifiers.judges.request import Endpoint
from rewards.verifiers.judges.service import Item, JudgeService, JudgeSettings
from rlcs.records import Status, Task, Verdict

MAX_GOLD = 16_384
MASTER_KEYS = frozenset({
    "solution", "the solution is", "answer", "the answer is", "final answer", "the final answer is", "thought process",
    "thoughts", "reasoning", "explanation", "let's solve this problem step by step", "let's solve this step by step",
    "lets solve this problem step by step", "let's think step by step", "step by step",
    "解", "答", "答案", "解答", "解析", "思考过程", "かいせつ", "解説", "respuesta", "solución", "réponse", "lösung",
})  # fmt: skip
"""Answers that say nothing and yet fool strong judges (arXiv 2507.08794): not even asked."""
OF_THE_RUN = frozenset({
    "base_url", "model", "api_key_env", "max_tokens", "request_timeout_s", "extra", "cache", "canary_every",
    "max_canary_failures",
})  # fmt: skip
"""Parameters that no task may set: a data set must not send the key elsewhere, or choose its own judge."""


def check_judge_gold(gold: Any) -> str | None:
    """Return what is wrong with a gold answer, or None: anything that can be written as text of bearable length."""
    length = len(as_reference(gold))
    return f"it has {length:,} characters as text; a judge reads at most {MAX_GOLD:,}" if length > MAX_GOLD else None


def check_judge(
    base_url: str,
    api_key_env: str,
    max_tokens: int,
    request_timeout_s: float,
    extra: dict[str, Any] | None,
    canary_every: int,
    max_canary_failures: int,
) -> str | None:
    """Return what is wrong with the parameters, or None."""
    address = urlsplit(base_url)
    if address.scheme not in ("http", "https") or not _names_a_host(address):
        return f"base_url is {base_url!r}; expected an address like http://127.0.0.1:8000/v1"
    if address.username or address.password or address.query:
        return "base_url holds a password or a query; put the key into an environment variable and name that"
    key = os.environ.get(api_key_env, "").strip()
    if api_key_env and not (key and key.isascii() and key.isprintable()):
        return f"the environment variable {api_key_env} holds no key; export it there, or take api_key_env out"
    if extra is not None and not isinstance(extra, dict):
        return f"extra is {extra!r}; expected request fields by name"
    if max_tokens < 1 or request_timeout_s <= 0 or canary_every < 0:
        return "max_tokens must be 1 or more, request_timeout_s above 0, canary_every 0 or more"
    if not 0 <= max_canary_failures <= MAX_ALLOWED:
        return f"max_canary_failures is {max_canary_failures}; set it from 0 to {MAX_ALLOWED}"
    return None


def quick_judgement(answer: str, gold: Any, *, max_characters: int = 4096) -> Verdict | None:
    """Decide without the judge where nobody need be asked: the gold itself, empty phrases, answers without end."""
    if len(answer) > max_characters:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"more than {max_characters} characters")
    golds = [as_reference(one) for one in (gold if isinstance(gold, list) else [gold])]
    if _plain(answer) in map(_plain, golds):
        return Verdict(score=1.0, status=Status.CORRECT, message="the gold answer itself")
    if says_nothing(answer) and not any(map(says_nothing, golds)):
        return Verdict(score=0.0, status=Status.INCORRECT, message="it says nothing")
    return None


@reward(
    "judge",
    timeout_s=60.0,
    runs="remote",
    quick=quick_judgement,
    check_gold=check_judge_gold,
    check_params=check_judge,
)
async def judge(
    answer: str,
    gold: Any,
    *,
    question: str,
    task: Task,
    base_url: str,
    model: str,
    api_key_env: str = "",
    grading: Literal["binary", "points"] = "binary",
    rules: str = "",
    max_characters: int = 4096,
    max_tokens: int = 1024,
    request_timeout_s: float = 30.0,
    extra: dict[str, Any] | None = None,
    cache: str = "",
    canary_every: int = 1000,
    max_canary_failures: int = 2,
) -> float | Verdict:
    """The same meaning as the gold answer, as another language model sees it, behind an OpenAI-compatible endpoint."""
    if taken := sorted(OF_THE_RUN & task.params.keys()):
        return unjudged(Status.BAD_GOLD, f"a task may not set {', '.join(taken)}; set it under rewards")
    endpoint = Endpoint(
        base_url=base_url, model=model, api_key_env=api_key_env, grading=grading, max_tokens=max_tokens,
        request_timeout_s=request_timeout_s, extra=json.dumps(extra or {}, sort_keys=True),
    )  # fmt: skip
    settings = JudgeSettings(
        endpoint=endpoint, cache=cache, canary_every=canary_every, max_canary_failures=max_canary_failures
    )
    service = kept(settings, lambda: JudgeService(settings))
    try:
        return await service.judge(Item(question=question, reference=as_reference(gold), answer=answer, rules=rules))
    except JudgeFault as fault:
        return unjudged(Status.JUDGE_ERROR, str(fault))


def says_nothing(answer: str) -> bool:
    """Tell whether an answer is mere punctuation, or a phrase that only announces one."""
    text = unicodedata.normalize("NFKC", answer).casefold().replace("’", "'")
    bare = "".join(one if unicodedata.category(one)[0] not in "PZC" or one in "'-" else " " for one in text)
    phrase = " ".join(bare.split()).strip("'- ")
    return not phrase or phrase in MASTER_KEYS


def _names_a_host(address: SplitResult) -> bool:
    try:
        return bool(address.hostname) and address.port != 0
    except ValueError:  # a port that is no number
        return False


def _plain(text: str) -> str:
    return " ".join(text.split())
