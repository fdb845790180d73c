"""What a provider row says. Rows are data: they import no code that acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aiconnect.errors import N_


class Family(StrEnum):
    """Which form adds a connection, and which blueprint owns it."""

    CLOUD = "cloud"
    COMPATIBLE = "compatible"
    LOCAL = "local"
    OAUTH = "oauth"


class Reach(StrEnum):
    """Which addresses a provider's connections may lead to."""

    PUBLIC = "public"  # public addresses over https only
    SWITCH = "switch"  # public https; private addresses when the connection's switch is on
    LOCAL = "local"  # private and loopback too, http too


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a form asks for. `name` is `url` or `api_key`."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    required: bool = True
    example: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """The header that carries the key."""

    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class Proof:
    """The cheapest call that proves the key, where the model list is public.

    `path` is below the base URL, or a whole address on the provider's other host. A POST sends an
    empty JSON object: it is refused for what is missing in it, but only after the key was looked
    at. `refused_when` names a field of the answer that means a useless key when it is true.
    """

    path: str
    method: str = "GET"
    refused_when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quirk:
    """A field of an OpenAI-shaped chat that a provider takes otherwise.

    `to` is its name there ("" with `drop`: the field is left out, because the provider would
    refuse the whole request for it); `least` and `most` bound a number; `letters` is how many
    letters and digits an id must be, and any other id is replaced by a digest; `models` is a
    regular expression of the ids that it holds for ("" for all). `stream_options.include_usage` is
    a field within another, `messages[].name` one in every entry of a list, and `to` then a name
    beside it. Source: the row's docs_url.
    """

    field: str
    to: str = ""
    drop: bool = False
    least: float | None = None
    most: float | None = None
    letters: int | None = None
    models: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A program or company that serves models.

    `dialect` is a key of `adapters.ADAPTERS`; `base_url` is the fixed address or the form's
    default; `other_urls` are further fixed addresses (regions); `key_form` is a regular expression
    of a usual key (a remark, never a refusal), `key_prefixes` what every one of its keys begins
    with; `proof` is None where listing the models proves the key; `list_path` is the model list
    below the base URL where it is not the dialect's own; `free` means that its calls cost nothing;
    `mark` is the two letters of its sign. `gone` are hosts that once served it and do no more;
    `limit_field` is what a chat's largest number of output tokens is called; `speaks` are wires
    beyond the usual ones of its dialect, `quirks` the fields of a chat that it takes otherwise.
    `prices` is its id in the table of genai-prices ("" where it has none), `states_cost` means
    that its answers say what they cost, and `list_prices` how its list of models says it (a key of
    `adapters.list_prices.SHAPES`).
    """

    slug: str
    name: str
    family: Family
    dialect: str
    base_url: str
    reach: Reach
    fields: tuple[Field, ...]
    mark: str
    docs_url: str
    keys_url: str = ""
    auth: Auth = Auth()
    key_form: str = ""
    key_prefixes: tuple[str, ...] = ()
    proof: Proof | None = None
    list_path: str = ""
    other_urls: tuple[str, ...] = ()
    status_url: str = ""
    billing_url: str = ""
    gone: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()
    own_path: str = ""
    limit_field: str = "max_tokens"
    speaks: tuple[str, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    free: bool = False
    prices: str = ""
    states_cost: bool = False
    list_prices: str = ""
    summary: str = ""
    usual_urls: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the fields that must be filled in: not the address where one is known."""
        asked = (field.name for field in self.fields if field.required)
        return tuple(name for name in asked if name != "url" or not self.base_url)

    def has(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)


def url_field(example: str, hint: str) -> Field:
    """The field for an address."""
    return Field("url", N_("Address"), hint, example=example)


def key_field(hint: str, *, required: bool = True, example: str = "") -> Field:
    """The field for a key: write-only."""
    return Field("api_key", N_("API key"), hint, is_secret=True, required=required, example=example)
