"""Who may read the dashboard, and the server that hands it out.

Without `--host` the page is for this machine: it listens on 127.0.0.1, and the Host header must name this machine, so
that a web page elsewhere cannot reach it through a name of its own (DNS rebinding). With `--host`, whatever it is,
every request needs the token: once in the address, from then on in a cookie.
"""

from __future__ import annotations

import errno
import hmac
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Flask, Response, make_response, redirect, request
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server
from werkzeug.wrappers import Response as AnyResponse

from rlcs.errors import UserError

LOCAL_HOST = "127.0.0.1"
FIRST_PORT = 8050
NUM_PORTS = 50
"""How many ports after the first are tried when it is taken."""
MAX_BODY_BYTES = 1_000_000
_TOKEN = "token"
_REFUSED_HOST = "This dashboard answers to 127.0.0.1 and localhost only. To open it to others: rlcs dashboard --host."
_REFUSED_TOKEN = "This dashboard needs the token of the address that rlcs dashboard printed: open that address."

Server = BaseWSGIServer | MultiSocketServer


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """From where the dashboard can be read: `token` is None where it is for this machine only."""

    host: str
    port: int
    token: str | None = field(repr=False)

    @property
    def address(self) -> str:
        """The address to open, with the token where one is needed."""
        shown = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        query = f"?{urlencode({_TOKEN: self.token})}" if self.token else ""
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/{query}"

    @property
    def cookie(self) -> str:
        """Name of the cookie: browsers share cookies among the ports of a host, and so several dashboards."""
        return f"rlcs_dashboard_{self.port}"


def access(host: str | None, port: int | None) -> Access:
    """Return how this dashboard is reached; raises UserError when the port, or every port tried, is taken."""
    name = host or LOCAL_HOST
    chosen = _free_port(name) if port is None else port
    return Access(host=name, port=chosen, token=None if host is None else secrets.token_urlsafe(32))


def guard(server: Flask, access: Access, *, script_hashes: Callable[[], list[str]]) -> None:
    """Refuse every request that may not be answered, and tell browsers to load nothing from elsewhere."""
    # Flask's own cap: a body that is longer is refused before it is read.
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    policy = content_policy(script_hashes())

    @server.before_request
    def _check() -> AnyResponse | None:
        return refuse_foreign_host(access) if access.token is None else refuse_without_token(access)

    @server.after_request
    def _protect(response: Response) -> Response:
        response.headers.update(
            {
                "Content-Security-Policy": policy,
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Resource-Policy": "same-origin",
            }
        )
        return response


def content_policy(script_hashes: list[str]) -> str:
    """Return the Content-Security-Policy: nothing but our own files and our own inline scripts."""
    scripts = " ".join(["'self'", *script_hashes])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def refuse_foreign_host(access: Access) -> AnyResponse | None:
    """Return a refusal unless the Host header names this machine."""
    known = {f"{name}:{access.port}" for name in (LOCAL_HOST, "localhost")}
    return None if request.host.lower() in known else _refusal(_REFUSED_HOST)


def refuse_without_token(access: Access) -> AnyResponse | None:
    """Return a refusal, or None for a request with the cookie; a right token in the address becomes the cookie."""
    if _same(request.cookies.get(access.cookie, ""), access.token):
        return None
    if request.method != "GET" or not _same(request.args.get(_TOKEN, ""), access.token):
        return _refusal(_REFUSED_TOKEN)
    rest = urlencode([(key, value) for key, value in request.args.items(multi=True) if key != _TOKEN])
    answer = redirect(f"/{request.path.lstrip('/')}" + (f"?{rest}" if rest else ""))
    answer.set_cookie(access.cookie, access.token or "", httponly=True, samesite="Lax")
    return answer


def listen(server: Flask, access: Access) -> Server:
    """Return a server that listens already; raises UserError when it cannot."""
    try:
        return create_server(server, host=access.host, port=access.port, threads=4, ident=None)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"port {access.port} of {access.host} is taken; leave --port out for a free one") from error
        raise UserError(f"cannot listen on {access.host} port {access.port}: {error.strerror or error}") from error


def _free_port(host: str) -> int:
    """Return the first free port from FIRST_PORT on."""
    for port in range(FIRST_PORT, FIRST_PORT + NUM_PORTS):
        try:
            with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
                return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise UserError(f"cannot listen on {host}: {error.strerror or error}; choose another --host") from error
    raise UserError(f"ports {FIRST_PORT} to {FIRST_PORT + NUM_PORTS - 1} of {host} are taken; choose one with --port")


def _same(given: str, token: str | None) -> bool:
    # Bytes, because compare_digest refuses text that is not ASCII; it takes as long whatever the first wrong letter.
    return token is not None and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _refusal(reason: str) -> AnyResponse:
    answer = make_response(f"{reason}\n", 403)
    answer.mimetype = "text/plain"
    return answer
