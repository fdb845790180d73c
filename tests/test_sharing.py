"""Which tests never run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sharing

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("file", sharing.HEAVY)
def test_what_takes_the_whole_machine_is_there_and_goes_to_one_process(file: str) -> None:
    assert (ROOT / file).is_file()
    assert sharing.share_of(file) == sharing.share_of(sharing.HEAVY[0])


def test_any_other_file_goes_by_itself_and_after_what_takes_long() -> None:
    files = [sharing.HEAVY[0], "tests/browser/test_walk.py", "tests/pages/test_home.py"]
    assert len({sharing.share_of(file) for file in files}) == 3
    assert sorted(files, key=sharing.turn_of) == files


def test_the_photographs_are_shared_out_test_by_test() -> None:
    file = "tests/browser/test_look.py"
    assert (ROOT / file).is_file()
    assert sharing.share_of(file, "test_a") != sharing.share_of(file, "test_b")
    assert sharing.share_of("tests/pages/test_home.py", "test_a") == "tests/pages/test_home.py"
