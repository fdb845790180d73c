"""A new key in the place of the old one, with overlap.

The new key is sealed beside the old one and tested, while calls go on with the old one. One that
works takes its place in a single step; one that does not waits until somebody decides. The old
key stays valid at the provider, and a note reminds of that until somebody dismisses it.
"""

from aiconnect.services.key_changes.beside import NextKey, changing, dismiss, drop, waiting
from aiconnect.services.key_changes.placing import disconnect, offer, switch
from aiconnect.services.key_changes.trying import Tried, try_out

__all__ = [
    "NextKey",
    "Tried",
    "changing",
    "disconnect",
    "dismiss",
    "drop",
    "offer",
    "switch",
    "try_out",
    "waiting",
]
