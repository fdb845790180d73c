"""Deploy facts from the environment: read once, checked, frozen. Nothing reads os.environ later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from aiconnect.errors import StartRefused
from aiconnect.secret import Secret

PREFIX = "AICONNECT_"

NAMES = frozenset(
    {
        "INSTANCE", "DATABASE_URL", "REDIS_URL", "MASTER_KEY", "SECRET_KEY", "PUBLIC_URL",
        "TRUSTED_HOSTS", "TRUSTED_PROXIES", "CORS_ORIGINS", "OUTGOING_PROXY", "CA_FILE", "TIMEZONE",
        "SMTP_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "LOG",
    }
)  # fmt: skip

NOT_YET = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
"""Settings whose feature this version does not have: said at the start, not passed over."""

POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
"""Schemes of its addresses; one driver serves them all."""

REDIS = frozenset({"redis", "rediss", "unix"})

MAIL_SCHEMES: Mapping[str, tuple[str, int]] = {
    "smtp": ("offered", 587),
    "smtp+starttls": ("demanded", 587),
    "smtps": ("always", 465),
}
"""Scheme to when TLS begins, and the usual port."""

MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,185}")

# Container platforms inject these (Kubernetes: <NAME>_SERVICE_HOST, <NAME>_PORT_…).
INJECTED = re.compile(r"AICONNECT_(SERVICE_|PORT)")


@dataclass(frozen=True, slots=True)
class Proxy:
    """The outgoing proxy: where it listens, and `user:password` where it wants a login."""

    host: str
    port: int
    login: Secret | None = None


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and whom it is from.

    `tls` is always (from the first byte), demanded (by STARTTLS) or offered (by STARTTLS, where the
    server knows it). `user` is "" where no login is wanted.
    """

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a deployment decides. `warnings` are sentences for the operator."""

    instance: Path = Path("instance")
    database_url: Secret = field(default_factory=lambda: Secret(""))
    master_keys: tuple[Secret, ...] = ()
    secret_key: Secret | None = None
    public_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    redis_url: Secret | None = None
    outgoing_proxy: Proxy | None = None
    ca_file: Path | None = None
    mail: MailServer | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    log_level: str = "INFO"
    log_json: bool = False
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read AICONNECT_*; raises StartRefused on anything unknown or malformed."""
        values, warnings = _read(environ)
        instance = Path(values.get("INSTANCE") or "instance").absolute()
        level, as_json = _log(values.get("LOG", ""))
        return cls(
            instance=instance,
            database_url=_database(values.get("DATABASE_URL", ""), instance),
            master_keys=tuple(Secret(key) for key in _words(values.get("MASTER_KEY", ""))),
            secret_key=Secret(values["SECRET_KEY"]) if values.get("SECRET_KEY") else None,
            public_url=_public_url(values.get("PUBLIC_URL", "")),
            trusted_hosts=_words(values.get("TRUSTED_HOSTS", "").lower()),
            trusted_proxies=_words(values.get("TRUSTED_PROXIES", "")),
            cors_origins=_origins(values.get("CORS_ORIGINS", "")),
            redis_url=_redis(values.get("REDIS_URL", "")),
            outgoing_proxy=_proxy(values.get("OUTGOING_PROXY", "")),
            ca_file=_ca_file(values.get("CA_FILE", "")),
            mail=_mail(values.get("SMTP_URL", "")),
            timezone=_timezone(values.get("TIMEZONE", "")),
            log_level=level,
            log_json=as_json,
            warnings=warnings,
        )

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def journal(self) -> Path:
        return self.instance / "journal"


