"""Both sides speak the same: bytes pass through."""

from __future__ import annotations

import json

from typing_extensions import override

from aiconnect.adapters import media
from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.refusing import in_answer
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import EMBEDDINGS_IN, INBOUND
from aiconnect.calls.opaque import OpaqueStream
from aiconnect.calls.ways.base import JSON, Way, Whole
from aiconnect.errors import CannotCarry
from aiconnect.wire.types import Reply


class Passing(Way):
    """Both sides speak the same wire: nothing is read but the usage."""

    @override
    def whole(self, reply: Reply) -> Whole:
        answer = self._answer(reply)
        wire = self.request.wire
        inbound = INBOUND.get(wire) or EMBEDDINGS_IN[wire]
        media_type = reply.headers.get("content-type", JSON)
        return Whole(reply.body, inbound.usage(answer), media_type, refused=in_answer(answer))

    @override
    def stream(self) -> Stream:
        inbound = INBOUND.get(self.request.wire)
        if inbound is None:
            raise CannotCarry("streamed embeddings")
        return inbound.passing(self.request.body)


class Opaque(Way):
    """Pictures, recordings, verdicts: only the model's name is ours to read."""

    @override
    def is_stream(self, status: int, media_type: str) -> bool:
        return status == 200 and media_type != JSON

    @property
    @override
    def counts(self) -> bool:
        return False

    @property
    @override
    def stream_type(self) -> str | None:
        return None

    @override
    def whole(self, reply: Reply) -> Whole:
        media_type = reply.headers.get("content-type", "")
        is_sound = self.request.wire.startswith("openai.audio.")
        is_other = reply.content_type not in {JSON, "text/html"} or (is_sound and _is_bare(reply))
        if reply.status == 200 and is_other:
            return Whole(reply.body, self._asked, media_type, text=False)
        answer = self._answer(reply)
        usage = media.read(self.request.wire, answer) or self._asked
        return Whole(reply.body, usage, media_type, text=False)

    @override
    def stream(self) -> Stream:
        return OpaqueStream(self.request.wire, self._asked)

    @property
    def _asked(self) -> Usage | None:
        return media.asked(self.request.wire, self.request.body)


def _is_bare(reply: Reply) -> bool:
    """Whether it is a JSON string: some servers answer so with a transcription."""
    try:
        return isinstance(json.loads(reply.body), str)
    except (ValueError, RecursionError):
        return False
