"""How the processes of pytest-xdist share the tests: by files, and some files never at once.

A file stays whole, so that what its tests share is started once; a few whose tests share nothing
are taken apart. The longest come first: nobody waits at the end for one who has just begun.
"""

from __future__ import annotations

from typing import Any

import pytest

HEAVY = (
    "tests/faults/test_drill.py", "tests/faults/test_hostile_server.py",
    "tests/faults/test_kill.py", "tests/faults/test_soak.py", "tests/faults/test_stalls.py",
    "tests/faults/test_workers.py", "tests/fuzz/test_live.py", "tests/jobs/test_rotating.py",
    "tests/services/test_large_ledger.py",
)  # fmt: skip
"""They measure time, or take what the machine has: one after the other, in one process."""

LONG = ("tests/browser/", "tests/demo/", "tests/faults/", "tests/fuzz/", "tests/jobs/")
"""Folders whose tests start programs: few tests, many seconds."""


SPREAD = ("tests/browser/test_look", "tests/browser/test_oauth.py", "tests/faults/test_locked_",
          "tests/faults/test_spending.py")  # fmt: skip
"""Files with so much waiting in them that their tests go to whoever is free: they share nothing."""


def share_of(file: str, test: str = "") -> str:
    """What goes to one process with this test of this file."""
    if file in HEAVY:
        return "heavy"
    return f"{file}::{test}" if file.startswith(SPREAD) else file


def turn_of(file: str) -> int:
    return 0 if file in HEAVY else 1 if file.startswith(LONG) else 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, where there are several processes; else the order stays as it is."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn_of(item.nodeid.partition("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Ours in the place of --dist loadfile; whoever asks for another way gets that."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 (absent with -p no:xdist)

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            return share_of(file, test)

    config.option.loadscopereorder = False
    return Sharing(config, log)
