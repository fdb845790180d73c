"""Whether and where a server runs on this instance, asked of its lock without taking it."""

from __future__ import annotations

import fcntl
import struct
import sys

from aiconnect.settings import Settings

LOCK = "serve.lock"
FLOCK = "hhlli"  # struct flock of Linux: type, whence, start, length, pid


def server_pid(settings: Settings) -> int | None:
    """The process that serves this instance; None where there is none, or no way to ask."""
    path = settings.instance / LOCK
    if sys.platform != "linux" or not path.is_file():
        return None
    query = struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
    with path.open("rb") as file:
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, query))
    return None if kind == fcntl.F_UNLCK else int(pid)


def server_url(settings: Settings) -> str | None:
    """Where the server of this instance is found from this machine; None where none runs."""
    if server_pid(settings) is None:
        return None
    written = (settings.instance / LOCK).read_text(encoding="utf-8").split()
    return written[1] if len(written) > 1 else None
