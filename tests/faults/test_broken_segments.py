"""Segments that something has broken: what can be read comes in, the rest is set aside."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from aiconnect.calls import journal
from aiconnect.models import UsageRecord
from aiconnect.services import absorbing
from tests.fakes.dialects import OpenAI
from tests.faults.reading import Reader
from tests.faults.test_kill import Load
from tests.running import Instance, serving, until

Break = Callable[[bytearray, Random], None]


def flip(data: bytearray, chance: Random) -> None:
    """A bit here and there, as memory and disks do."""
    end = len(data.rstrip(b"\0"))
    for place in sorted(chance.sample(range(end), 12)):
        data[place] ^= 1 << chance.randrange(8)


def cut(data: bytearray, chance: Random) -> None:
    """The end is gone, in the midst of a line."""
    del data[chance.randrange(1, len(data.rstrip(b"\0"))) :]


def halve_lines(data: bytearray, chance: Random) -> None:
    """It begins and ends within a line."""
    cut(data, chance)
    del data[: chance.randrange(1, 400)]


def lose_a_block(data: bytearray, chance: Random) -> None:
    """A block of the disk was never written."""
    place = chance.randrange(0, max(1, len(data.rstrip(b"\0")) - 4096))
    data[place : place + 4096] = bytes(4096)


def mix(data: bytearray, chance: Random) -> None:
    """A block of another file stands in the midst of it."""
    place = chance.randrange(0, max(1, len(data.rstrip(b"\0")) - 4096))
    data[place : place + 4096] = chance.randbytes(4096)


def replace_all(data: bytearray, chance: Random) -> None:
    """It is another file altogether."""
    data[:] = chance.randbytes(70_000)


BREAKS: tuple[Break, ...] = (flip, cut, halve_lines, lose_a_block, mix, replace_all)


def in_it(data: bytes) -> dict[str, str]:
    """The ends in a segment as anybody may read them: the length, the checksum, the record."""
    return {one["id"]: one["o"] for one in journal.lines(data)[0] if one["k"] == "e"}


@pytest.fixture
def left(instance: Instance, log: Path, openai_fake: OpenAI) -> Path:
    """The segment of a server that was killed, with nothing of it in the ledger yet."""
    openai_fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token()
    instance.hold_clock()
    with serving(instance, log) as server:
        load = Load(server.port, token)
        assert until(lambda: len(load.answered) >= 120, 30)
        kept = [path.read_bytes() for path in instance.settings.journal.glob("*-000001.segment")]
        server.kill()
        load.join()
    path = next(instance.settings.journal.glob("*-000001.segment"))
    assert in_it(path.read_bytes()).keys() >= in_it(kept[0]).keys()
    return path


def test_what_can_be_read_comes_in_whatever_is_broken(instance: Instance, left: Path) -> None:
    """Each way of breaking it many times; nothing is doubled by what came in before."""
    whole, folder = left.read_bytes(), left.parent
    calls = {line["id"] for line in journal.lines(whole)[0]}
    seen: set[str] = set()
    for number, (round_, how) in enumerate(itertools.product(range(5), BREAKS)):
        data = bytearray(whole)
        how(data, Random(f"{round_} {how.__name__}"))  # noqa: S311 (a repeatable order)
        (folder / f"gone-{number:06d}.segment").write_bytes(data)
        seen |= {line["id"] for line in journal.lines(bytes(data))[0]}
        with instance.session() as session:
            left.unlink(missing_ok=True)
            absorbing.absorb_left_behind(session, folder)
        found = [one.id for one in instance.records()]
        assert len(found) == len(set(found))
        assert seen <= set(found) <= calls | seen
    assert len(list((folder / "damaged").iterdir())) > 15
    assert not list(folder.glob("*.segment"))


def test_a_server_starts_among_files_of_others_and_says_what_it_could_not_read(
    instance: Instance, log: Path, left: Path, openai_fake: OpenAI
) -> None:
    folder, sent = left.parent, len(openai_fake.calls())
    data = bytearray(left.read_bytes())
    wanted = in_it(bytes(data))
    picture = b"\x89PNG\r\n\x1a\n" + Random(7).randbytes(3_000_000)  # noqa: S311
    (folder / "a picture-000001.segment").write_bytes(picture)
    (folder / "a folder-000001.segment").mkdir()
    (folder / "nothing-000001.segment").touch()
    (folder / "nowhere-000001.segment").symlink_to(folder / "nosuch")
    (folder / "loop-000001.segment").symlink_to(folder / "loop-000001.segment")
    os.mkfifo(folder / "a pipe-000001.segment")
    (folder / "half-000001.new").write_bytes(b"\0" * 5000)
    (folder / "notes.txt").write_text("mine")
    with serving(instance, log) as server:
        reader = Reader(server)
        assert "could not be read" in reader.words()
        assert server.get("/readyz").status == 200
        found = {one.id: one.outcome for one in instance.records()}
    assert {found[one] for one in wanted} <= {"ok", "caller_left"}
    assert len(found) >= sent
    assert all(found.values())
    assert (folder / "notes.txt").read_text() == "mine"
    assert "Traceback" not in log.read_text()


def test_a_kill_while_the_journal_is_taken_in_doubles_nothing(
    instance: Instance, log: Path, left: Path, openai_fake: OpenAI
) -> None:
    """The server is killed again and again as soon as some of it is in the ledger."""
    lines, _ = journal.lines(left.read_bytes())
    wanted = {line["id"] for line in lines}
    many = [{**line, "id": f"{line['id'][:-4]}{copy:04x}"} for line in lines for copy in range(20)]
    wanted |= {line["id"] for line in many}
    (left.parent / "gone-000001.segment").write_bytes(b"".join(map(journal.encode, many)))
    for _ in range(3):
        known = len(instance.records())
        with serving(instance, log, answers="") as server:
            begun = functools.partial(has_more, instance, known)
            assert until(begun, 60)  # from the first import on
            server.kill()
    with serving(instance, log):
        assert until(lambda: not list(left.parent.glob("gone-*.segment")))
        records = instance.records()
    assert {one.id for one in records} >= wanted
    assert len({one.seq for one in records}) == len(records)
    assert all(one.outcome for one in records)


def has_more(instance: Instance, known: int) -> bool:
    with instance.session() as session:
        return session.query(UsageRecord).count() > known
