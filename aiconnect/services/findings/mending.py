"""What mends a finding: addresses to take by one click, links to the page that helps, our pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiconnect.errors import N_
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Family, Provider
from aiconnect.services import cases, spellings
from aiconnect.services.connections.base_urls import is_private
from aiconnect.services.findings.lookup import Filled, kinds_of_fix

LONGER = "300"
"""Seconds to wait for the first word, where the usual time was too short."""

ADDRESSES = frozenset(
    {"try", "doubled", "add_version", "strip_version", "http", "https", "container_host"}
)
"""Kinds that change the address: `url` is the new one."""
CHANGES = ADDRESSES | {"switch_type", "patience"}
"""Kinds that a click carries out; the others only lead somewhere."""
PAGES = frozenset(
    {"edit", "new_key", "enter_key", "enter_models", "certificate", "models", "help", "more_time"}
)
"""Kinds that lead to a page of ours."""

LABELS: Mapping[str, str] = {
    "try": N_("Use %(url)s"),
    "doubled": N_("Use %(url)s"),
    "add_version": N_("Use %(url)s"),
    "strip_version": N_("Use %(url)s"),
    "container_host": N_("Use %(url)s"),
    "http": N_("Use %(url)s (not encrypted)"),
    "https": N_("Use %(url)s"),
    "switch_type": N_("Make it a connection to %(looks_like)s"),
    "patience": N_("Wait up to %(longer)s s for an answer"),
    "keys": N_("Open the keys at %(provider)s"),
    "billing": N_("Open billing at %(provider)s"),
    "status": N_("See how %(provider)s is doing"),
    "docs": N_("Documentation of %(provider)s"),
    "link": N_("Switch it on at Google"),
    "edit": N_("Edit the address"),
    "new_key": N_("Replace the key"),
    "enter_key": N_("Enter a key"),
    "enter_models": N_("Enter the models"),
    "certificate": N_("Add the certificate"),
    "models": N_("See the models"),
    "more_time": N_("Give it more time"),
    "help": N_("Help with %(provider)s"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to mend a finding. `url` is a new base URL, or where a link leads."""

    kind: str
    label: str
    url: str = ""

    @property
    def is_change(self) -> bool:
        """Whether a click carries it out."""
        return self.kind in CHANGES

    @property
    def is_page(self) -> bool:
        """Whether it leads to a page of ours."""
        return self.kind in PAGES


@dataclass(frozen=True, slots=True)
class Case:
    """What a fix is worked out from."""

    facts: Mapping[str, str]
    base_url: str
    row: Provider


def fixes(
    code: str,
    facts: Mapping[str, str],
    base_url: str,
    row: Provider,
    *,
    translate: Callable[[str], str] = str,
) -> tuple[Fix, ...]:
    """What mends this finding at this connection, best first."""
    case = Case(facts, base_url, row)
    common = {"provider": row.name, "longer": LONGER}  # a link leads to the row's own pages
    found: list[Fix] = []
    for kind in kinds_of_fix(code, facts):
        url = _url(kind, case)
        if url is not None:
            filled = Filled({**facts, **common, "url": url}, translate)
            found.append(Fix(kind, translate(LABELS[kind]) % filled, url))
    return tuple(found)


def type_of(looks_like: str) -> str | None:
    """The slug of the provider that a server was recognised as."""
    if looks_like.endswith("OpenAI-compatible server"):
        return "compatible"
    local = (row for row in PROVIDERS.values() if row.family is Family.LOCAL)
    return next((row.slug for row in local if row.name == looks_like), None)


def _url(kind: str, case: Case) -> str | None:
    """Where it leads or what it changes the address to; empty where neither; None: not offered."""
    if kind in ADDRESSES:
        return _address(kind, case)
    return OTHERS[kind](case) if kind in OTHERS else ""


def _address(kind: str, case: Case) -> str | None:
    if not case.row.has("url"):
        return None
    url = NEW_ADDRESSES[kind](case)
    return url if url and url != case.base_url else None


def _try(case: Case) -> str | None:
    return case.facts.get("try")


def _add_version(case: Case) -> str | None:
    return spellings.with_version(spellings.undoubled(case.base_url))


def _http(case: Case) -> str | None:
    """Only where the key does not travel over the internet in the open."""
    return spellings.with_scheme(case.base_url, "http") if is_private(case.base_url) else None


def _container_host(case: Case) -> str | None:
    if case.facts.get("host") not in cases.LOOPBACK:
        return None
    return spellings.with_host(case.base_url, spellings.CONTAINER_HOST)


def _switch_type(case: Case) -> str | None:
    slug = type_of(case.facts.get("looks_like", ""))
    is_other = slug is not None and slug != case.row.slug and case.row.has("url")
    return "" if is_other else None


def _edit(case: Case) -> str | None:
    return "" if case.row.has("url") else None


def _docs(case: Case) -> str | None:
    """Behind just any address nobody's documentation is known."""
    return None if case.row.slug == case.row.family else case.row.docs_url or None


def _link(case: Case) -> str | None:
    """What a provider names goes into a page only where it is plainly an address of the web."""
    link = case.facts.get("link", "")
    return link if link.startswith("https://") else None


NEW_ADDRESSES: Mapping[str, Callable[[Case], str | None]] = {
    "try": _try,
    "doubled": lambda case: spellings.undoubled(case.base_url),
    "add_version": _add_version,
    "strip_version": lambda case: spellings.without_version(case.base_url),
    "http": _http,
    "https": lambda case: spellings.with_scheme(case.base_url, "https"),
    "container_host": _container_host,
}
OTHERS: Mapping[str, Callable[[Case], str | None]] = {
    "switch_type": _switch_type,
    "edit": _edit,
    "link": _link,
    "keys": lambda case: case.row.keys_url or None,
    "billing": lambda case: case.row.billing_url or None,
    "status": lambda case: case.row.status_url or None,
    "docs": _docs,
}
