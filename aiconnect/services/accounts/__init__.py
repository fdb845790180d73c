"""People, their passwords, one-time links and sign-ins."""

from aiconnect.services.accounts.attempts import TooManyAttempts
from aiconnect.services.accounts.links import SignInRefused, make_link, make_setup_link, set_up
from aiconnect.services.accounts.members import (
    add_person,
    by_email,
    change_password,
    disable_person,
    find_person,
    limit_person,
    people,
)
from aiconnect.services.accounts.passwords import PASSWORDS, Passwords
from aiconnect.services.accounts.preferences import prefer
from aiconnect.services.accounts.signing_in import (
    find_sign_in,
    revoke_sign_in,
    sign_in,
    sign_in_by_link,
    sign_ins,
    sign_out,
)

__all__ = [
    "PASSWORDS",
    "Passwords",
    "SignInRefused",
    "TooManyAttempts",
    "add_person",
    "by_email",
    "change_password",
    "disable_person",
    "find_person",
    "find_sign_in",
    "limit_person",
    "make_link",
    "make_setup_link",
    "people",
    "prefer",
    "revoke_sign_in",
    "set_up",
    "sign_in",
    "sign_in_by_link",
    "sign_ins",
    "sign_out",
]
