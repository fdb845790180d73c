"""Where failures are produced: fakes, bare servers, certificates, proxies, all on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiconnect.settings import Proxy
from aiconnect.wire.types import Ways
from tests.bare import Bare, Do
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.ports import free_port
from tests.proxies import LOGIN, FakeProxy

KEY = "sk-marker-0123456789abcdef"
NAME = "api.provider.invalid"


@dataclass
class Place:
    """What a connection is given: an address (empty: the row's own), a key, a way out."""

    url: str = ""
    key: str | None = KEY
    ways: Ways = field(default_factory=Ways)
    private: bool = True
    model: str = ""
    ca_pem: str | None = None
    strict: bool = False  # judged by the policy as it is shipped


class Stage:
    """Makes what a situation asks for; close it at the end."""

    def __init__(self, fakes: Fakes, folder: Path) -> None:
        self.fakes, self.folder = fakes, folder
        self._stack = ExitStack()
        self._bare = Bare()
        self._stack.callback(self._bare.close)

    def close(self) -> None:
        self._stack.close()

    def bare(self, do: Do) -> str:
        return f"http://127.0.0.1:{self._bare.serve(do)}/v1"

    def nobody(self, host: str = "127.0.0.2") -> str:
        return f"http://{host}:{free_port()}/v1"

    def full(self) -> str:
        """A listener whose queue is full answers nobody more."""
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = self._stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

    def tls(self, name: str = "127.0.0.1", **days: int) -> tuple[str, Path]:
        port, certificate = self._bare.serve_tls(self.folder, name, **days)
        return f"https://127.0.0.1:{port}/v1", certificate

    def proxy(self, **how: Any) -> FakeProxy:
        proxy = FakeProxy(self.fakes["openai"].port, **how)
        self._stack.callback(proxy.close)
        return proxy


Set = Callable[[Stage], Place]


def through(proxy: Proxy) -> Place:
    return Place(url=f"https://{NAME}/v1", private=False, ways=Ways(proxy=proxy))


def in_mood(slug: str, mood: str, *arguments: Any, model: str = "", **named: Any) -> Set:
    """The fake of this row in this mood."""

    def set_up(stage: Stage) -> Place:
        getattr(stage.fakes[slug], mood)(*arguments, **named)
        return Place(model=model)

    return set_up


def body(slug: str, status: int, said: object, *, model: str = "", **headers: str) -> Set:
    """The fake of this row answers everything (or with a model: each chat) with this error."""

    def set_up(stage: Stage) -> Place:
        on = "chat" if model else "all"
        stage.fakes[slug].refuse(status, said, on=on, **headers)
        return Place(model=model)

    return set_up


def error(message: str, **more: object) -> dict[str, object]:
    """OpenAI's shape."""
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def at(slug: str, path: str, **fields: Any) -> Set:
    """Another path of this row's fake, which has these fields set."""

    def set_up(stage: Stage) -> Place:
        fake: OpenAI = stage.fakes[slug]
        for name, value in fields.items():
            setattr(fake, name, value)
        return Place(url=fake.root + path)

    return set_up


def demanding(slug: str) -> Set:
    """A server that wants a key, and a connection that has none."""

    def set_up(stage: Stage) -> Place:
        stage.fakes[slug].demand("sk-the-right-one")
        return Place(key=None)

    return set_up


__all__ = ["KEY", "LOGIN", "NAME", "Place", "Set", "Stage", "at", "body", "error", "in_mood"]
