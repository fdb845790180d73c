"""The way back to the form that asked for a model: a page of ours, the model in its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.datastructures import MultiDict

from aiconnect.blueprints import inside
from aiconnect.services import choosing

RECEIVERS = frozenset({"collections.add_models"})
"""What may be sent chosen models by POST: an address from outside must not choose a button."""


@dataclass(frozen=True, slots=True)
class Way:
    """`use` is for which form, "" for none; `back` is "" where nothing waits for a model.

    With `many` several are chosen by boxes; where it `posts` they are sent to `back`, else its
    page is asked for with them in its address.
    """

    use: str = ""
    back: str = ""
    many: bool = False
    posts: bool = False

    @classmethod
    def asked(cls, asked: MultiDict[str, str]) -> Self:
        """As a request says; an address that is no page of ours is left out."""
        use, back = asked.get("for", ""), asked.get("back", "")
        use = use if use in choosing.USES else ""
        kind = _kind(back)
        if not kind:
            return cls(use)
        return cls(use, back, bool(asked.get("many")) or kind == "POST", kind == "POST")

    @property
    def query(self) -> dict[str, Any]:
        """This way as an address carries it."""
        many = {"many": "1"} if self.many else {}
        return ({"for": self.use} if self.use else {}) | (
            {"back": self.back, **many} if self.back else {}
        )

    @property
    def path(self) -> str:
        return urlsplit(self.back).path

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What the asking page's address says already, which a form of boxes must carry."""
        return parse_qsl(urlsplit(self.back).query, keep_blank_values=True)

    def to(self, name: str) -> str:
        """The form with this model chosen."""
        return f"{self.path}?{urlencode([*self.fields, ('model', name)])}"


def _kind(back: str) -> str:
    """GET for a page of ours, POST for what takes chosen models, "" for anything else."""
    if inside.endpoint_of(back, "POST") in RECEIVERS:
        return "POST"
    return "GET" if inside.endpoint_of(back) else ""
