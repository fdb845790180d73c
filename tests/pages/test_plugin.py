"""pytest-flask's own fixtures work with our application factory.

Only here is a fixture called `app`: the plug-in keeps one request context open around such a test,
so two people in it would share who is signed in.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def app(site: Flask) -> Flask:
    return site


def test_the_plugins_client_sees_the_sign_in_page(client: FlaskClient) -> None:
    answer = client.get("/login")
    assert answer.status_code == 200
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_plugins_client_is_sent_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/connections").status_code in {302, 303}
