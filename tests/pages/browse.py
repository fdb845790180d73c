"""A reader of pages: fetches them as one person would, and checks every page it sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aiconnect.blueprints.headers import POLICY
from tests.pages.content import faults

WITHOUT_LABEL = {"hidden", "submit", "button"}


@dataclass
class Form:
    """A form of a page, with what its fields hold."""

    action: str
    method: str
    fields: dict[str, str]
    buttons: list[str]


@dataclass
class Page:
    """An answer, read."""

    browse: Browse
    url: str
    response: TestResponse
    html: str
    tree: Element | None

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        assert self.tree is not None
        return " ".join(" ".join(self.tree.itertext()).split())

    @property
    def h1(self) -> str:
        return _words(self.all("h1")[0])

    @property
    def title(self) -> str:
        return _words(self.all("title")[0])

    @property
    def problems(self) -> list[str]:
        """What the summary of errors says."""
        boxes = [one for one in self.all("div") if one.get("class") == "errors"]
        return [_words(link) for box in boxes for link in box.iter("a")]

    @property
    def links(self) -> list[str]:
        return [link.get("href", "") for link in self.all("a")]

    @property
    def forms(self) -> list[Form]:
        return [_form(one, self.url) for one in self.all("form")]

    def all(self, tag: str) -> list[Element]:
        assert self.tree is not None, f"{self.url} is no page"
        return list(self.tree.iter(tag))

    def form(self, button: str) -> Form:
        """The form with this button."""
        return next(one for one in self.forms if any(button in name for name in one.buttons))

    def press(self, button: str, **typed: str) -> Page:
        """Fill in the form with this button, and press it."""
        form = self.form(button)
        assert form.method == "post"
        return self.browse.send(form.action, {**form.fields, **typed})

    def follow(self) -> Page:
        """Go where the answer leads."""
        assert self.status == 303, f"{self.url} answered {self.status}: {self.html[:500]}"
        return self.browse.get(urljoin(self.url, self.response.headers["Location"]))


@dataclass
class Browse:
    """One browser. `secrets` must never be in a page that it sees."""

    client: FlaskClient
    secrets: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, site: Flask, secrets: list[str]) -> Browse:
        return cls(site.test_client(), secrets)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        return self._seen(path, self.client.get(_local(path), headers=headers, buffered=True))

    def send(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Page:
        """POST just these fields."""
        return self._seen(
            path, self.client.post(_local(path), data=fields, headers=headers, buffered=True)
        )

    def post(self, path: str, **fields: str) -> Page:
        """POST with the hidden field that every form of this server has."""
        token = self.get("/login").follow() if self.is_in else self.get("/login")
        csrf = next(form.fields["csrf_token"] for form in token.forms if form.fields)
        return self.send(path, {"csrf_token": csrf, **fields})

    @property
    def is_in(self) -> bool:
        return self.client.get("/login").status_code == 303

    def sign_in(self, email: str, password: str) -> Page:
        return self.get("/login").press("Sign in", email=email, password=password)

    def _seen(self, url: str, response: TestResponse) -> Page:
        if response.mimetype != "text/html" or response.status_code == 303:
            return Page(self, url, response, response.text, None)
        page = Page(self, url, response, response.text, _parse(response.text))
        check(page, self.secrets)
        return page


def check(page: Page, secrets: Iterable[str]) -> None:
    """What holds for every page of this server."""
    assert page.response.headers["Content-Security-Policy"] == POLICY
    assert page.response.headers["Cache-Control"] == "no-store"
    assert len(page.all("h1")) == 1, f"{page.url} has {len(page.all('h1'))} h1"
    title = re.sub("^(Error|Galat): ", "", page.title)
    assert title.startswith(page.h1), (page.title, page.h1)
    _check_ids(page)
    _check_scripts(page)
    _check_controls(page)
    _check_forms(page)
    _check_levels(page)
    assert page.tree is not None
    assert not faults(page.tree), f"{page.url}: {faults(page.tree)}"
    for secret in secrets:
        assert secret not in page.html, f"{page.url} shows a secret"


def _check_ids(page: Page) -> None:
    assert page.tree is not None
    ids = [one.get("id", "") for one in page.tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids)), f"{page.url}: ids are not unique: {sorted(ids)}"
    for one in page.tree.iter():
        for name in ("aria-describedby", "aria-labelledby", "for", "popovertarget"):
            missing = set((one.get(name) or "").split()) - set(ids)
            assert not missing, f"{page.url}: {name} points at nothing: {missing}"
        href = one.get("href") or ""
        assert not href.startswith("#") or href[1:] in ids, f"{page.url}: {href} leads nowhere"


def _check_scripts(page: Page) -> None:
    assert page.tree is not None
    assert not page.all("script")
    assert not page.all("style")
    for one in page.tree.iter():
        bad = [name for name in one.attrib if re.match(r"on|style$", str(name))]
        assert not bad, f"{page.url}: {one.tag} has {bad}"
        assert not (one.get("href") or "").lower().startswith("javascript:")


def _check_controls(page: Page) -> None:
    labels = {one.get("for") for one in page.all("label")}
    for tag in ("input", "select", "textarea"):
        for one in page.all(tag):
            if one.get("type") not in WITHOUT_LABEL:
                assert one.get("id") in labels, f"{page.url}: {one.get('name')} has no label"
    for one in [*page.all("button"), *page.all("a")]:
        assert _words(one), f"{page.url}: a {one.tag} without words"


def _check_forms(page: Page) -> None:
    for one in page.all("form"):
        assert one.get("action"), f"{page.url}: a form without action"
        names = [control.get("name") for control in one.iter("input")]
        if one.get("method") == "post":
            assert names.count("csrf_token") == 1, f"{page.url}: a form without csrf_token"
        else:
            assert "csrf_token" not in names


def _check_levels(page: Page) -> None:
    assert page.tree is not None
    main = next(one for one in page.tree.iter("main"))
    levels = [int(one.tag[1]) for one in main.iter() if re.fullmatch("h[1-6]", str(one.tag))]
    levels = levels[levels.index(1) :]
    for before, after in pairwise(levels):
        assert after <= before + 1, f"{page.url}: h{after} follows h{before}"


def _parse(html: str) -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    return tree


def _words(one: Element) -> str:
    return " ".join("".join(one.itertext()).split())


def _form(one: Element, url: str) -> Form:
    fields: dict[str, str] = {}
    for control in one.iter():
        name, kind = control.get("name"), control.get("type")
        if not name or control.tag == "button":
            continue
        if control.tag == "select":
            options = list(control.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            fields[name] = chosen[0].get("value", "") if chosen else ""
        elif control.tag == "textarea":
            fields[name] = (control.text or "").strip()
        elif kind not in {"checkbox", "radio"} or control.get("checked") is not None:
            fields[name] = control.get("value", "")
    action = urljoin(url, one.get("action", "")).split("#")[0]
    buttons = [_words(button) for button in one.iter("button")]
    return Form(action, one.get("method", "get"), fields, buttons)


def _local(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
