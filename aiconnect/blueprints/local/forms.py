"""The form of a model server in this network: an address that is usually the same."""

from __future__ import annotations

from aiconnect.blueprints.connecting import ConnectForm


class LocalForm(ConnectForm):
    """An address, a name, and a key where a proxy asks for one."""
