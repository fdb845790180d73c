"""Names and addresses in code that people copy: quoted, so that none can be more than that.

A provider decides what its models are called, and a reader pastes what we write into a shell.
"""

from __future__ import annotations

import json
import shlex


def literal(text: str) -> str:
    """A string as JSON, Python, JavaScript and YAML all write it."""
    return json.dumps(text, ensure_ascii=False)


def shell(text: str) -> str:
    """One word of a shell's line."""
    return shlex.quote(text)
