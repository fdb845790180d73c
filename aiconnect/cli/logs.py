"""How the server logs: one line per event with its fields, text or JSON, always redacted."""

from __future__ import annotations

import json
import logging
from typing import Any

from typing_extensions import override

from aiconnect import clock
from aiconnect.settings import Settings
from aiconnect.wire.redact import RedactingFilter

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextFormatter(logging.Formatter):
    """Writes `time level logger: message name=value …`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        time = clock.iso(clock.now())
        line = f"{time} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        trace = f"\n{record.exc_text}" if record.exc_text else ""
        return f"{line} {said}".rstrip() + trace


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": clock.iso(clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_text:
            event["traceback"] = record.exc_text
        return json.dumps(event, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in STANDARD}


def config(settings: Settings) -> dict[str, Any]:
    """For logging.config.dictConfig; gunicorn's own loggers go the same way."""
    formatter = JsonFormatter if settings.log_json else TextFormatter
    own = {"handlers": ["stderr"], "level": settings.log_level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redact": {"()": RedactingFilter}},
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"aiconnect": own, "gunicorn.error": {**own, "level": "WARNING"}},
    }
