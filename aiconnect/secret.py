"""A value that will not print: keys, passwords, access tokens."""

from __future__ import annotations

import hmac
from typing import Final

from typing_extensions import override

HIDDEN: Final = "Secret(…)"


class Secret:
    """Holds a secret string; `reveal()` is the only way to read it (grep for it to audit)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    @property
    def last4(self) -> str:
        """The last four characters, or nothing where that would show too much of it."""
        return self._value[-4:] if len(self._value) >= 12 else ""

    def __bool__(self) -> bool:
        return bool(self._value)

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    @override
    def __hash__(self) -> int:
        return hash((Secret, self._value))

    @override
    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    @override
    def __format__(self, spec: str) -> str:
        return HIDDEN

    @override
    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("A Secret is not pickled.")
