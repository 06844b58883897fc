"""One request to the endpoint of an LLM judge, and what its outcome means: a reply, try again, or refused."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from rewards.verifiers.judges.reply import MAX_REPLY, NotAVerdict

if TYPE_CHECKING:
    import httpx2

_BUSY = frozenset({408, 409, 425, 429})
_NUM_TOLD = 120


class Again(Exception):
    """A request failed in a way that may pass."""

    def __init__(self, message: str, *, pause_s: float = 0.0, unreached: bool = False) -> None:
        super().__init__(message)
        self.pause_s = pause_s
        """Seconds that the endpoint asks to wait."""
        self.unreached = unreached
        """There was no connection at all."""


class Refused(Exception):
    """The endpoint does not want this request, however often it is made."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where the judge is and how it is asked; hashable."""

    base_url: str
    model: str
    api_key_env: str
    """Name of the environment variable that holds the key; empty for none."""
    grading: str
    max_tokens: int
    request_timeout_s: float
    """A request without a reply by then is made again."""
    extra: str
    """JSON object of more request fields; null takes a field out."""

    def body(self, messages: list[dict[str, str]], response_format: dict[str, Any] | None) -> dict[str, Any]:
        """Return the request for a verdict; without a response format the endpoint is free in its form."""
        body = {
            "model": self.model, "messages": messages, "temperature": 0, "max_tokens": self.max_tokens,
            "response_format": response_format, **json.loads(self.extra),
        }  # fmt: skip
        return {name: value for name, value in body.items() if value is not None}


class JudgeHttp:
    """The connections to one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.was_reached = False
        """Whether it ever replied, be it with an error."""
        self._key = os.environ.get(endpoint.api_key_env, "").strip() if endpoint.api_key_env else ""
        self._client: httpx2.AsyncClient | None = None

    async def post(self, body: dict[str, Any]) -> bytes:
        """Return the body of a good reply; Again, Refused or NotAVerdict (a reply too long) for any other."""
        import httpx2

        try:
            async with asyncio.timeout(self.endpoint.request_timeout_s):
                async with self._opened().stream("POST", "chat/completions", json=body) as response:
                    self.was_reached = True
                    content = await _read(response)
        except TimeoutError as error:
            raise Again(f"no reply within {self.endpoint.request_timeout_s:g} s (request_timeout_s)") from error
        except httpx2.RequestError as error:
            unreached = isinstance(error, httpx2.ConnectError)
            raise Again(f"{type(error).__name__}: {error}"[:_NUM_TOLD], unreached=unreached) from error
        if response.status_code == 200:
            return content
        told = f"HTTP {response.status_code}: {self._without_key(content)}"
        if response.status_code in _BUSY or response.status_code >= 500:
            raise Again(told, pause_s=asked_pause_s(response.headers))
        raise Refused(response.status_code, told)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _opened(self) -> httpx2.AsyncClient:
        import httpx2

        if self._client is None:
            key = {"Authorization": f"Bearer {self._key}"} if self._key else {}
            self._client = httpx2.AsyncClient(
                base_url=self.endpoint.base_url.rstrip("/") + "/",
                headers={"Accept-Encoding": "identity", **key},
                timeout=None,  # ours count whole requests; a timeout of the client starts anew with every byte
                limits=httpx2.Limits(max_connections=None),
            )
        return self._client

    def _without_key(self, content: bytes) -> str:
        """Return the start of an error page on one line; servers like to repeat the key that they refuse."""
        text = " ".join(content[:4096].decode("utf-8", "replace").split())
        return repr((text.replace(self._key, "…") if self._key else text)[:_NUM_TOLD])


async def _read(response: httpx2.Response) -> bytes:
    """Return a body as it came, whatever its header says of an encoding: a small one may unpack to gigabytes."""
    chunks, length = [], 0
    async for chunk in response.aiter_raw():
        chunks.append(chunk)
        length += len(chunk)
        if length > MAX_REPLY:
            raise NotAVerdict(f"a reply of more than {MAX_REPLY:,} bytes")
    return b"".join(chunks)


def asked_pause_s(headers: Mapping[str, str]) -> float:
    """Return the seconds from now that a Retry-After header asks for, in seconds or as a date; 0 without one."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(parsedate_to_datetime(told).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return 0.0
