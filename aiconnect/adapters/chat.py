"""A chat as values, in no dialect's words: every dialect reads into these and writes from them.

A request is a `Chat`; a whole answer is a `Completion`; a streamed one is a sequence of deltas
(`Started`, then text, thoughts, tool calls …, then `Finished`, `Counted`, `Ended`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiconnect.adapters.types import Usage

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Cache = Mapping[str, Any] | None
"""A cache mark after a part: Anthropic's `cache_control` object as the caller wrote it."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    text: str
    cache: Cache = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: base64 `data` of a `media_type`, or the https `url` of one."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    detail: str = ""
    cache: Cache = None


@dataclass(frozen=True, slots=True)
class File:
    """A document: base64 `data` of a `media_type` (application/pdf), or the https `url` of one."""

    name: str = ""
    media_type: str = ""
    data: str = ""
    url: str = ""
    cache: Cache = None


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording: base64 `data` in `format` (wav, mp3)."""

    data: str
    format: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought. `signature` and `redacted` are opaque and go back as they came."""

    text: str = ""
    signature: str = ""
    redacted: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a model said instead of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A model calls a tool. `arguments` is JSON text as it came ("" means {}).

    `id` is "" where the provider gives none; `signature` is Gemini's `thoughtSignature`.
    """

    id: str
    name: str
    arguments: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back. `name` is the tool's, "" where the caller does not say it."""

    id: str
    parts: tuple[Text | Image | File, ...] = ()
    name: str = ""
    is_error: bool = False
    cache: Cache = None


Part = Text | Image | File | Audio | Thinking | Refusal | ToolUse | ToolResult
Said = Text | Thinking | Refusal | ToolUse


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Results of tools stand in messages of role `tool`, and nothing else does."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `schema` is JSON Schema, None for no parameters."""

    name: str
    description: str = ""
    schema: Mapping[str, Any] | None = None
    strict: bool | None = None
    cache: Cache = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """auto; none; any (must call one of `names`, of all where it is empty); or auto of `names`."""

    mode: Literal["auto", "none", "any"]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """What the text of the answer must be: any JSON (`schema` None), or JSON of this schema."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str = ""
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A request for a chat completion.

    `limit` is the largest number of output tokens; `effort` how hard to think, `thinking_tokens`
    the same as a number (Anthropic's budget); `shows_thinking` is whether the caller asked to see
    the thoughts; `dropped` are the caller's own fields that no other dialect has a place for and
    that change nothing that was asked for (advisory or unknown ones).
    """

    model: str
    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel: bool | None = None
    format: Format | None = None
    limit: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    logprobs: bool = False
    top_logprobs: int | None = None
    effort: Effort | None = None
    thinking_tokens: int | None = None
    shows_thinking: bool | None = None
    user: str = ""
    cache: Cache = None
    is_stream: bool = False
    wants_usage: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. `stop` is the stop sequence that ended it, where the provider says which."""

    parts: tuple[Said, ...]
    finish: Finish
    id: str = ""
    model: str = ""
    usage: Usage | None = None
    stop: str | None = None
    created: int | None = None


# --- deltas of a stream --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The answer begins; `id` and `model` as far as the provider has said them."""

    id: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the thoughts."""

    text: str


@dataclass(frozen=True, slots=True)
class SignatureDelta:
    """Ends the thoughts so far: their signature, or the opaque data of thoughts kept secret."""

    signature: str = ""
    redacted: str = ""


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """More of a refusal."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStart:
    """The call number `index` (from 0, in the order of their starts) begins."""

    index: int
    id: str
    name: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolArguments:
    """More of the JSON text of call `index`; calls may be written side by side."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Why the answer ends. Not yet its end: usage may follow, and the end may never come."""

    finish: Finish
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Usage so far; a later one replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider reports an error in the stream; nothing after it counts.

    `kind` is the provider's own type or code where it gives one.
    """

    message: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The provider's own end mark."""


Delta = (
    Started | TextDelta | ThinkingDelta | SignatureDelta | RefusalDelta | ToolStart
    | ToolArguments | Finished | Counted | Failed | Ended
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A request in a provider's words, and which of the caller's wishes it could not carry."""

    body: dict[str, Any]
    dropped: tuple[str, ...] = field(default=())


# --- embeddings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Embed:
    """A request for embeddings of texts; `as_base64` is how the caller wants its vectors."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    as_base64: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """One vector per text, in order."""

    vectors: tuple[tuple[float, ...], ...]
    model: str = ""
    usage: Usage | None = None
