"""Every finding explained: what it means and what to do, each at an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template

from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import SHAPES
from aiconnect.services import findings

bp = Blueprint("findings", __name__)

EXAMPLES = {
    "host": "ai.example.org",
    "port": "8080",
    "url": "https://ai.example.org/v1",
    "try": "https://ai.example.org/api/v1",
    "to": "https://other.example.org",
    "seconds": "5",
    "status": "503",
    "megabytes": "20",
    "proxy": "proxy.example.org:3128",
    "names": "models.example.org",
    "issuer": "CN=Example CA",
    "starts": "2026-01-01",
    "ends": "2026-01-01",
    "clock": "2026-01-02",
    "resets_at": "2026-01-02",
    "retry_after": "20",
    "wanted": "Ollama",
    "looks_like": "LM Studio",
    "token_ms": "400",
}
"""What stands in the places of the sentences."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One wording of a finding; `case` is empty for the usual one."""

    code: str
    case: str
    shape: str
    words: findings.Worded

    @property
    def id(self) -> str:
        """The anchor: the code itself, so that it can be searched for."""
        return f"{self.code}.{self.case}" if self.case else self.code


@bp.get("/help/findings")
def index() -> str:
    """What a test can find, and what each means."""
    every = list(_explained())
    return render_template("findings/index.html", usual=[one for one in every if not one.case],
                           cases=[one for one in every if one.case])  # fmt: skip


def _explained() -> Iterator[Explained]:
    examples = EXAMPLES | {name: _("…") for name in ("detail", "title", "model")}
    usual = {"provider": _("The provider"), **examples}
    for name, wording in findings.FINDINGS.items():
        code, _dot, case = name.partition(".")
        words = findings.word_case(name, usual, translate=_)
        yield Explained(code, case, SHAPES[wording.state], words)
