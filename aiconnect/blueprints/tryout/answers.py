"""One model's answer: what the gateway says, event by event, into text that a page can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiconnect.errors import CallError
from aiconnect.wire import sse

LONGEST = 200_000
"""Letters of an answer that are shown and kept; no more wait for a slow reader either."""
LONGEST_CODE = 100
TOO_LONG = "length"

UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
THOUGHTS = ("reasoning_content", "reasoning")


@dataclass(slots=True)
class Answer:
    """What one model has said so far; `place` counts from 1.

    `ended` is "" while it is written, then done, failed or left (its reader has). `finish` is the
    reason that the model's provider gave; `code` and `facts` are those of an error. `call` is its
    record in the ledger.
    """

    place: int
    model: str
    call: str = ""
    text: str = ""
    thoughts: str = ""
    refusal: str = ""
    finish: str = ""
    ended: str = ""
    code: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """As a row keeps it."""
        return asdict(self)

    def fail(self, code: str, facts: Mapping[str, object] | None = None) -> None:
        """It ends with an error; the first one counts."""
        if not self.code:
            self.ended, self.code = "failed", clean(code)[:LONGEST_CODE]
            self.facts = {name: clean(str(value)) for name, value in (facts or {}).items()}

    def refused(self, error: CallError) -> None:
        """It ends before it has begun."""
        waits = {"seconds": error.retry_after} if error.retry_after is not None else {}
        found = {"finding": error.finding} if error.finding else {}
        self.fail(error.code, {**waits, **found, **error.facts})


class Reader:
    """Takes the bytes of a stream of OpenAI's, or of a whole answer, into an Answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._events = sse.Events()
        self._half = ""

    def feed(self, chunk: bytes) -> str:
        """What is new to show; may be nothing."""
        said = [self._take(sse.data_of(one)) for one in sse.split(self._events.take(chunk))]
        return "".join(said)

    def whole(self, body: bytes) -> str:
        """The text of an answer that came in one piece."""
        return self._take(body)

    def _take(self, data: bytes) -> str:
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):  # a comment, the end mark, or what is broken
            return ""
        return self._said(event) if isinstance(event, dict) else ""

    def _said(self, event: Mapping[str, Any]) -> str:
        error = event.get("error")
        if isinstance(error, dict):
            facts = {"detail": error.get("message") or ""}
            self._answer.fail(str(error.get("code") or "provider_error"), facts)
        choices = event.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        return self._choice(first) if isinstance(first, dict) else ""

    def _choice(self, choice: Mapping[str, Any]) -> str:
        answer = self._answer
        reason = clean(_text(choice, "finish_reason"))[:LONGEST_CODE]
        if reason and answer.finish != TOO_LONG:
            answer.finish = reason
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, dict):
            return ""
        thought = next((found for name in THOUGHTS if (found := _text(delta, name))), "")
        answer.thoughts += clean(thought)[: LONGEST - len(answer.thoughts)]
        answer.refusal += clean(_text(delta, "refusal"))[: LONGEST - len(answer.refusal)]
        return self._more(self._joined(_text(delta, "content")))

    def _more(self, said: str) -> str:
        """What there is room for; where there is none, that is why the answer ends."""
        answer = self._answer
        shown = said[: LONGEST - len(answer.text)]
        answer.text += shown
        if len(shown) < len(said):
            answer.finish = TOO_LONG
        return shown

    def _joined(self, text: str) -> str:
        """Half of a letter waits for its other half: some providers cut between them."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return clean(text)


def clean(text: str) -> str:
    """What a page and a database can hold: no control characters, no halves of letters."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", whole.replace("\r\n", "\n"))


def _text(delta: Mapping[str, Any], name: str) -> str:
    value = delta.get(name)
    return value if isinstance(value, str) else ""
