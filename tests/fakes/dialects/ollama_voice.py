"""What Ollama says by its own API: NDJSON unless `stream` is false, calls of tools whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.exchange import Answer, Request, Signal
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk

BROKEN = b'{"model":"qwen3:8b","message":{"rol\n'
ERROR = {"error": "an error was encountered while running the model"}
END: dict[str, Any] = {}
COUNTS = ("prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration")
SLOT = 20_000_000  # nanoseconds for each token


class OllamaVoice:
    """Says a talk at `/api/chat` (`endpoint` "chat") or `/api/generate`, in the samples' words."""

    def __init__(self, endpoint: str) -> None:
        self._is_chat = endpoint == "chat"
        self._whole = sample_json(f"ollama/{endpoint}.response.json")

    def answer(self, request: Request, talk: Talk, model: str) -> Answer:
        if request.json.get("stream", True) is not False:
            lines = self._lines(talk, model)
            stream = _odd(lines) if talk.odd else _plain(lines)
            return Answer(body=stream, content_type="application/x-ndjson")
        whole = json.dumps(self.whole(talk, model)).encode()
        kind = "application/json; charset=utf-8"
        half = len(whole) // 2
        if talk.cut:
            return Answer(body=[whole[:half], talk.cut[1], whole[half:]], content_type=kind,
                          framing="length")  # fmt: skip
        body = [talk.pause, whole] if talk.pause else whole
        return Answer(body=body, content_type=kind, framing="length")

    def loaded(self, model: str, reason: str) -> Answer:
        """The answer to a request without words."""
        line = self._line(model, self._say({})) | {"done": True, "done_reason": reason}
        return Answer(body=json.dumps(line).encode() + b"\n")

    def whole(self, talk: Talk, model: str) -> dict[str, Any]:
        """A whole answer, its thoughts and calls in it."""
        said: dict[str, Any] = {"content": "" if talk.tool else "".join(talk.parts)}
        if talk.thinking:
            said["thinking"] = talk.thinking
        if talk.tool:
            said["tool_calls"] = [_call(*talk.tool)]
        return self._line(model, self._say(said)) | self._end(talk)

    def _say(self, said: dict[str, Any]) -> dict[str, Any]:
        if self._is_chat:
            return {"message": {"role": "assistant", "content": ""} | said}
        more = {name: value for name, value in said.items() if name != "content"}
        return {"response": said.get("content", "")} | more

    def _line(self, model: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"model": model, "created_at": self._whole["created_at"]} | said

    def _end(self, talk: Talk) -> dict[str, Any]:
        """`stop` after calls too; counts that nobody states are left out."""
        facts = {name: value for name, value in self._whole.items() if name.endswith("duration")}
        if not self._is_chat:
            facts["context"] = self._whole["context"]
        counts = {} if talk.usage == "never" else _counts(talk, talk.tokens)
        reason = "length" if talk.finish == "length" else "stop"
        facts = {name: value for name, value in facts.items() if name not in COUNTS}
        return {"done": True, "done_reason": reason} | facts | counts

    def _lines(self, talk: Talk, model: str) -> Iterator[Any]:
        said = 0
        for words in (*_words(talk), END):
            if talk.cut and said == talk.cut[0]:
                yield talk.cut[1]
            if talk.error_after == said:
                yield ERROR
                return
            if talk.malformed_after == said:
                yield BROKEN
            if talk.pause:
                yield talk.pause
            yield self._line(model, self._say(words)) | self._state(talk, words, said)
            said += 0 if "thinking" in words else 1

    def _state(self, talk: Talk, words: dict[str, Any], said: int) -> dict[str, Any]:
        if words is END:
            return self._end(talk)
        counts = _counts(talk, min(said, talk.tokens)) if talk.usage == "every" else {}
        return {"done": False} | counts


def _words(talk: Talk) -> Iterator[dict[str, Any]]:
    if talk.thinking:
        yield {"thinking": talk.thinking}
    if talk.tool:
        yield {"tool_calls": [_call(*talk.tool)]}
    else:
        yield from ({"content": part} for part in talk.parts)


def _counts(talk: Talk, output: int) -> dict[str, int]:
    return {
        "prompt_eval_count": talk.prompt, "prompt_eval_duration": talk.prompt * SLOT,
        "eval_count": output, "eval_duration": output * SLOT,
    }  # fmt: skip


def _call(name: str, arguments: str) -> dict[str, Any]:
    function = {"index": 0, "name": name, "arguments": json.loads(arguments)}
    return {"id": "call_a1", "function": function}


def _plain(lines: Iterator[Any]) -> Iterator[bytes | Signal]:
    for line in lines:
        if isinstance(line, bytes | Signal):
            yield line
        else:
            yield json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _odd(lines: Iterator[Any]) -> Iterator[bytes | Signal]:
    """CR LF, empty lines, spaces after colons, cut at every seventh byte."""
    for line in _plain(lines):
        if isinstance(line, Signal):
            yield line
            continue
        text = b"\r\n" + line.replace(b'":', b'": ').replace(b"\n", b"\r\n")
        yield from (text[at : at + 7] for at in range(0, len(text), 7))
