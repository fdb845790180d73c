"""The form of a provider in the cloud: its row says it all."""

from __future__ import annotations

from aiconnect.blueprints.connecting import ConnectForm


class CloudForm(ConnectForm):
    """A key and a name; the address is fixed."""
