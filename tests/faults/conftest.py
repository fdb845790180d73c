"""An instance with one connection to a fake, for servers that are about to be mistreated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.dialects import OpenAI
from tests.running import Instance


@pytest.fixture
def instance(environ: dict[str, str], openai_fake: OpenAI) -> Iterator[Instance]:
    made = Instance(Path(environ["AICONNECT_INSTANCE"]), environ)
    made.add_owner()
    made.add_connection("compatible", openai_fake.url, name="fake", key="sk-planted-in-the-test")
    yield made
    made.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"
