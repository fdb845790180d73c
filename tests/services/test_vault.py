"""Secrets at rest: bound to their record, opened by any master key, sealed with the newest."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from aiconnect.errors import StartRefused
from aiconnect.models import Setting
from aiconnect.secret import Secret
from aiconnect.services import vault as vaults
from aiconnect.services.vault import CannotOpen, Vault, new_key
from aiconnect.settings import Settings

KEY = Secret("sk-a-provider-key")


def test_a_sealed_secret_opens_for_its_record(vault: Vault) -> None:
    sealed = vault.seal("credential", 7, "api_key", KEY)
    assert vault.open("credential", 7, "api_key", sealed) == KEY


def test_a_sealed_secret_does_not_show(vault: Vault) -> None:
    assert KEY.reveal() not in vault.seal("credential", 7, "api_key", KEY)


@pytest.mark.parametrize(
    ("kind", "record_id", "field"),
    [("credential", 8, "api_key"), ("credential", 7, "token"), ("setting", 7, "api_key")],
)
def test_a_sealed_secret_moved_elsewhere_does_not_open(
    vault: Vault, kind: str, record_id: int, field: str
) -> None:
    sealed = vault.seal("credential", 7, "api_key", KEY)
    with pytest.raises(CannotOpen):
        vault.open(kind, record_id, field, sealed)


def test_the_parts_of_a_binding_do_not_run_into_each_other(vault: Vault) -> None:
    sealed = vault.seal("credential", "1", "1:api_key", KEY)
    with pytest.raises(CannotOpen):
        vault.open("credential", "1:1", "api_key:x", sealed)


@pytest.mark.parametrize("spoilt", ["", "é", "spoilt", "gAAAAA=="])
def test_what_was_never_sealed_does_not_open(vault: Vault, spoilt: str) -> None:
    with pytest.raises(CannotOpen):
        vault.open("credential", 7, "api_key", spoilt)


def test_a_sealed_secret_with_one_letter_changed_does_not_open(vault: Vault) -> None:
    sealed = vault.seal("credential", 7, "api_key", KEY)
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    with pytest.raises(CannotOpen):
        vault.open("credential", 7, "api_key", changed)


@given(value=st.text())
def test_any_text_comes_back_as_it_was(value: str) -> None:
    vault = Vault([KEYS[0]])
    assert vault.open("k", 1, "f", vault.seal("k", 1, "f", Secret(value))).reveal() == value


KEYS = [new_key(), new_key()]


def test_with_a_new_key_in_front_old_values_still_open() -> None:
    sealed = Vault([KEYS[0]]).seal("k", 1, "f", KEY)
    assert Vault([KEYS[1], KEYS[0]]).open("k", 1, "f", sealed) == KEY


def test_with_a_new_key_in_front_new_values_need_it() -> None:
    sealed = Vault([KEYS[1], KEYS[0]]).seal("k", 1, "f", KEY)
    assert Vault([KEYS[1]]).open("k", 1, "f", sealed) == KEY
    with pytest.raises(CannotOpen):
        Vault([KEYS[0]]).open("k", 1, "f", sealed)


def test_another_master_key_opens_nothing(vault: Vault) -> None:
    with pytest.raises(CannotOpen):
        Vault([new_key()]).open("k", 1, "f", vault.seal("k", 1, "f", KEY))


def test_the_canary_knows_the_right_key(session: Session, vault: Vault) -> None:
    vaults.check_canary(session, vault)


def test_the_canary_refuses_another_key(session: Session) -> None:
    with pytest.raises(StartRefused, match="does not open this database"):
        vaults.check_canary(session, Vault([new_key()]))


def test_the_canary_opens_after_a_rotation(session: Session, settings: Settings) -> None:
    keys = [new_key(), *vaults.read_keys(settings)]
    vaults.check_canary(session, Vault(keys))


def test_without_a_canary_the_start_is_refused(session: Session, vault: Vault) -> None:
    session.delete(session.get_one(Setting, "canary"))
    session.flush()
    with pytest.raises(StartRefused, match="aiconnect init"):
        vaults.check_canary(session, vault)


def test_a_key_file_that_others_can_read_is_refused(settings: Settings) -> None:
    (settings.instance / "master.key").chmod(0o640)
    with pytest.raises(StartRefused, match="chmod 600"):
        Vault.from_settings(settings)


def test_a_missing_key_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="no master key"):
        Vault.from_settings(Settings(instance=tmp_path))


@pytest.mark.parametrize("content", ["", "too short", "x" * 44, "é"])
def test_a_malformed_key_file_is_refused(settings: Settings, content: str) -> None:
    (settings.instance / "master.key").write_text(content, encoding="utf-8")
    with pytest.raises(StartRefused, match=r"master key"):
        Vault.from_settings(settings)


@pytest.mark.parametrize("between", ["\n", ",", ", "])
def test_a_key_file_may_hold_several_newest_first(settings: Settings, between: str) -> None:
    path = settings.instance / "master.key"
    path.write_text(between.join(key.reveal() for key in KEYS), encoding="ascii")
    assert list(vaults.read_keys(settings)) == KEYS


def test_keys_from_the_environment_come_before_the_file(settings: Settings) -> None:
    environ = {
        "AICONNECT_INSTANCE": str(settings.instance),
        "AICONNECT_MASTER_KEY": ",".join(key.reveal() for key in KEYS),
    }
    given = Vault.from_settings(Settings.from_env(environ))
    assert Vault([KEYS[0]]).open("k", 1, "f", given.seal("k", 1, "f", KEY)) == KEY


def test_no_message_of_the_vault_shows_a_key(settings: Settings) -> None:
    with pytest.raises(StartRefused) as refused:
        Vault([Secret("sk-not-a-master-key")])
    assert "sk-not" not in str(refused.value)
    assert "sk-not" not in repr(refused.value)


def test_a_key_file_that_was_replaced_is_read_again_to_open(settings: Settings) -> None:
    mine, path = Vault.from_settings(settings), settings.instance / vaults.KEY_FILE
    vaults.write_keys(path, [KEYS[0], *vaults.read_keys(settings)])
    sealed = Vault([KEYS[0]]).seal("k", 1, "f", KEY)
    assert mine.open("k", 1, "f", sealed) == KEY


def test_a_key_file_that_was_replaced_is_read_again_to_seal(settings: Settings) -> None:
    mine, path = Vault.from_settings(settings), settings.instance / vaults.KEY_FILE
    vaults.write_keys(path, [KEYS[0], *vaults.read_keys(settings)])
    assert Vault([KEYS[0]]).open("k", 1, "f", mine.seal("k", 1, "f", KEY)) == KEY


def test_what_was_read_before_the_old_key_left_still_opens(settings: Settings) -> None:
    mine, path = Vault.from_settings(settings), settings.instance / vaults.KEY_FILE
    sealed = mine.seal("k", 1, "f", KEY)
    vaults.write_keys(path, [KEYS[0]])
    mine.seal("k", 2, "f", KEY)
    assert mine.open("k", 1, "f", sealed) == KEY
    with pytest.raises(CannotOpen):
        Vault.from_settings(settings).open("k", 1, "f", sealed)


@pytest.mark.parametrize("content", ["", "not a key", "\xff"])
def test_a_key_file_that_was_spoilt_costs_a_running_server_nothing(
    settings: Settings, content: str
) -> None:
    mine, path = Vault.from_settings(settings), settings.instance / vaults.KEY_FILE
    sealed = mine.seal("k", 1, "f", KEY)
    path.write_text(content, encoding="latin-1")
    assert mine.open("k", 1, "f", mine.seal("k", 1, "f", KEY)) == KEY
    assert mine.open("k", 1, "f", sealed) == KEY
    with pytest.raises(CannotOpen):
        mine.open("k", 1, "f", Vault([KEYS[0]]).seal("k", 1, "f", KEY))


def test_a_key_file_that_is_gone_costs_a_running_server_nothing(settings: Settings) -> None:
    mine = Vault.from_settings(settings)
    (settings.instance / vaults.KEY_FILE).unlink()
    assert mine.open("k", 1, "f", mine.seal("k", 1, "f", KEY)) == KEY


def test_many_that_meet_a_new_key_at_once_all_open_it(settings: Settings) -> None:
    mine, path = Vault.from_settings(settings), settings.instance / vaults.KEY_FILE
    sealed = Vault([KEYS[0]]).seal("k", 1, "f", KEY)
    vaults.write_keys(path, [KEYS[0], *vaults.read_keys(settings)])
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: mine.open("k", 1, "f", sealed), range(64)))
    assert opened == [KEY] * 64
