"""What a dialect's file offers for embeddings: texts in, one vector for each out. Pure values.

As for chats, an inbound wire is one that programs speak to us, an outbound one is spoken to
providers, and where both are the same the caller's body goes through with the model's name changed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from aiconnect.adapters.chat import Embed, Embedded, Written
from aiconnect.adapters.types import ModelCard, Usage


class EmbedInbound(ABC):
    """An embedding wire as programs speak it to us."""

    name: ClassVar[str]

    @abstractmethod
    def read(self, body: Mapping[str, Any]) -> Embed:
        """Raises CallError (400) on what is malformed, CannotCarry on what only this wire has."""

    @abstractmethod
    def complete(self, embedded: Embedded, embed: Embed) -> dict[str, Any]:
        """The answer in this wire's words; `embed` says how the caller wants its vectors."""

    @abstractmethod
    def prepare(self, body: Mapping[str, Any], model_id: str) -> dict[str, Any]:
        """The body for a provider that speaks this wire: only the model's name changes."""

    @abstractmethod
    def usage(self, answer: Mapping[str, Any]) -> Usage | None:
        """What an answer states; None where it states nothing."""


class EmbedOutbound(ABC):
    """An embedding wire as we speak it to providers."""

    name: ClassVar[str]

    @abstractmethod
    def write(self, embed: Embed, card: ModelCard) -> Written:
        """The request for this model. Raises CannotCarry where a wish has no place here."""

    @abstractmethod
    def embedded(self, answer: Mapping[str, Any]) -> Embedded:
        """The vectors in the order of the texts. Raises Malformed on what is no such answer."""
