"""Starts the demo's two programs, waits until they answer, stops them."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

STOP_SECONDS = 15


class CannotGoOn(Exception):
    """The demo has to stop; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """A started program and the file its words go to."""

    name: str
    process: subprocess.Popen[str]
    log: Path

    @classmethod
    def start(cls, name: str, command: list[str], log: Path, env: Mapping[str, str]) -> Self:
        """Start it in a session of its own: Ctrl-C reaches only the demo, which stops it."""
        with open_private(log) as words:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if name == "model server" else words,
                stderr=words,
                env=env,
                text=True,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def first_line(self) -> dict[str, str]:
        """Wait for the one JSON line the model server says when it is ready."""
        line = cast("IO[str]", self.process.stdout).readline()
        if not line:
            raise CannotGoOn(self.last_words())
        return cast("dict[str, str]", json.loads(line))

    def wait_until_ready(self, url: str, seconds: float) -> None:
        """Ask until the answer is 200."""
        deadline = time.monotonic() + seconds
        while not answers(url):
            if self.has_ended or time.monotonic() > deadline:
                raise CannotGoOn(self.last_words())
            time.sleep(0.1)

    def last_words(self, what: str = "did not start") -> str:
        """Say what it did, and quote the end of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        quoted = "\n".join(f"  {line}" for line in lines[-3:])
        return f"The {self.name} {what}. It said, at the end of {self.log}:\n{quoted}"

    def stop(self) -> None:
        """Ask it to end and wait; one that does not listen is killed."""
        if self.has_ended:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def open_private(path: Path) -> IO[str]:
    """Open a file that only its owner can read, emptied."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")


def answers(url: str) -> bool:
    """Whether a GET of this loopback address gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310  # http on loopback
            return cast("int", reply.status) == 200
    except (urllib.error.URLError, OSError):
        return False
