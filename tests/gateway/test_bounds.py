"""The limits in force: a server's own, with what people have set."""

from __future__ import annotations

from aiconnect.calls.snapshot import EMPTY, Ceilings, Snapshot
from aiconnect.gateway.limits import Bounds, Limits

OWN = Limits(threads=20, first_byte=7.0)


def test_nothing_set_leaves_a_server_s_own_limits() -> None:
    assert Bounds(OWN, lambda: EMPTY)() is OWN


def test_what_is_set_holds_and_the_rest_stays() -> None:
    asked = Ceilings(silence=3.0, total=0.0, body_bytes=5)
    found = Bounds(OWN, lambda: Snapshot(1, ceilings=asked))()
    assert (found.silence, found.total, found.body_bytes) == (3.0, 0.0, 5)
    assert (found.first_byte, found.threads) == (7.0, 20)


def test_a_new_picture_counts_at_once_and_an_old_one_is_reckoned_once() -> None:
    pictures = [Snapshot(1, ceilings=Ceilings(silence=3.0))]
    bounds = Bounds(OWN, lambda: pictures[-1])
    assert bounds() is bounds()
    pictures.append(Snapshot(2, ceilings=Ceilings(silence=4.0)))
    assert bounds().silence == 4.0
    pictures.append(Snapshot(3))
    assert bounds() == OWN


def test_what_is_usual_is_said_of_everything_but_streams() -> None:
    usual = OWN.usual
    assert (usual.calls, usual.streams, usual.first_byte) == (4, None, 7.0)
    assert usual.breaker is True
    assert Limits().under(Limits().usual) == Limits()
