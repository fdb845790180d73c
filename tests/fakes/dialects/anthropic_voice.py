"""What Anthropic says by its own API: blocks in order, each event named, usage always told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk, Voice

SEAL = "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"
BROKEN = b'event: content_block_delta\ndata: {"type": "content_blo\n\n'
ERROR = {"type": "overloaded_error", "message": "Overloaded"}
STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use",
         "content_filter": "refusal"}  # fmt: skip

Block = dict[str, Any]


class AnthropicVoice(Voice):
    """The talk in the words of the samples."""

    def __init__(self) -> None:
        super().__init__(sample_json("anthropic/messages.response.json"), {})

    @override
    def completion(self, talk: Talk, model: str) -> dict[str, Any]:
        content = [block | said for block, _, said in _blocks(talk)]
        whole = self._whole | {"model": model, "content": content}
        whole["stop_reason"] = STOPS[talk.finish]
        whole.pop("usage")
        return whole | self._usage(talk, talk.tokens)

    def _usage(self, talk: Talk, output: int) -> dict[str, Any]:
        if talk.usage == "never":
            return {}
        stated = sample_json("anthropic/messages.response.json")["usage"]
        stated |= {"input_tokens": talk.prompt - talk.cached, "output_tokens": output,
                   "cache_read_input_tokens": talk.cached}  # fmt: skip
        if talk.reasoning:
            stated["output_tokens_details"] = {"thinking_tokens": talk.reasoning}
        return {"usage": stated}

    @override
    def _events(self, talk: Talk, model: str, *, asked: bool) -> Iterator[Any]:
        """As many waits, and places to break off at, as the same talk has in OpenAI's words."""
        said = 0
        for weight, events in self._steps(talk, model):
            if talk.cut and said == talk.cut[0]:
                yield talk.cut[1]
            if talk.error_after == said:
                yield _event("error", error=ERROR)
                return
            if talk.malformed_after == said:
                yield BROKEN
            if talk.pause:
                yield talk.pause
            yield from events
            said += weight

    def _steps(self, talk: Talk, model: str) -> Iterator[tuple[int, list[bytes]]]:
        """The events between two waits; a start and thoughts weigh nothing, as in `Voice`."""
        message = self._whole | {"model": model, "content": [], "stop_reason": None}
        message.pop("usage")
        begun = _event("message_start", message=message | self._usage(talk, 1))
        yield 0, [begun, _event("ping")]
        yield from _said(talk)
        delta = {"stop_reason": STOPS[talk.finish], "stop_sequence": None}
        ended = _event("message_delta", delta=delta, **self._usage(talk, talk.tokens))
        yield 1, [ended, _event("message_stop")]


def _event(kind: str, **more: object) -> bytes:
    told = json.dumps({"type": kind, **more}, separators=(",", ":"))
    return f"event: {kind}\ndata: {told}\n\n".encode()


def _blocks(talk: Talk) -> Iterator[tuple[Block, list[Block], Block]]:
    """Each block: how it opens, its deltas, and what it holds in a whole answer."""
    if talk.thinking:
        deltas = [{"type": "thinking_delta", "thinking": talk.thinking},
                  {"type": "signature_delta", "signature": SEAL}]  # fmt: skip
        opened = {"type": "thinking", "thinking": "", "signature": ""}
        yield opened, deltas, {"thinking": talk.thinking, "signature": SEAL}
    if talk.tool:
        name, given = talk.tool
        pieces = [given[at : at + 8] for at in range(0, len(given), 8)]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces)]
        call = {"type": "tool_use", "id": "toolu_01A", "name": name, "input": {}}
        yield call, deltas, {"input": json.loads(given)}
        return
    deltas = [{"type": "text_delta", "text": part} for part in talk.parts]
    yield {"type": "text", "text": ""}, deltas, {"text": "".join(talk.parts), "citations": None}


def _said(talk: Talk) -> Iterator[tuple[int, list[bytes]]]:
    """One delta each, with what opens and closes its block; thoughts at once."""
    for index, (opened, deltas, _) in enumerate(_blocks(talk)):
        told = [_event("content_block_delta", index=index, delta=delta) for delta in deltas]
        is_thought = opened["type"] == "thinking"
        steps = [told] if is_thought else [[one] for one in told] or [[]]
        steps[0].insert(0, _event("content_block_start", index=index, content_block=opened))
        steps[-1].append(_event("content_block_stop", index=index))
        yield from ((0 if is_thought else 1, step) for step in steps)
