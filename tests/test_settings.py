"""Settings come from the environment, checked at the start."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aiconnect.errors import StartRefused
from aiconnect.settings import NAMES, NOT_YET, Settings


def read(**names: str) -> Settings:
    return Settings.from_env({f"AICONNECT_{name}": value for name, value in names.items()})


def test_without_any_setting_everything_has_a_default() -> None:
    settings = Settings.from_env({})
    assert settings.instance == Path("instance").absolute()
    assert settings.database_url.reveal() == f"sqlite:///{settings.instance / 'aiconnect.db'}"
    assert settings.timezone == ZoneInfo("UTC")
    assert (settings.log_level, settings.log_json) == ("INFO", False)
    assert settings.warnings == ()


def test_the_rest_of_the_environment_is_nobody_s_business() -> None:
    assert Settings.from_env({"PATH": "/bin", "NOSUCH": "1", "aiconnect_log": "loud"})


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        read().log_level = "DEBUG"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["NOSUCH", "INSTANCES", "MASTER_KEYS", "LOG_FILE_FILE", ""])
def test_an_unknown_name_stops_the_start_and_is_named(name: str) -> None:
    with pytest.raises(StartRefused, match=f"AICONNECT_{name} "):
        read(**{name: "x"})


@pytest.mark.parametrize(
    "name", ["SERVICE_HOST", "SERVICE_PORT", "PORT", "PORT_8600_TCP_ADDR", "SERVICE_PORT_HTTP"]
)
def test_what_container_platforms_inject_is_ignored_with_a_warning(name: str) -> None:
    (warning,) = read(**{name: "tcp://10.0.0.1:8600"}).warnings
    assert f"AICONNECT_{name}" in warning


@pytest.mark.parametrize("name", NOT_YET)
def test_a_setting_without_effect_yet_is_said(name: str) -> None:
    (warning,) = read(**{name: "x"}).warnings
    assert name in warning


@pytest.mark.parametrize("name", sorted(NAMES - {"CA_FILE"}))
def test_every_setting_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    values = {
        "DATABASE_URL": "sqlite:///x.db", "PUBLIC_URL": "https://x.example", "LOG": "json",
        "TIMEZONE": "Asia/Jakarta", "INSTANCE": str(tmp_path),
        "CORS_ORIGINS": "https://app.example", "OUTGOING_PROXY": "http://proxy.example:3128",
        "REDIS_URL": "redis://127.0.0.1", "SMTP_URL": "smtp://mail.example?from=ai@example.org",
    }  # fmt: skip
    value = values.get(name, "x")
    (tmp_path / "value").write_text(f"{value}\n")
    assert read(**{f"{name}_FILE": str(tmp_path / "value")}) == read(**{name: value}) or (
        name in NOT_YET
    )


def test_a_value_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    with pytest.raises(StartRefused, match="both set"):
        read(SECRET_KEY="x", SECRET_KEY_FILE=str(tmp_path / "key"))


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="cannot be read"):
        read(SECRET_KEY_FILE=str(tmp_path / "nowhere"))


def test_master_keys_come_newest_first() -> None:
    assert [key.reveal() for key in read(MASTER_KEY=" new , old ,").master_keys] == ["new", "old"]


def test_secrets_do_not_show_in_the_settings() -> None:
    shown = repr(read(MASTER_KEY="m4ster", SECRET_KEY="c00kie"))
    assert "m4ster" not in shown
    assert "c00kie" not in shown


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_taken_by_each_of_its_names(scheme: str) -> None:
    found = read(DATABASE_URL=f"{scheme}://ai:p%40ss@db.example:5433/ai").database_url
    assert found.reveal() == "postgresql+psycopg://ai:p%40ss@db.example:5433/ai"


@pytest.mark.parametrize("url", ["mysql://x", "postgresql+psycopg2://a@b/c", "nonsense"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="postgresql: or sqlite:"):
        read(DATABASE_URL=url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://x", "postgresql://u:m4rker@host", "postgresql://u:m4rker@host:port/ai",
        "postgresql://u:m4rker@rest@host/ai", "postgresql://u:12/m4rker@host/ai",
        "postgresql://u:m4rker#1@host/ai", "postgresql://u:[m4rker@host/ai",
    ],
)  # fmt: skip
def test_half_an_address_of_a_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StartRefused, match="must look like postgresql://") as refusal:
        read(DATABASE_URL=url)
    assert "m4rker" not in str(refusal.value)


def test_the_database_s_password_does_not_show_in_the_settings() -> None:
    assert "m4rker" not in repr(read(DATABASE_URL="postgresql://u:m4rker@host/ai"))


@pytest.mark.parametrize("url", ["ai.example.org", "ftp://ai.example.org", "https://"])
def test_a_public_url_has_scheme_and_host(url: str) -> None:
    with pytest.raises(StartRefused, match="PUBLIC_URL"):
        read(PUBLIC_URL=url)


def test_a_public_url_says_whether_cookies_are_secure() -> None:
    assert read(PUBLIC_URL="https://ai.example.org/").is_https
    assert read(PUBLIC_URL="https://ai.example.org/").public_url == "https://ai.example.org"
    assert not read(PUBLIC_URL="http://ai.example.org").is_https
    assert not read().is_https


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "Asia"])
def test_a_time_zone_must_be_one(name: str) -> None:
    with pytest.raises(StartRefused, match="time zone"):
        read(TIMEZONE=name)


def test_a_ca_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="CA_FILE"):
        read(CA_FILE=str(tmp_path / "nowhere.pem"))


@pytest.mark.parametrize(
    ("text", "level", "as_json"),
    [("debug", "DEBUG", False), ("json", "INFO", True), (" Warning, JSON ", "WARNING", True)],
)
def test_the_log_has_a_level_and_a_form(text: str, level: str, *, as_json: bool) -> None:
    settings = read(LOG=text)
    assert (settings.log_level, settings.log_json) == (level, as_json)


def test_a_log_word_that_means_nothing_is_refused() -> None:
    with pytest.raises(StartRefused, match="loud"):
        read(LOG="loud")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://:pw@r/1", "unix:///r.sock"])
def test_redis_is_a_secret_for_its_address_may_hold_a_password(url: str) -> None:
    read = Settings.from_env({"AICONNECT_REDIS_URL": url})
    assert read.redis_url is not None
    assert read.redis_url.reveal() == url
    assert "pw" not in repr(read)


def test_another_kind_of_address_for_redis_stops_the_start() -> None:
    with pytest.raises(StartRefused, match="redis://"):
        Settings.from_env({"AICONNECT_REDIS_URL": "http://127.0.0.1:6379"})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example?from=ai@x.example", ("mail.example", 587, "offered", "", "")),
        ("smtps://u:p%40s@mail.x/?from=ai@x.example", ("mail.x", 465, "always", "u", "p@s")),
        ("smtp+starttls://u:p@[::1]:25?from=ai@x.example", ("::1", 25, "demanded", "u", "p")),
    ],
)  # fmt: skip
def test_a_mail_server_is_read(url: str, found: tuple[object, ...]) -> None:
    mail = read(SMTP_URL=url).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.tls, mail.user, mail.password.reveal()) == found
    assert mail.sender == "ai@x.example"
    assert "p@s" not in repr(mail)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail.example?from=ai@x.example", "smtp://mail.example",
        "smtp://mail.example?from=nobody", "smtp://mail.example:nosuch?from=ai@x.example",
        "smtp://mail.example:0?from=ai@x.example", "smtp://?from=ai@x.example",
        "smtp://u:p@s@mail.example?from=ai@x.example", "smtp://mail.example/path?from=ai@x.example",
        "smtp://mail.example?from=ai@x.example&verify=no", "smtp://[bad?from=ai@x.example",
        "smtp://mail.example?from=ai@x.example%0d%0aBcc:eve@x.example",
    ],
)  # fmt: skip
def test_a_malformed_mail_server_stops_the_start_without_its_password(url: str) -> None:
    with pytest.raises(StartRefused) as refusal:
        read(SMTP_URL=url)
    assert "AICONNECT_SMTP_URL" in str(refusal.value)
    assert "p@s" not in str(refusal.value)
