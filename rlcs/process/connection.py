"""Reaches the Ray that is there, or starts one on this machine."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.exceptions import AuthenticationError

from rlcs.errors import UserError

START_ATTEMPTS = 3
ANSWER_WITHIN_S = 10.0
TOO_SLOW = "timed out"
"""What Ray's errors say when its own processes did not come up in the 15 to 30 seconds that it gives them."""


def connect(address: str, options: dict[str, Any]) -> None:
    """Connect to the Ray at `address` (host:port or auto), or start one (local). UserError where that fails."""
    try:
        _require_answer(address)
        with _signal_handlers_kept():
            _init_patiently(address, options)
    except (ConnectionError, AuthenticationError) as error:
        raise UserError(
            f"no Ray cluster at {address!r} that takes this process in ({_first_sentence(error)}); start one, "
            "give this shell its token (RAY_AUTH_MODE=token and RAY_AUTH_TOKEN), or leave cluster.address empty"
        ) from error


def _first_sentence(error: Exception) -> str:
    return str(error).splitlines()[0].partition(". ")[0]


def _require_answer(address: str) -> None:
    """Raise ConnectionError when nothing listens at host:port: Ray itself would try for minutes."""
    if "://" in address:
        raise ConnectionError("addresses of Ray Client cannot be used: run the command on a node of the cluster")
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=ANSWER_WITHIN_S).close()
        except OSError as error:
            raise ConnectionError(f"nothing answers there: {error}") from error


def _init_patiently(address: str, options: dict[str, Any]) -> None:
    """Connect to Ray or start it, again where a busy machine was too slow for Ray, which waits 30 s and no longer."""
    for _ in range(START_ATTEMPTS):
        try:
            ray.init(address=address, **options)
            return
        except ConnectionError:
            raise
        except Exception as error:
            if TOO_SLOW not in str(error):
                raise
            ray.shutdown()
    raise UserError(
        f"Ray did not come up within its 30 s, {START_ATTEMPTS} times in a row: the machine is too busy; end what else "
        "runs on it, or start Ray yourself (ray start --head) and set cluster.address=auto"
    )


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """Put back this process's handlers: Ray installs one for SIGTERM that ends the process before it can save."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
