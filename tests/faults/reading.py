"""The owner, who reads pages of a server that is in trouble."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from tests.running import OWNER, PASSWORD, Answer, Running

TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


class Reader:
    """Signed in while everything still works."""

    def __init__(self, server: Running) -> None:
        self._server = server
        page = server.get("/login")
        before = _cookie(page)
        token = TOKEN.findall(page.body.decode())[0]
        form = urlencode({"csrf_token": token, "email": OWNER, "password": PASSWORD}).encode()
        kind = "application/x-www-form-urlencoded"
        sent = {"Cookie": before, "Content-Type": kind, "Origin": server.url}
        answer = server.ask("POST", "/login", form, sent)
        assert answer.status == 303, answer.body
        self.cookie = _cookie(answer)

    def words(self, path: str = "/connections") -> str:
        """What a page says."""
        answer = self._server.get(path, {"Cookie": self.cookie})
        assert answer.status == 200, answer.body
        return " ".join(re.sub(r"<[^>]+>", " ", answer.body.decode()).split())


def _cookie(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]
