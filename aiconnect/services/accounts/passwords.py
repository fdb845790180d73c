"""Password hashing with argon2: the same work whether or not there is one to compare with."""

from __future__ import annotations

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aiconnect.secret import Secret

AT_ONCE = 4
"""Each hashing takes 64 MB: a burst of sign-ins must not take all memory."""


class Passwords:
    """Hashes and compares; cheaper parameters are for tests."""

    def __init__(
        self, *, time_cost: int = 3, memory_kib: int = 65536, parallelism: int = 4
    ) -> None:
        self._hasher = PasswordHasher(time_cost, memory_kib, parallelism)
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: Secret) -> str:
        with self._turn:
            return self._hasher.hash(password.reveal())

    def fits(self, hashed: str | None, password: Secret) -> bool:
        """Whether the password is the hashed one; None takes as long and never fits."""
        against = hashed or self._nobody
        with self._turn:
            try:
                self._hasher.verify(against, password.reveal())
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    @cached_property
    def _nobody(self) -> str:
        return self.hash(Secret("the password of nobody"))


PASSWORDS = Passwords()
