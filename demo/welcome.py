"""What the demo says once everything answers."""

import json
import shlex

STORY = (
    "The lighthouse had been dark for eleven years when, one evening in March, "
    "Maren saw its lamp come on again. She put down the net and"
)


def welcome(url: str, link: str, secret: str, model_id: str) -> str:
    """Say what is there and what to type."""
    return f"""
aiconnect is up, with a real language model behind it.

Open this link; it signs you in, once:
  {link}

Access token for programs:
  {secret}

Let the model go on with a story (it is a small one: it continues a text, it does not chat):
{curl(url, secret, model_id)}

The same, word by word as it is written:
{curl(url, secret, model_id, stream=True)}

Every call you make is then on {url}/usage. An OpenAI client needs two things:
base_url {url}/v1 and the access token as api_key.

The same by command:
  AICONNECT_INSTANCE=.demo/instance .venv/bin/aiconnect usage summary

All of it is kept in .demo/. Ctrl-C stops it.
"""


def curl(url: str, secret: str, model_id: str, *, stream: bool = False) -> str:
    """Write one line to paste into a shell."""
    body = {
        "model": model_id,
        "messages": [{"role": "user", "content": STORY}],
        "temperature": 0.7,
        "repeat_penalty": 1.15,
        "max_tokens": 120,
    }
    if stream:
        body["stream"] = True
    words = ["curl", "-sS"] + (["-N"] if stream else [])
    words += [f"{url}/v1/chat/completions", "-H", f"Authorization: Bearer {secret}"]
    words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return shlex.join(words)
