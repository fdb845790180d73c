"""Docs that are made from the code are as the code is."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiconnect.settings import NAMES, NOT_YET
from tests.packaging.provider_table import TABLE, table

SETTINGS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_table_of_providers_is_of_this_version() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_setting_is_explained_or_said_to_have_no_effect(name: str) -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    assert f"AICONNECT_{name}" in text
    _, not_yet = text.split("## Not yet")
    assert (f"AICONNECT_{name}" in not_yet) is (name in NOT_YET)
