"""What a call asked and was answered, laid out for a person to read."""

from __future__ import annotations

import json
import re

from aiconnect.calls.texts import Text, tidied

_NEW_LINE = re.compile(r"(?<!\\)((?:\\\\)*)\\n")


def laid_out(text: Text) -> str:
    """JSON with a line to each value, and lines in its strings as lines; other text as it is."""
    try:
        value = json.loads(text.text)
        said = json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else ""
    except (ValueError, RecursionError):
        said = ""
    return tidied(_NEW_LINE.sub("\\1\n", said) or text.text)
