"""A verifier that misbehaves: once, when it is ordered to, or always, on some of the answers that it is asked about.

Which answers is drawn from what they are, so that two runs draw the same. The verifier of the run to compare with is
told to be `calm`: it returns at once what such an answer must come to.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from rewards.running.call import VERIFIER_RAISED
from rlcs import Status, Verdict, reward
from rlcs.bench.faults.orders import FOLDER, MUCH_MEMORY, let_clock_jump, obey

TIMEOUT_S = 3.0
"""Deadline that the runs of the suite give it."""
WORK_S = 0.02
"""It takes its time, so that a process that is killed is now and then at work."""
ONE_IN = 24
"""So rare is each kind of bad answer among the wrong ones."""
SEEN = "bad_answers.jsonl"
STARTED = "verifier_workers.jsonl"
KINDS = {"hang": "hangs", "crash": "crashes", "memory": "eats memory", "raise": "raises"}

let_clock_jump()


@reward("obeying", timeout_s=TIMEOUT_S)
def obeying(answer: str, gold: str, *, bad: str = "never") -> float | Verdict:
    """Right is the gold answer itself. bad: never, always (some answers are bad), calm (what they must come to)."""
    time.sleep(WORK_S)
    obey("verifier")
    kind = kind_of(answer, gold)
    if kind is None or bad == "never":
        return float(answer == gold)
    if bad == "calm":
        return must_come_to(kind)
    note(SEEN, kind=kind, answer=answer, gold=gold)
    return misbehave(kind)


def kind_of(answer: str, gold: str) -> str | None:
    """Return how an answer makes the verifier misbehave: a key of KINDS, or None. Right answers never do."""
    digest = hashlib.blake2b(f"{answer}\0{gold}".encode(), digest_size=4).digest()
    number = int.from_bytes(digest, "big") % ONE_IN
    return None if answer == gold or number >= len(KINDS) else list(KINDS)[number]


def misbehave(kind: str) -> Verdict:
    """Hang, crash, eat memory or raise."""
    if kind == "raise":
        raise ValueError("a bad answer")
    if kind == "hang":
        time.sleep(1000.0)
    if kind == "crash":
        os.abort()
    bytearray(MUCH_MEMORY)
    return must_come_to(kind)


def must_come_to(kind: str) -> Verdict:
    """Return the verdict that a bad answer must come to."""
    status, message = {
        "hang": (Status.TIMEOUT, f"no verdict within {TIMEOUT_S:g} s"),
        "crash": (Status.WORKER_DIED, "the worker died (SIGABRT)"),
        "memory": (Status.OVER_LIMIT, "the answer is too much: MemoryError: "),
        "raise": (Status.INVALID_ANSWER, f"{VERIFIER_RAISED}: ValueError: a bad answer"),
    }[kind]
    return Verdict(score=0.0, status=status, message=message)


def note(file: str, **what: str) -> None:
    """Append a line to a file in the folder of orders: what happened here, when, in which process."""
    folder = os.environ.get(FOLDER)
    if folder is not None:
        with (Path(folder) / file).open("a") as stream:
            stream.write(json.dumps({"time": time.time(), "pid": os.getpid(), **what}) + "\n")
