"""Every failure as a page: each is produced, photographed, and put on contact sheets to look at.

They go to the folder that DOCTOR_SHOTS names, else into a temporary one.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from aiconnect import create_app
from aiconnect.extensions import db
from aiconnect.models import Person
from aiconnect.providers.spec import Provider
from aiconnect.services.accounts import Passwords
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.fakes.rows import Fakes, OpenPolicy
from tests.faults.doctor import examine
from tests.faults.situations import SITUATIONS
from tests.faults.stage import Stage
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "::1"])]

PER_SHEET = 12
STYLE = (
    "<style>body{columns:3;column-gap:24px;margin:24px}figure{margin:0 0 24px;break-inside:avoid}"
    "figcaption{font:600 20px sans-serif}img{width:100%;border:1px solid #999}</style>"
)
WHOLE = os.environ.get("DOCTOR_SHOTS", "")
CHOSEN = SITUATIONS if WHOLE else SITUATIONS[::9]
"""All of them take a minute and a half: without a folder to look at, every ninth is enough."""


@pytest.fixture
def instance(template: Path, tmp_path: Path) -> Path:
    """An installation that the pages of this process show."""
    return shutil.copytree(template, tmp_path / "instance")


@pytest.fixture
def pages(settings: Settings, rows: Mapping[str, Provider], passwords: Passwords) -> Iterator[str]:
    app: Flask = create_app(settings, rows=rows, policy=OpenPolicy(), passwords=passwords)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def test_every_failure_has_a_page_to_look_at(
    chromium: Browser, pages: str, fakes: Fakes, rows: Mapping[str, Provider], session: Session,
    vault: Vault, alice: Person, tmp_path: Path,
) -> None:  # fmt: skip
    folder = Path(WHOLE or tmp_path / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(
        java_script_enabled=False, base_url=pages, viewport={"width": 1000, "height": 2400}
    )
    page = context.new_page()
    sign_in(page, alice)
    made: list[tuple[str, Path]] = []
    for number, situation in enumerate(CHOSEN):
        fakes.reset()
        stage = Stage(fakes, tmp_path)
        check = examine(situation, stage, session, rows, vault)
        stage.close()
        answer = page.goto(f"/connections/{check.connection_id}/checks/{check.id}")
        assert answer is not None
        assert answer.status == 200, situation.name
        made.append((situation.name, folder / f"{number:03}-{situation.case}.png"))
        photograph(page, made[-1][1])
    page.set_viewport_size({"width": 2000, "height": 1200})
    for begin in range(0, len(made), PER_SHEET):
        sheet = folder / f"sheet-{begin // PER_SHEET:02}"
        put_together(page, sheet, made[begin : begin + PER_SHEET])
    context.close()
    assert len(list(folder.glob("[0-9]*.png"))) == len(CHOSEN)


def sign_in(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD.reveal())
    page.get_by_role("button", name="Sign in").click()


def photograph(page: Page, shot: Path) -> None:
    """From the title to the end of what was seen."""
    page.get_by_text("What aiconnect saw").click()
    top = page.locator("main h1").bounding_box()
    end = page.locator("main details.fold").bounding_box()
    assert top
    assert end
    height = end["y"] + end["height"] - top["y"]
    clip = {"x": top["x"], "y": top["y"], "width": top["width"], "height": height}
    page.screenshot(path=shot, full_page=True, clip=clip)  # type: ignore[arg-type]


def put_together(page: Page, sheet: Path, made: list[tuple[str, Path]]) -> None:
    figures = "".join(
        f"<figure><figcaption>{name}: {shot.stem[4:]}</figcaption><img src='{shot.name}'></figure>"
        for name, shot in made
    )
    html = sheet.with_suffix(".html")
    html.write_text(f"<!doctype html>{STYLE}{figures}")
    page.goto(f"file://{html}")
    page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
