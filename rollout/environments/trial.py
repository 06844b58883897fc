"""Episodes that are begun and left: does an environment show what a row of a source asks for?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlcs.errors import UserError
from rlcs.plugins import pack
from rlcs.records import Task
from rollout.environments.hosts.pool import Hosts
from rollout.environments.protocol import Observation

_WAIT_S = 1.0


def begin_episodes(
    name: str,
    params: Mapping[str, Any],
    tasks: Sequence[Task],
    *,
    plugins: Sequence[str] = (),
    reads_only: bool = False,
) -> Iterator[str]:
    """Begin an episode of each task in processes as of a run; yield a sentence for each that cannot be played.

    reads_only: the model is one of text, which cannot be shown an image.
    """
    hosts = Hosts(name, params, plugins=pack(plugins))
    waiting = deque(enumerate(tasks))
    try:
        while waiting or hosts.num_working:
            while waiting and hosts.num_free:
                key, task = waiting.popleft()
                hosts.begin(key, task, seed=0)
            hosts.wait(_WAIT_S)
            for reply in hosts.poll():
                hosts.close(reply.key)
                if wrong := _wrong(reply.observation, reads_only=reads_only):
                    yield f"{tasks[reply.key].id}: the environment {name!r} {wrong}"
    except UserError as error:
        yield str(error)
    finally:
        hosts.end()


def _wrong(shown: Observation, *, reads_only: bool) -> str | None:
    """Return what makes a first observation useless."""
    if shown.outcome is not None:
        return f"ended the episode before its first turn ({shown.outcome.status}: {shown.outcome.message})"
    if reads_only and any(isinstance(piece, bytes) for piece in shown.parts):
        return "shows an image, and model.path is a text model; take a vision-language model, or let it show text alone"
    return None if any(shown.parts) else "shows nothing"
