"""aiconnect: one place for a team's AI providers, its calls and what they used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from aiconnect.providers.spec import Provider
    from aiconnect.services.accounts import Passwords
    from aiconnect.services.vault import Vault
    from aiconnect.settings import Settings
    from aiconnect.wire.addresses import Policy


def create_app(
    settings: Settings | None = None,
    *,
    rows: Mapping[str, Provider] | None = None,
    policy: Policy | None = None,
    vault: Vault | None = None,
    passwords: Passwords | None = None,
) -> Flask:
    """The pages for people. Starts no thread; raises StartRefused where the instance does not fit.

    Without settings (`flask --app aiconnect …`) they come from the environment.
    """
    # Imported here: the gateway and the command line import this package too, without Flask.
    from aiconnect.blueprints import factory  # noqa: PLC0415

    if settings is None:
        return factory.from_environment()
    return factory.build(settings, rows=rows, policy=policy, vault=vault, passwords=passwords)
