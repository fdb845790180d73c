"""What the reader is told of whom sums are about: what is others' alone has no name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage.asking import Asked
from aiconnect.errors import N_
from aiconnect.services import tryouts

UNNAMED: Mapping[str, str] = {
    "model": N_("personal, or no model named"),
    "person": N_("others"),
    "connection": N_("personal, or none"),
    "token": N_("of others"),
    "collection": N_("none, or a personal one"),
}
"""What stands for a name that is "" for this reader."""
PLAIN: Mapping[str, str] = {"model": N_("no model named"), "connection": N_("none")}
"""The same where nobody has a connection alone."""


PLURALS: Mapping[str, str] = {
    "person": "people",
    "token": "tokens",
    "connection": "connections",
    "collection": "collections",
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names as one reader may see them."""

    asked: Asked

    def seen(self, by: str, name: str) -> str:
        """The name, or "" where it is not for the reader."""
        return name if self._ways[by](name) else ""

    def word(self, by: str, name: str) -> str:
        """The name as it is shown."""
        choices = self.asked.choices
        is_plain = by in {"model", "connection"} and not choices.theirs.ids
        return name or _((PLAIN if is_plain else UNNAMED)[by])

    def url(self, by: str, name: str) -> str:
        """Where the same days are of this one alone; "" where one cannot ask for that."""
        known = by == "model" or name in getattr(self.asked.choices, PLURALS[by])
        return self.asked.url(**{by: name}) if name and known else ""

    @property
    def _ways(self) -> Mapping[str, Callable[[str], bool]]:
        return {
            "model": self.asked.choices.shows_model,
            "person": self._is_person_shown,
            "connection": lambda name: name not in self.asked.choices.theirs.names,
            "token": self._is_token_shown,
            "collection": lambda name: name in self.asked.choices.collections,
        }

    def _is_person_shown(self, name: str) -> bool:
        """Whoever used how much is no secret in a team; who used what is, but for admins."""
        choices = self.asked.choices
        return choices.sees_all or name in choices.people or not self.asked.active

    def _is_token_shown(self, name: str) -> bool:
        choices = self.asked.choices
        return choices.sees_all or name in choices.tokens or name == tryouts.TOKEN_NAME
