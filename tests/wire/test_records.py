"""Several TLS records are read together, and what is behind them is not lost."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiconnect.wire.relay import READ_SIZE, read_records
from tests.fakes.certificates import make_certificate, server_context

PATIENCE = 10.0
AROUND = 22  # bytes that TLS 1.3 puts around a record: header, type, tag


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """A client that does not block, and its server, over TCP."""
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        raw = socket.create_connection(listener.getsockname(), PATIENCE)
        far = listener.accept()[0]
    near = ssl.create_default_context(cafile=certificate).wrap_socket(
        raw, server_hostname="127.0.0.1", do_handshake_on_connect=False
    )
    shaking = threading.Thread(target=near.do_handshake)
    shaking.start()
    context = server_context(certificate)
    context.num_tickets = 0  # nothing but what a test sends
    served = context.wrap_socket(far, server_side=True)
    shaking.join()
    near.settimeout(0)
    with near, served:
        yield near, served


def everything(sock: ssl.SSLSocket) -> list[bytes]:
    """Each read, up to the end, an error being one."""
    reads = []
    while select.select([sock], [], [], PATIENCE)[0] or sock.pending():
        try:
            reads.append(read_records(sock))
        except ssl.SSLWantReadError:
            continue
        except OSError:
            reads.append(b"")
        if not reads[-1]:
            return reads
    raise AssertionError("no end has come")


def send(near: ssl.SSLSocket, far: ssl.SSLSocket, records: list[bytes]) -> None:
    """Have these wait for the reader, each in a record of its own."""
    for record in records:
        far.send(record)
    with socket.socket(fileno=socket.dup(near.fileno())) as raw:
        raw.setblocking(True)
        size = sum(len(record) + AROUND for record in records)
        assert len(raw.recv(size, socket.MSG_PEEK | socket.MSG_WAITALL)) == size
        raw.setblocking(False)


def test_records_that_have_come_are_one_read(pair: tuple[ssl.SSLSocket, ssl.SSLSocket]) -> None:
    near, far = pair
    send(near, far, [b"x" * 100] * 20)
    assert read_records(near) == b"x" * 2000


def test_nothing_yet_is_said_as_recv_says_it(pair: tuple[ssl.SSLSocket, ssl.SSLSocket]) -> None:
    with pytest.raises(ssl.SSLWantReadError):
        read_records(pair[0])


@pytest.mark.parametrize("is_reset", [False, True])
def test_the_end_behind_what_has_come_is_told_of_next(
    pair: tuple[ssl.SSLSocket, ssl.SSLSocket], is_reset: bool
) -> None:
    near, far = pair
    send(near, far, [b"first", b"second"])
    if is_reset:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()
    assert everything(near) == [b"firstsecond", b""]


def test_a_flood_is_read_in_bounds_and_whole(pair: tuple[ssl.SSLSocket, ssl.SSLSocket]) -> None:
    near, far = pair
    sent = bytes(range(256)) * 4096
    pouring = threading.Thread(target=lambda: (far.sendall(sent), far.close()))
    pouring.start()
    reads = everything(near)
    pouring.join()
    assert b"".join(reads) == sent
    assert max(map(len, reads)) < READ_SIZE + 16_384 + 1
