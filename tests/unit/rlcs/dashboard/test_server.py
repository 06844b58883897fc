"""Who gets an answer: hosts, tokens, headers."""

from __future__ import annotations

import socket

import pytest
from flask import Flask
from flask.testing import FlaskClient

from rlcs.dashboard.server import FIRST_PORT, LOCAL_HOST, Access, access, guard, listen
from rlcs.errors import UserError

PORT = 8050
TOKEN = "a-token-of-some-length"


def client(token: str | None) -> FlaskClient:
    server = Flask("test")
    server.add_url_rule("/page", view_func=lambda: "content", methods=["GET", "POST"])
    guard(server, Access(host=LOCAL_HOST, port=PORT, token=token), script_hashes=lambda: ["'sha256-x'"])
    return server.test_client()


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost:8050", "LOCALHOST:8050"])
def test_the_local_page_answers_to_this_machine(host: str) -> None:
    assert client(None).get("/page", headers={"Host": host}).data == b"content"


@pytest.mark.parametrize("host", ["attacker.example:8050", "127.0.0.1:80", "localhost", "127.0.0.1.evil.example:8050"])
def test_the_local_page_answers_to_no_other_name(host: str) -> None:
    answer = client(None).get("/page", headers={"Host": host})
    assert answer.status_code == 403 and b"content" not in answer.data


def test_without_the_token_there_is_no_answer() -> None:
    for path in ("/page", "/page?token=wrong", "/page?token=", "/page?token=%C3%A9", "/page?token"):
        assert client(TOKEN).get(path).status_code == 403
    assert client(TOKEN).post(f"/page?token={TOKEN}").status_code == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    browser = client(TOKEN)
    answer = browser.get(f"/page?token={TOKEN}&domain=chart&domain=b%26c")
    assert answer.status_code == 302 and answer.headers["Location"] == "/page?domain=chart&domain=b%26c"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert browser.get("/page").data == b"content"
    assert browser.post("/page").data == b"content"


def test_the_redirect_never_leaves_the_host() -> None:
    environment = {"PATH_INFO": "//evil.example/x"}
    answer = client(TOKEN).get(f"/?token={TOKEN}", environ_overrides=environment)
    assert answer.headers["Location"] == "/evil.example/x"


def test_the_wrong_cookie_is_refused() -> None:
    browser = client(TOKEN)
    browser.set_cookie(f"rlcs_dashboard_{PORT}", "wrong", domain="localhost")
    assert browser.get("/page").status_code == 403


def test_browsers_are_told_to_load_nothing_from_elsewhere() -> None:
    headers = client(None).get("/page", headers={"Host": f"127.0.0.1:{PORT}"}).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "script-src 'self' 'sha256-x'" in policy
    assert "frame-ancestors 'none'" in policy and headers["X-Content-Type-Options"] == "nosniff"


def test_a_long_body_is_refused() -> None:
    server = Flask("test")
    guard(server, Access(host=LOCAL_HOST, port=PORT, token=None), script_hashes=list)

    @server.post("/echo")
    def echo() -> bytes:
        from flask import request

        return request.get_data()

    answer = server.test_client().post("/echo", data=b"x" * 2_000_000, headers={"Host": f"127.0.0.1:{PORT}"})
    assert answer.status_code == 413


def test_only_with_a_host_there_is_a_token() -> None:
    assert access(None, 9999).token is None
    first, second = access("127.0.0.1", 9999), access("0.0.0.0", 9999)
    assert first.token and second.token and first.token != second.token and len(first.token) >= 32
    assert first.address == f"http://127.0.0.1:9999/?token={first.token}"
    assert first.token not in repr(first)


def test_a_taken_port_is_passed_over_or_told() -> None:
    reached = access(None, None)
    with socket.create_server((LOCAL_HOST, reached.port)):
        assert access(None, None).port != reached.port >= FIRST_PORT
        with pytest.raises(UserError, match=f"port {reached.port} .* is taken"):
            listen(Flask("test"), reached)


def test_a_host_that_is_none_of_ours_is_told() -> None:
    with pytest.raises(UserError, match="choose another --host"):
        access("203.0.113.1", None)
