"""What a try-out sends: the body of a call, and the same as a program would write it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from aiconnect.services.tryouts import Asked

SECRET = "YOUR_ACCESS_TOKEN"  # noqa: S105 (it stands where one would be)
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it goes to a model."""

    kind: str
    raw: bytes

    @property
    def url(self) -> str:
        return f"data:{self.kind};base64,{base64.b64encode(self.raw).decode()}"


def kind_of(raw: bytes) -> str:
    """The media type that the first bytes say, "" for none that models take."""
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in MAGIC if raw.startswith(magic)), "")


def body_of(asked: Asked, model: str, picture: str = "") -> dict[str, Any]:
    """A call of OpenAI's wire; `picture` is an address, "" for none."""
    content: Any = asked.prompt
    if picture:
        shown = {"type": "image_url", "image_url": {"url": picture}}
        content = [{"type": "text", "text": asked.prompt}, shown]
    system = [{"role": "system", "content": asked.system}] if asked.system else []
    wanted = {
        "temperature": asked.temperature,
        "max_tokens": asked.max_tokens,
        "top_p": asked.top_p,
    }
    return {
        "model": model,
        "messages": [*system, {"role": "user", "content": content}],
        **{name: value for name, value in wanted.items() if value is not None},
    }


def snippets(asked: Asked, base_url: str) -> dict[str, str]:
    """The call of the first model by the name of what runs it; the secret is left out."""
    url = f"data:{asked.picture.partition(',')[0]};base64,..." if asked.picture else ""
    body = body_of(asked, asked.models[0], url)
    return {
        "curl": _curl(body, base_url),
        "Python": _python(body, base_url),
        "JavaScript": _javascript(body, base_url),
    }


def _curl(body: Mapping[str, Any], base_url: str) -> str:
    """In a here-document nothing needs quoting: no line of JSON is its end mark."""
    return (
        f"curl {base_url}/chat/completions \\\n"
        f'  -H "Authorization: Bearer {SECRET}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d @- <<'JSON'\n{json.dumps(body, indent=2)}\nJSON"
    )


def _python(body: Mapping[str, Any], base_url: str) -> str:
    values = "".join(f"    {name}={_literal(value)},\n" for name, value in body.items())
    return (
        "from openai import OpenAI\n\n"
        f'client = OpenAI(base_url="{base_url}", api_key="{SECRET}")\n'
        f"answer = client.chat.completions.create(\n{values})\n"
        "print(answer.choices[0].message.content)"
    )


def _literal(value: object) -> str:
    return pformat(value, width=90, sort_dicts=False).replace("\n", "\n    ")


def _javascript(body: Mapping[str, Any], base_url: str) -> str:
    written = json.dumps(body, indent=2).replace("\n", "\n  ")
    return (
        f'const reply = await fetch("{base_url}/chat/completions", {{\n'
        '  method: "POST",\n'
        f'  headers: {{\n    "Authorization": "Bearer {SECRET}",\n'
        '    "Content-Type": "application/json",\n  },\n'
        f"  body: JSON.stringify({written}),\n}});\n"
        "const answer = await reply.json();\n"
        "console.log(answer.choices[0].message.content);"
    )
