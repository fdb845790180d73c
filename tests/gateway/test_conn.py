"""A caller's connection, before anything is read of it."""

from __future__ import annotations

import socket
import struct

from aiconnect.gateway.conn import set_timeouts
from aiconnect.gateway.limits import Limits


def test_accepted_connections_have_the_timeouts_of_their_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        set_timeouts(listener, Limits(caller_stall=30, read_between=10))
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                found = [
                    struct.unpack("ll", accepted.getsockopt(socket.SOL_SOCKET, option, 16))[0]
                    for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO)
                ]
                assert found == [30, 10]
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
