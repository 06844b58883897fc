"""An LLM judge on loopback that behaves in every way a server can, and rewards that ask it. Shared by tests."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rewards import Scorer, score_one
from rewards.verifiers.judges.canaries import RIGHT
from rewards.verifiers.judges.reply import MAX_REPLY
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.records import Verdict

Behaviour = Callable[["Handler"], None]
RIGHT_PAIRS = {(canary.reference, canary.answer) for canary in RIGHT}
GOOD, BAD = '{"verdict": "CORRECT"}', '{"verdict": "INCORRECT"}'


class Handler(BaseHTTPRequestHandler):
    """Keeps what it was asked, and does what the test put into `server.behave`."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.bodies.append(self.body)
            self.server.sent.append(
                {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
            )
            self.number = len(self.server.bodies)
            self.server.open += 1
            self.server.most_open = max(self.server.most_open, self.server.open)
        try:
            self.server.behave(self)
        except OSError:  # the other side gave up first
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.open -= 1

    def block(self, name: str) -> str:
        """Return the lines of one block of the prompt."""
        text = self.body["messages"][1]["content"]
        (found,) = re.findall(rf"===== {name} [0-9a-f]+ =====\n(.*?)\n===== END OF {name}", text, re.DOTALL)
        return "\n".join(line.removeprefix("| ") for line in found.split("\n"))

    def reply(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A judge on loopback."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.sent: list[dict[str, str]] = []
        self.open = self.most_open = 0
        self.behave: Behaviour = says(GOOD)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


def completion(text: str | None, finish_reason: str = "stop") -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}).encode()


def says(text: str | None, finish_reason: str = "stop") -> Behaviour:
    return lambda handler: handler.reply(completion(text, finish_reason))


def status(code: int, text: str = "", **headers: str) -> Behaviour:
    return lambda handler: handler.reply(text.encode(), code, **headers)


def first(*behaviours: Behaviour) -> Behaviour:
    """Return a behaviour that does each once, and the last from then on."""
    return lambda handler: behaviours[min(handler.number, len(behaviours)) - 1](handler)


def honest(handler: Handler) -> None:
    reference, answer = handler.block("REFERENCE"), handler.block("ANSWER")
    says(GOOD if answer == reference or (reference, answer) in RIGHT_PAIRS else BAD)(handler)


def hang_up(handler: Handler) -> None:
    """Reset the connection without a byte."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def half_a_body(handler: Handler) -> None:
    content = completion(GOOD)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def sleeps(seconds: float, then: Behaviour) -> Behaviour:
    def behave(handler: Handler) -> None:
        time.sleep(seconds)
        then(handler)

    return behave


def drips(handler: Handler) -> None:
    """Send a header a byte at a time: no single wait is long."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(100 * MAX_REPLY // 65536):
        handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def config(server: Server, *, timeout_s: float = 5.0, share: float = 1.0, **params: Any) -> RewardConfig:
    return RewardConfig(
        verifier="judge",
        params={"base_url": server.url, "model": "m", "canary_every": 0, **params},
        format=FormatConfig(box="none"),
        timeout_s=timeout_s,
        max_unjudged_share=share,
    )


def scorer_for(reward: RewardConfig, *, remote_calls: int = 32) -> Scorer:
    return Scorer({"judged": reward}, {"judged": "judged"}, ScoringConfig(remote_calls=remote_calls))


def judge(reward: RewardConfig, answer: str = "four", gold: Any = "4", **more: Any) -> Verdict:
    return score_one(answer, gold, reward, question="2 + 2?", bare=True, **more)
