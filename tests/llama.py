"""The real llama.cpp server of the demo extra, for tests marked `llama`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.ports import free_port

PROGRAM = Path(__file__).parents[1] / "demo" / "model_server.py"
MODEL = "gemma-3-270m"


class Llama:
    """The server, which can be stopped and started again at the same port.

    The model is put together once in `folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, key: str = "") -> None:
        words = ["--folder", str(self._folder), "--port", str(self.port)]
        if key:
            (self._folder / "key").write_text(key)
            words += ["--key-file", str(self._folder / "key")]
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline())["model"] == MODEL

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=30)
            self._process = None
