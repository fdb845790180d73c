"""Planted secrets are searched for everywhere that anything is kept, shown or logged."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from tests.fakes.dialects import OpenAI
from tests.running import OWNER, PASSWORD, SAY, Instance, Running, serving

KEY = "sk-proj-planted0marker0provider0key0000000"
SECOND = "sk-proj-planted0marker0second0key00000000"
PAGES = (
    "/", "/connections", "/connections/new", "/cloud/openai/new", "/compatible/compatible/new",
    "/local/ollama/new", "/connections/1", "/connections/1/edit", "/connections/1/key", "/models",
    "/tokens", "/usage", "/account", "/help", "/nowhere",
)  # fmt: skip


class Browser:
    """A person's browser: keeps cookies, remembers everything it was ever sent."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), Every()
        )
        self.seen = b""

    def get(self, path: str) -> str:
        return self._take(urllib.request.Request(self._url + path))

    def post(self, page: str, path: str, **fields: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page))
        assert found, f"{page} has no form"
        fields["csrf_token"] = found[1]
        body = urllib.parse.urlencode(fields).encode()
        origin = {"Origin": self._url}
        return self._take(urllib.request.Request(self._url + path, body, origin))

    def _take(self, request: urllib.request.Request) -> str:
        with self._opener.open(request, timeout=30) as reply:
            body = reply.read()
            self.seen += str(reply.headers).encode() + body
            return body.decode()


class Every(urllib.request.HTTPErrorProcessor):
    """Error pages are pages too."""

    def http_response(self, request, response):  # type: ignore[no-untyped-def]
        if response.status in {302, 303}:
            return super().http_response(request, response)
        return response


def everything_kept(instance: Instance) -> dict[Path, bytes]:
    folder = instance.settings.instance
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "master.key"]
    return {path: path.read_bytes() for path in files}


def call_in_every_mood(server: Running, token: str, fake: OpenAI) -> bytes:
    echo = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}
    seen = b""
    for stream in (False, True):
        for act in (
            fake.calm,
            fake.refuse_key,
            lambda: fake.refuse(400, echo),
            lambda: fake.refuse(401, echo),
            lambda: fake.refuse(500, echo),
            lambda: fake.html_error(title=f"key {KEY} refused"),
            fake.hang_up,
        ):
            act()
            answer = server.chat(token, {"model": "fake/x", "stream": stream, **SAY})
            seen += str(answer.headers).encode() + answer.body
    fake.calm()
    return seen


def walk_the_pages(browser: Browser, fake: OpenAI) -> None:
    browser.post("/login", "/login", email=OWNER, password=PASSWORD)
    assert OWNER in browser.get("/")
    fake.refuse(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
    browser.post("/connections/1", "/connections/1/test")
    fake.calm()
    browser.post("/connections/1", "/connections/1/test")
    browser.post("/connections/1/key", "/connections/1/key", api_key=SECOND)
    for page in PAGES:
        browser.get(page)


def command(instance: Instance, *words: str) -> bytes:
    environ = {"AICONNECT_INSTANCE": str(instance.settings.instance), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", "from aiconnect.cli import main; main()", *words],
        env=environ,
        capture_output=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_no_secret_is_kept_shown_or_logged(tmp_path: Path, openai_fake: OpenAI) -> None:
    instance = Instance(tmp_path / "instance")
    instance.add_owner()
    instance.add_connection("compatible", openai_fake.url, name="fake", key=KEY)
    token = instance.add_token()
    log = tmp_path / "log"
    with serving(instance, log) as server:
        seen = call_in_every_mood(server, token, openai_fake)
        browser = Browser(server.url)
        walk_the_pages(browser, openai_fake)
        assert openai_fake.requests[-1].headers["authorization"] in {
            f"Bearer {KEY}",
            f"Bearer {SECOND}",
        }
        server.get(f"/v1/{KEY}", {"Authorization": f"Bearer {KEY}"})
        server.stop()
    said = command(instance, "doctor", "--json") + command(instance, "connection", "list", "--json")
    assert b'"fake"' in said
    places = everything_kept(instance) | {
        Path("log"): log.read_bytes(),
        Path("answers"): seen,
        Path("pages"): browser.seen,
        Path("commands"): said,
    }
    for secret in (KEY, SECOND, token, PASSWORD):
        for variant in (secret, urllib.parse.quote(secret), secret[8:]):
            holders = [str(place) for place, held in places.items() if variant.encode() in held]
            assert not holders, f"a secret stands in {holders}"
    instance.close()


def test_the_marker_would_be_found_where_it_was_kept_open(tmp_path: Path) -> None:
    """The search itself works: a key in a plain file of the instance is seen."""
    instance = Instance(tmp_path / "instance")
    (instance.settings.instance / "leak").write_text(KEY)
    assert any(KEY.encode() in held for held in everything_kept(instance).values())
    instance.close()
