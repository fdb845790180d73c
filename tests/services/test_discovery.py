"""Looking for model servers where they usually are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from aiconnect.client import Client
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.services import discovery, states
from tests.fakes import Fakes, OpenPolicy
from tests.ports import free_port


@pytest.fixture
def client() -> Client:
    return Client(OpenPolicy())


def at(rows: Mapping[str, Provider], **urls: str) -> dict[str, Provider]:
    """The rows, with their usual addresses at these alone."""
    usual = {slug: (url,) for slug, url in urls.items()}
    return {slug: replace(row, usual_urls=usual.get(slug, ())) for slug, row in rows.items()}


def test_each_kind_is_found_where_it_answers(
    fakes: Fakes, rows: Mapping[str, Provider], client: Client
) -> None:
    slugs = ("ollama", "lmstudio", "llamacpp", "vllm")
    usual = at(rows, **{slug: fakes[slug].url for slug in slugs})
    tried = discovery.look(usual, client)
    assert {one.row.slug for one in tried if one.is_there} == set(slugs)
    found = next(one for one in tried if one.row.slug == "ollama")
    assert found.finding.facts["version"]


def test_no_key_goes_anywhere(fakes: Fakes, rows: Mapping[str, Provider], client: Client) -> None:
    discovery.look(at(rows, ollama=fakes["ollama"].url), client)
    assert fakes["ollama"].requests
    assert not any("authorization" in one.headers for one in fakes["ollama"].requests)


def test_each_failure_has_its_reason(
    fakes: Fakes, rows: Mapping[str, Provider], client: Client
) -> None:
    usual = at(
        rows, ollama=f"http://127.0.0.1:{free_port()}", lmstudio=fakes["ollama"].url,
        llamacpp="http://nowhere.invalid:8080",
    )  # fmt: skip
    codes = {one.row.slug: one.finding.code for one in discovery.look(usual, client)}
    assert codes == {"ollama": "refused", "lmstudio": "wrong_kind", "llamacpp": "name_not_found"}


def test_a_silent_address_does_not_hold_up_the_others(
    fakes: Fakes, rows: Mapping[str, Provider], client: Client
) -> None:
    fakes["lmstudio"].stall()
    usual = at(rows, ollama=fakes["ollama"].url, lmstudio=fakes["lmstudio"].url)
    tried = {one.row.slug: one for one in discovery.look(usual, client, seconds=0.3)}
    assert tried["ollama"].is_there
    assert not tried["lmstudio"].is_there


def test_a_name_that_only_docker_knows_is_said_to_be_one() -> None:
    url = "http://host.docker.internal:11434"
    found = states.found_at(PROVIDERS["ollama"], url, "name_not_found", {"reason": "unknown"})
    assert found.facts["reason"] == "container_host"
    assert (found.facts["host"], found.facts["port"]) == ("host.docker.internal", "11434")
