"""Help: a page for each provider, and for what lies between it and this server."""

from __future__ import annotations

import pytest

from aiconnect.blueprints.help.views import TOPICS
from aiconnect.providers import PROVIDERS


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_a_page_that_needs_no_sign_in(browse, topic):
    page = browse.anyone().get(f"/help/{topic}")
    assert page.status == 200
    assert page.h1


@pytest.mark.parametrize("slug", PROVIDERS)
def test_each_provider_has_help_that_names_it(browse, slug):
    page = browse.anyone().get(f"/help/{slug}")
    assert page.status == 200
    row = PROVIDERS[slug]
    assert slug in TOPICS or row.name in page.h1
    assert not row.keys_url or row.keys_url.split("/")[2] in page.html


@pytest.mark.parametrize("slug", ["ollama-compat", "lmstudio-compat"])
def test_who_needs_no_key_is_not_sent_to_get_one(browse, slug):
    page = browse.anyone().get(f"/help/{slug}")
    assert "Get a key" not in page.text
    assert "Sign in at" not in page.text


def test_the_contents_lead_to_every_page(browse):
    links = browse.anyone().get("/help").links
    assert {f"/help/{slug}" for slug in [*TOPICS, *PROVIDERS]} <= set(links)


def test_a_provider_that_does_not_exist_has_no_help(browse):
    assert browse.anyone().get("/help/nonsense").status == 404


@pytest.mark.parametrize(
    "words", ["OLLAMA_HOST", "systemctl", "launchctl", "environment variables"]
)
def test_ollamas_page_says_how_on_each_system(browse, words):
    assert words in browse.anyone().get("/help/ollama").text


@pytest.mark.parametrize(
    "words", ["host.docker.internal", "WSL", "ufw", "NetFirewallRule", "Podman"]
)
def test_the_networks_page_names_what_stands_between(browse, words):
    assert words in browse.anyone().get("/help/network").text


def test_pages_of_other_origins_are_explained(browse):
    text = browse.anyone().get("/help/browsers").text
    assert "AICONNECT_CORS_ORIGINS" in text
    assert "OLLAMA_ORIGINS" in text


def test_the_page_about_choosing_leads_to_where_one_chooses(browse):
    links = browse.anyone().get("/help/models").links
    assert {"/models", "/models/picks", "/collections", "/try"} <= set(links)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/help/mature", "Help"), ("/guidance/tags", "Help"),
        ("/account/mature", "Your account"), ("/settings/mature", "Settings"),
    ],
)  # fmt: skip
def test_pages_about_mature_scenes_stand_where_they_are_reached_from(hers, path, place):
    here = [one for one in hers.get(path).all("a") if one.get("aria-current") == "page"]
    assert [one.text.strip() for one in here] == [place]
