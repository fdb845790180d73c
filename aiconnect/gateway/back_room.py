"""What a stream needs that may block: reading an error, trying again, answering with a refusal."""

from __future__ import annotations

import logging

from aiconnect.errors import CallError
from aiconnect.gateway.answers import error_body, error_headers, raw_head
from aiconnect.gateway.line import Line, Open, Reason
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.turn import Turn
from aiconnect.gateway.whole import Answer, try_again

log = logging.getLogger("aiconnect.gateway")


class BackRoom:
    """Settles streams that the relay has handed back; runs in its own few threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def settle(self, one: Open, reason: Reason) -> None:
        """Bring the stream back into the relay or answer its caller for good."""
        turn = one.turn
        try:
            following = try_again(self._parts, turn, reason)
        except CallError as error:
            self._refuse(turn, one.line, error)
        except Exception:
            log.exception("stream failed", extra={"request_id": turn.call.id})
            self._refuse(turn, one.line, CallError("internal"))
        else:
            self._follow(turn, one.line, following)

    def _follow(self, turn: Turn, line: Line, following: Turn | Answer) -> None:
        if isinstance(following, Turn):
            self._parts.relay.add(following, line)
        else:
            self._answer(
                turn, line, raw_head(200, [*following.headers, *line.extra]) + following.body
            )

    def _refuse(self, turn: Turn, line: Line, error: CallError) -> None:
        turn.exchange.close()
        turn.call.settle_error(error)
        body = error_body(error, turn.call.id, turn.tries.request.dialect)
        headers = error_headers(error, turn.call.id, turn.call)
        headers += [("Content-Length", str(len(body))), *line.extra]
        self._answer(turn, line, raw_head(error.status, headers) + body)

    def _answer(self, turn: Turn, line: Line, answer: bytes) -> None:
        """Let the relay write it: a caller who reads slowly must not hold one of these threads."""
        turn.ended = True
        self._parts.relay.answer(turn, line, answer)
