"""A Redis of our own on loopback, for as long as the tests run."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
import redis

from aiconnect.secret import Secret
from tests.ports import free_port
from tests.running import until


class RedisServer:
    """A running server without files. `stop` and `start` take it away and bring it back empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.mkdtemp(prefix="aic-redis-")
        self.url = Secret(f"redis://127.0.0.1:{self.port}/0")
        self.client = redis.Redis(port=self.port, socket_timeout=5)
        self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self._folder]
        command = [
            "setpriv", "--pdeathsig", "KILL",
            "redis-server", "--port", str(self.port), *options,
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert until(self._answers), "redis-server does not answer"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self.client.connection_pool.disconnect()

    def close(self) -> None:
        self.stop()
        self.client.close()
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    """Started for the first test that needs it."""
    if shutil.which("redis-server") is None:
        pytest.fail("Redis is not installed: see packages.txt, or deselect with -m 'not system'")
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_server(redis_process: RedisServer) -> RedisServer:
    """Running and empty."""
    redis_process.client.flushall()
    return redis_process