def _read(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    values: dict[str, str] = {}
    warnings: list[str] = []
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        if INJECTED.match(name):
            warnings.append(f"{name} is ignored: container platforms set names like it.")
            continue
        key, value = _one(name, environ[name])
        if key in values:
            raise StartRefused(f"{PREFIX}{key} and {PREFIX}{key}_FILE are both set. Keep one.")
        values[key] = value
        if key in NOT_YET:
            warnings.append(f"{name} has no effect: this version does not have that feature yet.")
    return values, tuple(warnings)


def _one(name: str, value: str) -> tuple[str, str]:
    key = name.removeprefix(PREFIX)
    if key in NAMES:
        return key, value.strip()
    base = key.removesuffix("_FILE")
    if base == key or base not in NAMES:
        raise StartRefused(
            f"{name} is not a setting of aiconnect. Check the spelling, or unset it."
        )
    try:
        return base, Path(value).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise StartRefused(f"{name} names a file that cannot be read: {value}.") from error


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _database(url: str, instance: Path) -> Secret:
    """Its words stay out of what is said: there may be a password in it."""
    if not url:
        return Secret(f"sqlite:///{instance / 'aiconnect.db'}")
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        return Secret(url)
    if scheme not in POSTGRESQL:
        raise StartRefused(
            "AICONNECT_DATABASE_URL must begin with postgresql: or sqlite:. "
            "Unset it for SQLite in the instance folder."
        )
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.path.strip("/")) and parts.port != 0
        is_whole = is_whole and parts.netloc.count("@") <= 1 and "@" not in parts.path
    except ValueError:
        is_whole = False
    if not is_whole:
        raise StartRefused(
            "AICONNECT_DATABASE_URL must look like postgresql://user:password@host:5432/database. "
            "Write what is special in the password as %40 for @, %2F for /."
        )
    return Secret(f"postgresql+psycopg:{rest}")


def _redis(url: str) -> Secret | None:
    """Where limits are counted for several processes; it may hold a password."""
    if not url:
        return None
    if urlsplit(url).scheme not in REDIS:
        raise StartRefused(
            "AICONNECT_REDIS_URL must begin with redis://, rediss:// (TLS) or unix://."
        )
    return Secret(url)


def _public_url(url: str) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StartRefused("AICONNECT_PUBLIC_URL must look like https://ai.example.org.")
    return url.rstrip("/")


def _origins(text: str) -> tuple[str, ...]:
    """Origins as browsers send them: scheme and host, no path; `*` is every one."""
    found = tuple(word.rstrip("/").lower() for word in _words(text))
    for one in found:
        parts = urlsplit(one)
        if one != "*" and (
            parts.scheme not in {"http", "https"} or not parts.hostname or parts.path
        ):
            raise StartRefused(
                "AICONNECT_CORS_ORIGINS takes origins like https://app.example.org, separated by "
                f"commas, not {one}."
            )
    return found


def _proxy(url: str) -> Proxy | None:
    """`http://user:password@host:port`; its words stay out of what is said, for the password."""
    if not url:
        return None
    refusal = StartRefused("AICONNECT_OUTGOING_PROXY must look like http://proxy.example.org:3128.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 3128
    except ValueError:
        raise refusal from None
    if parts.scheme != "http" or not host:
        raise refusal
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return Proxy(host, port, Secret(login) if login else None)


def _mail(url: str) -> MailServer | None:
    """`smtp://user:password@host:587?from=ai@example.org`; its words stay out of what is said."""
    if not url:
        return None
    refusal = StartRefused(
        "AICONNECT_SMTP_URL must look like smtp://user:password@mail.example.org:587?from="
        "ai@example.org, or begin with smtps:// (TLS at once) or smtp+starttls://. "
        "Write what is special in the password as %40 for @, %2F for /."
    )
    try:
        parts = urlsplit(url)
        host, port, asked = parts.hostname or "", parts.port, parse_qs(parts.query)
    except ValueError:
        raise refusal from None
    sender = (asked.pop("from", None) or [""])[0]
    is_plain = not asked and parts.path in {"", "/"} and parts.netloc.count("@") <= 1
    fits = is_plain and port != 0 and MAIL_ADDRESS.fullmatch(sender) is not None
    if parts.scheme not in MAIL_SCHEMES or not host or not fits:
        raise refusal
    tls, usual = MAIL_SCHEMES[parts.scheme]
    user, password = unquote(parts.username or ""), Secret(unquote(parts.password or ""))
    return MailServer(host, port or usual, tls, sender, user, password)


def _ca_file(path: str) -> Path | None:
    if path and not Path(path).is_file():
        raise StartRefused(f"AICONNECT_CA_FILE names a file that is not there: {path}.")
    return Path(path) if path else None


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:
        raise StartRefused(
            f"AICONNECT_TIMEZONE is not a time zone: {name}. Write one like Asia/Jakarta."
        ) from error


def _log(text: str) -> tuple[str, bool]:
    level, as_json = "INFO", False
    for word in _words(text.lower()):
        if word in {"text", "json"}:
            as_json = word == "json"
        elif word in {"debug", "info", "warning", "error"}:
            level = word.upper()
        else:
            raise StartRefused(
                f"AICONNECT_LOG takes debug, info, warning or error, and text or json, not {word}."
            )
    return level, as_json
