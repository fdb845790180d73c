"""Requests of every wire, each with something wrong."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.fakes.samples import sample_json
from tests.fuzz.wrong import garbled, odd, spoilt, text_of

BODIES = [(wire, sample_json(name)) for wire, name in (
    ("anthropic.messages", "anthropic/messages.json_schema.request.json"),
    ("anthropic.messages", "anthropic/messages.request.json"),
    ("anthropic.count_tokens", "anthropic/messages.tools.request.json"),
    ("anthropic.messages", "translate/conversation.anthropic.json"),
    ("ollama.chat", "ollama/chat.request.json"),
    ("ollama.chat", "ollama/chat.tools.request.json"),
    ("ollama.chat", "translate/conversation.ollama.json"),
    ("ollama.generate", "ollama/generate.request.json"),
    ("ollama.embed", "ollama/embed.request.json"),
    ("openai.chat", "openai/chat.json_schema.request.json"),
    ("openai.chat", "openai/chat.tools.request.json"),
    ("openai.chat", "openai/chat.vision.request.json"),
    ("openai.chat", "translate/conversation.openai.json"),
    ("openai.completions", "ollama/generate.request.json"),
    ("openai.embeddings", "openai/embeddings.request.json"),
    ("openai.responses", "openai/responses.request.json"),
    ("openai.responses", "translate/conversation.responses.json"),
)]  # fmt: skip
NAMES = [b'"model"', b'"Model"', b'"mod\\u0065l"', b'"\\u006Dodel"', b'"stream"', b'"max_tokens"']
FORM = (
    b"--cut\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
    b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
    b"Content-Type: audio/wav\r\n\r\nRIFF\r\n--cut--\r\n"
)  # fmt: skip


def body(rng: Random, models: Sequence[str] = ("m",)) -> tuple[str, bytes]:
    """A wire, and a request for one of these models with something wrong."""
    wire, found = rng.choice(BODIES)
    found = spoilt(rng, found) if rng.random() < 0.98 else odd(rng)
    if isinstance(found, dict) and rng.random() < 0.95:
        found["model"] = rng.choice(models)
    return wire if rng.random() < 0.8 else rng.choice(BODIES)[0], _odd_text(rng, text_of(found))


def _odd_text(rng: Random, raw: bytes) -> bytes:
    """Now and then the same in other words, a field twice, or no JSON at all."""
    match rng.randrange(20):
        case 0:
            return garbled(rng, raw)
        case 1:
            return raw.replace(b'"model"', rng.choice(NAMES), rng.choice([1, -1]))
        case 2:
            return raw.replace(b"{", b"{" + rng.choice(NAMES) + b':"n",', 1)
        case 3 if raw.endswith(b"}"):
            return raw[:-1] + b"," + rng.choice(NAMES) + b':"n"}'
    return raw
