"""The form of any OpenAI-compatible address: two more things that only the reader knows."""

from __future__ import annotations

from typing_extensions import override
from wtforms import BooleanField, Field, TextAreaField

from aiconnect.blueprints.connecting import ConnectForm
from aiconnect.errors import N_


def private_field() -> Field:
    """The switch without which such a connection never leads into the own network."""
    return BooleanField(
        N_("Allow private addresses"),
        description=N_(
            "For a server on this machine or in your network. "
            "Without it, aiconnect calls public addresses over https only."
        ),
    )


def models_field() -> Field:
    """Models by hand, for servers that list none."""
    return TextAreaField(
        N_("Models, one per line"),
        description=N_("Only for a server that does not list its models itself."),
        render_kw={"class": "mono", "rows": "3", "spellcheck": "false"},
    )


class CompatibleForm(ConnectForm):
    """An address, a key where it asks for one, whether it is private, models it does not list."""

    @classmethod
    @override
    def more(cls) -> dict[str, Field]:
        return {"private": private_field(), "models": models_field()}
