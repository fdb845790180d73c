"""A full disk: calls go on while there is room, then paid ones are refused; nothing is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.rows import Fakes
from tests.faults.reading import Reader
from tests.gateway.scripted import Wire, request_id, wire_to
from tests.running import SAY, Answer, Instance, Running, serving, until

SEGMENT = 256 * 1024
SMALL = {"limits": {"segment_bytes": SEGMENT}}
STREAMS = 12

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can only be mounted by root"),
]


@dataclass
class Disk:
    """A disk of a few megabytes. `fill` leaves no byte free, `empty` takes that back."""

    place: Path

    def fill(self) -> None:
        number = len(list(self.place.glob("filler-*")))
        with (self.place / f"filler-{number}").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                return

    def empty(self) -> None:
        for path in self.place.glob("filler-*"):
            path.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], check=True)
    yield Disk(place)
    subprocess.run(["umount", "-l", str(place)], check=True)


@dataclass
class House:
    """An instance with a paid and a free connection; `answered` are the calls that were."""

    instance: Instance
    fakes: Fakes
    token: str
    log: Path
    answered: list[str]

    def call(self, server: Running, model: str = "paid/x") -> Answer:
        answer = server.chat(self.token, {"model": model, **SAY})
        if answer.status == 200:
            self.answered.append(answer.headers["x-request-id"])
        return answer

    def call_until_refused(self, server: Running) -> Answer:
        while (answer := self.call(server)).status == 200:
            assert len(self.answered) < 5_000
        return answer

    @property
    def sent(self) -> int:
        """How many calls reached a provider."""
        return sum(len(self.fakes[name].calls()) for name in ("openai", "ollama"))

    def check(self) -> None:
        """Nothing is missing, nothing is there twice."""
        records = self.instance.settled(self.sent)
        ids = [one.id for one in records if one.outcome == "ok"]
        assert len(ids) == len(set(ids))
        assert set(self.answered) <= set(ids)
        assert len([one for one in records if one.attempts]) == self.sent
        assert not (self.instance.settings.journal / "damaged").exists()


Housing = Callable[..., House]


@pytest.fixture
def housing(fakes: Fakes, tmp_path: Path) -> Iterator[Housing]:
    """Makes an instance below a folder, with this environment."""
    with ExitStack() as stack:

        def make(place: Path, **environ: str) -> House:
            instance = Instance(place / "instance", environ)
            stack.callback(instance.close)
            instance.add_owner()
            urls = fakes["openai"].url, fakes["ollama"].url
            instance.add_connection("compatible", urls[0], name="paid", key="sk-disk-planted")
            instance.add_connection("ollama", urls[1], name="free")
            instance.hold_clock()  # no job asks a fake
            return House(instance, fakes, instance.add_token(), tmp_path / "log", [])

        yield make


def test_a_full_disk_refuses_paid_calls_and_loses_nothing(
    disk: Disk, tmp_path: Path, housing: Housing
) -> None:
    home = housing(disk.place)
    with serving(home.instance, home.log, **SMALL) as server:
        reader = Reader(server)
        home.call(server)
        home.instance.settled(1)
        disk.fill()
        refused = home.call_until_refused(server)
        assert (refused.status, refused.json["error"]["code"]) == (503, "ledger_full")
        assert "retry-after" in refused.headers
        assert len(home.answered) > SEGMENT // 1_300
        free = [home.call(server, "free/x").status for _ in range(30)]
        assert free == [200] * 30
        assert server.get("/readyz").status == 503
        assert server.get("/login").status == 200
        assert "Make room on the disk of" in reader.words()
        disk.empty()
        assert until(lambda: home.call(server).status == 200)
        home.check()
        assert until(lambda: server.get("/readyz").status == 200)


def test_streams_under_way_end_whole_on_a_full_disk(
    disk: Disk, tmp_path: Path, housing: Housing
) -> None:
    home = housing(disk.place)
    fake = home.fakes["openai"]
    fake.stream(("one", "two"), paused=True)
    with serving(home.instance, home.log, **SMALL) as server:
        wires = open_streams(server, home)
        disk.fill()
        while len(home.answered) < 50:
            home.call(server, "free/x")
        fake.step(4 * STREAMS)
        home.answered += [end_of(wire) for wire in wires]
        disk.empty()
        home.check()


def open_streams(server: Running, home: House) -> list[Wire]:
    wires = [wire_to(server, home.token, model="paid/x", stream=True) for _ in range(STREAMS)]
    home.fakes["openai"].wait_for_requests(STREAMS)
    return wires


def end_of(wire: Wire) -> str:
    """The id of a call that was answered whole."""
    said = wire.rest()
    wire.close()
    assert b"[DONE]" in said
    return request_id(said)


def test_with_its_database_on_a_full_disk_the_journal_takes_every_call(
    disk: Disk, tmp_path: Path, housing: Housing
) -> None:
    url = f"sqlite:///{disk.place}/ledger.db"
    home = housing(tmp_path, AICONNECT_DATABASE_URL=url)
    with serving(home.instance, home.log, **SMALL) as server:
        reader = Reader(server)
        home.call(server)
        home.instance.settled(1)
        disk.fill()
        statuses = {home.call(server).status for _ in range(3 * SEGMENT // 1_300)}
        assert statuses == {200}
        assert until(lambda: b"ledger" in server.get("/readyz").body)
        assert "calls wait in the journal" in reader.words()
        disk.empty()
        home.check()


def test_with_its_journal_on_a_full_disk_segments_are_used_again(
    disk: Disk, tmp_path: Path, housing: Housing
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    home = housing(disk.place, AICONNECT_DATABASE_URL=url)
    with serving(home.instance, home.log, **SMALL) as server:
        reader = Reader(server)
        disk.fill()
        statuses = {home.call(server).status for _ in range(6 * SEGMENT // 1_300)}
        assert statuses == {200}
        assert "The disk of this server is full" in reader.words()
        home.check()


def test_a_server_killed_on_a_full_disk_starts_there_and_loses_nothing(
    disk: Disk, tmp_path: Path, housing: Housing
) -> None:
    home = housing(disk.place)
    with serving(home.instance, home.log, **SMALL) as server:
        disk.fill()
        home.call_until_refused(server)
        server.kill()
    disk.fill()
    with serving(home.instance, home.log, answers="/healthz", **SMALL) as server:
        assert home.call(server).json["error"]["code"] == "ledger_full"
        assert home.call(server, "free/x").status == 200
        assert server.get("/readyz").status == 503
        disk.empty()
        assert until(lambda: home.call(server).status == 200)
        home.check()
    assert "Traceback" not in home.log.read_text()
