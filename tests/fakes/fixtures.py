"""The fixtures that tests anywhere use: `fakes`, `rows`, and one for each fake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from aiconnect.providers.spec import Provider
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes, rows_for, started


@pytest.fixture(scope="session")
def all_fakes() -> Iterator[Fakes]:
    with started() as fakes:
        yield fakes


@pytest.fixture
def fakes(all_fakes: Fakes) -> Iterator[Fakes]:
    """Every fake, calm and without memory."""
    all_fakes.reset()
    yield all_fakes
    faults = all_fakes.faults
    all_fakes.reset()
    assert not faults, f"a fake failed: {faults!r}"


@pytest.fixture
def rows(fakes: Fakes) -> Mapping[str, Provider]:
    """The provider rows, pointing at the fakes."""
    return rows_for(fakes)


@pytest.fixture
def openai_fake(fakes: Fakes) -> OpenAI:
    return fakes["openai"]


@pytest.fixture
def compatible_fake(fakes: Fakes) -> OpenAI:
    return fakes["compatible"]


@pytest.fixture
def ollama_fake(fakes: Fakes) -> OpenAI:
    return fakes["ollama"]


@pytest.fixture
def lmstudio_fake(fakes: Fakes) -> OpenAI:
    return fakes["lmstudio"]


@pytest.fixture
def llamacpp_fake(fakes: Fakes) -> OpenAI:
    return fakes["llamacpp"]
