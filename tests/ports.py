"""Ports of loopback where nobody listens, for a server that is about to, or for nobody at all."""

from __future__ import annotations

import itertools
import socket
from contextlib import suppress
from random import SystemRandom

FIRST, LAST = 15_000, 32_000
"""Below what the kernel gives to listeners at port 0 and to callers: theirs cannot be taken from
under a server that is still starting, whatever other processes of the tests do meanwhile."""

# Not from `random`: pytest-randomly gives every process the same numbers.
_begin = SystemRandom().randrange(FIRST, LAST)
_ports = itertools.cycle([*range(_begin, LAST), *range(FIRST, _begin)])


def free_port() -> int:
    """A port where nobody listens; not given again by this process until all others were."""
    for port in itertools.islice(_ports, LAST - FIRST):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("", port))
            return port
    raise OSError("every port is taken")
