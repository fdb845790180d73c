"""What calls ask and are answered, collected while they go on: only where the team keeps that.

A call that keeps its text has `Words`; every other one has None, and nothing of it is copied. What
was collected goes into a bounded queue when the call settles: nobody waits for the database.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiconnect.errors import CallError

MOST_BYTES = 64 * 1024
"""Of what was asked, and of what was answered; the rest is cut off."""
MOST_WAITING = 1000
LEAST_DATA = 1000
DATA = "[data]"
"""What stands in the place of pictures, sound and files."""

_FIRST = re.compile(rb"(?<![\w+/=\\-])[\w+/=\\-]{%d}" % LEAST_DATA, re.ASCII)
_REST = re.compile(rb"[\w+/=\\-]*+", re.ASCII)
_BREAKS = re.compile(rb"\\[rn]")
SHORTEST_LINE = 60
"""Of base64 that is broken into lines; lines of words are shorter."""
_NO_LETTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_CONTROLS = re.compile(f"[\0-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef{_NO_LETTERS}]")
"""What has no place in a page."""


@dataclass(frozen=True, slots=True)
class Text:
    """Some text; `is_cut`: there was more of it."""

    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The text of a call; `at` is when it began, in milliseconds since the epoch."""

    id: str
    at: int
    asked: Text
    answered: Text | None


class Waiting:
    """Texts on their way into the database: where there is no room, one is lost, and counted."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._queue: queue.Queue[Kept | None] = queue.Queue(most)
        self._lock = threading.Lock()
        self.lost = 0

    def put(self, kept: Kept) -> None:
        """From any thread; never waits."""
        try:
            self._queue.put_nowait(kept)
        except queue.Full:
            self.lose(1)

    def lose(self, count: int) -> None:
        """Count texts that could not be kept."""
        with self._lock:
            self.lost += count

    def wake(self) -> None:
        """Let `take` return, if it waits."""
        if self._queue.empty():
            self._queue.put(None)

    def take(self, most: int) -> list[Kept]:
        """So many at most, none after `wake`; waits for the first."""
        found = [self._queue.get()]
        while len(found) < most and not self._queue.empty():
            found.append(self._queue.get_nowait())
        return [one for one in found if one is not None]

    @property
    def is_empty(self) -> bool:
        return self._queue.empty()


def _strings(*keys: str) -> re.Pattern[bytes]:
    """Finds the strings of these keys in JSON.

    Inside a string a quote is escaped, so a name with bare quotes and a colon is always a key.
    """
    names = "|".join(keys).encode()
    return re.compile(rb'"(%s)"\s*+:\s*+"((?:[^"\\]++|\\.)*+)"' % names, re.DOTALL)


SAID: Mapping[str, re.Pattern[bytes]] = MappingProxyType(
    {
        "openai.chat": _strings(
            "content", "refusal", "reasoning_content", "reasoning", "name", "arguments"
        ),
        "openai.completions": _strings("text"),
        "openai.responses": _strings("delta"),
        "anthropic.messages": _strings("text", "thinking", "name", "partial_json"),
        "ollama.chat": _strings("content", "thinking"),
        "ollama.generate": _strings("response", "thinking"),
    }
)
"""Where the events of each wire's streams have what the model says. Other streams are no text."""
SILENT = frozenset({"openai.embeddings", "ollama.embed"})
"""Wires whose answers are numbers."""
READABLE = ("application/json", "text/")


class Words:
    """What one call asks and is answered; one thread at a time has it, as it has the call."""

    __slots__ = ("_answered", "_asked", "_give", "_key", "_pieces", "_said", "_size", "_wire")

    def __init__(self, wire: str, raw: bytes, give: Callable[[Kept], None]) -> None:
        self._asked, self._wire, self._give = readable(raw), wire, give
        self._said = SAID.get(wire)
        self._answered: Text | None = None
        self._pieces: list[str] = []
        self._key, self._size = b"", 0

    def answer(self, body: bytes, media_type: str) -> None:
        """A whole answer."""
        if self._wire not in SILENT:
            is_text = media_type.startswith(READABLE)
            self._answered = readable(body) if is_text else Text(DATA)

    def overhear(self, feed: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        """The same function, which also leaves its whole events here; of an answer that begins."""
        self._pieces, self._key, self._size = [], b"", 0

        def heard(chunk: bytes) -> bytes:
            out = feed(chunk)
            self.hear(out)
            return out

        return heard

    def hear(self, events: bytes) -> None:
        """Whole events of a stream, as the caller is given them."""
        if self._said is None:
            self._pieces = [DATA]
        elif self._size <= MOST_BYTES:
            for key, value in self._said.findall(events):
                self._add(key, _string(value))

    def fail(self, error: CallError) -> None:
        """An error instead of an answer, or in its midst."""
        self._add(b"error", f"{error.code}: {error}")

    def give(self, call_id: str, at: int) -> None:
        """Send it off: the call is over."""
        answered = self._answered
        if answered is None and self._pieces:
            answered = _cut(tidied("".join(self._pieces)))
        self._give(Kept(call_id, at, self._asked, answered))

    def _add(self, key: bytes, text: str) -> None:
        """What is said elsewhere than what came before (a thought, a tool) begins a line."""
        if not text:
            return
        if self._key not in {b"", key}:
            self._pieces.append("\n")
        self._key = key
        self._pieces.append(text)
        self._size += len(text)


def readable(body: bytes) -> Text:
    """A body as text: without long runs of letters that are no words, and cut."""
    out, at = bytearray(), 0
    while len(out) <= MOST_BYTES and at < len(body):
        window = at + MOST_BYTES + 1
        first = _FIRST.search(body, at, window + LEAST_DATA)
        if first is None:
            out += body[at:window]
            break
        end = _end(body, first.end())
        run = body[first.start() : end]
        out += body[at : first.start()]
        out += DATA.encode() if _is_data(run) else run[: MOST_BYTES + 1]
        at = end
    return _cut(tidied(out[: MOST_BYTES + 1].decode("utf-8", "replace")))


def tidied(text: str) -> str:
    """Text that can be stored and shown, whatever somebody has sent: halves of letters joined."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub("\ufffd", whole.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text: str) -> Text:
    """At so many bytes; a letter that was cut through goes as a whole."""
    raw = text.encode()
    if len(raw) <= MOST_BYTES:
        return Text(text)
    return Text(raw[:MOST_BYTES].decode("utf-8", "ignore"), is_cut=True)


def _end(body: bytes, at: int) -> int:
    rest = _REST.match(body, at)
    return rest.end() if rest else at


def _is_data(run: bytes) -> bool:
    """Whether it is base64: words that are joined by escapes for new lines are none."""
    lines = _BREAKS.sub(b"\n", run.replace(rb"\/", b"/"))
    return b"\\" not in lines and len(lines) >= SHORTEST_LINE * (lines.count(b"\n") + 1)


def _string(value: bytes) -> str:
    """What stands between the quotes of a JSON string."""
    if b"\\" not in value:
        return value.decode("utf-8", "replace")
    try:
        return str(_DECODER.decode(f'"{value.decode("utf-8", "replace")}"'))
    except ValueError:
        return value.decode("utf-8", "replace")


_DECODER = json.JSONDecoder(strict=False)
