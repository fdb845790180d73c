"""OpenAI's Responses API, as far as it needs no state: spoken to programs, not to providers."""

from __future__ import annotations

from aiconnect.adapters.dialects.openai.errors import error_object
from aiconnect.adapters.dialects.responses.inbound import Responses

__all__ = ["Responses", "error_object"]
