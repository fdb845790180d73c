"""A full disk: paid calls are refused with a reason, free ones go on, nothing is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.rows import Fakes
from tests.running import SAY, Instance, serving, until

SEGMENT = 256 * 1024

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can only be mounted by root"),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filler


def test_a_full_disk_refuses_paid_calls_and_loses_nothing(
    small_disk: Path, tmp_path: Path, fakes: Fakes
) -> None:
    instance = Instance(small_disk / "instance")
    instance.add_owner()
    instance.add_connection("compatible", fakes["openai"].url, name="paid", key="sk-disk-planted")
    instance.add_connection("ollama", fakes["ollama"].url, name="free")
    token = instance.add_token()
    log = tmp_path / "log"
    answered: list[str] = []
    with serving(instance, log, limits={"segment_bytes": SEGMENT}) as server:
        filler = fill(small_disk)
        refused = None
        while refused is None:
            answer = server.chat(token, {"model": "paid/x", **SAY})
            if answer.status == 200:
                answered.append(answer.headers["x-request-id"])
            else:
                refused = answer
        assert (refused.status, refused.json["error"]["code"]) == (503, "ledger_full")
        assert "retry-after" in refused.headers
        assert server.chat(token, {"model": "free/x", **SAY}).status == 200
        assert server.get("/readyz").status == 503
        assert server.get("/login").status == 200
        filler.unlink()
        assert until(lambda: server.chat(token, {"model": "paid/x", **SAY}).status == 200, 10)
        instance.settled(len(answered))
    ids = [one.id for one in instance.records() if one.outcome == "ok"]
    assert len(ids) == len(set(ids))
    assert set(answered) <= set(ids)
    instance.close()
