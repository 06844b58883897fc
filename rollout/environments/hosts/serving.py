"""The host: a process that holds environments, each in a thread, and ends with the process that uses it.

    python -m rollout.environments.hosts.serving

reads Setup and Requests from its standard input and writes Answers to its standard output.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

import rollout.environments.builtin  # noqa: F401  (registers)
from rewards.sandbox.jail import die_with_parent
from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS, unpack
from rollout.environments.hosts.messages import Answer, Request, Setup, frame, read_message
from rollout.environments.protocol import Environment, EnvironmentFault, Observation


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Hold the environments of a Setup and answer requests until there are no more."""
    setup: Setup | None = read_message(requests)
    if setup is None:
        return
    unpack(setup.plugins)
    entry, lock = ENVIRONMENTS.get(setup.name), threading.Lock()

    def reply(message: Any) -> None:
        with lock:
            replies.write(frame(message))
            replies.flush()

    slots = [Slot(lambda: entry.make(setup.params), reply) for _ in range(setup.slots)]
    reply("ready")
    while (request := read_message(requests)) is not None:
        slots[request.slot].requests.put(request)


class Slot:
    """One environment and its thread."""

    def __init__(self, make: Callable[[], Environment], reply: Callable[[Any], None]) -> None:
        self.requests: queue.Queue[Request] = queue.Queue()
        self._make, self._reply = make, reply
        self._environment: Environment | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self._reply(self.answer(self.requests.get()))

    def answer(self, request: Request) -> Answer:
        """Do what is asked; after a fault the next reset gets a new environment."""
        try:
            return Answer(number=request.number, observation=self._observe(request))
        except EnvironmentFault as fault:
            answer = Answer(number=request.number, fault=str(fault), kind="hung" if fault.hung else "fault")
        except UserError as error:
            answer = Answer(number=request.number, fault=str(error), kind="user")
        except Exception as error:  # of the environment's own code: ours, and not the policy's
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} at {place.filename}:{place.lineno}: {error}"
            answer = Answer(number=request.number, fault=told)
        self._let_go()
        return answer

    def _observe(self, request: Request) -> Observation:
        if request.task is not None:
            self._environment = self._environment or self._make()
            return self._environment.reset(request.task, request.seed)
        assert self._environment is not None, "an episode begins with a reset"
        return self._environment.step(request.text)

    def _let_go(self) -> None:
        if self._environment is not None:
            with contextlib.suppress(Exception):
                self._environment.close()
        self._environment = None


def _main() -> None:
    """Serve over the standard streams, which nothing else then writes to; what is left ends with the process.

    It ends with the process that uses it, also when it is stopped and cannot see that its input has come to an end.
    """
    die_with_parent()
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    serve(requests, replies)
    os._exit(0)


if __name__ == "__main__":
    _main()
