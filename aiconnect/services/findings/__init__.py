"""What a check found, in words: stored as a code and facts, worded when somebody reads it."""

from aiconnect.services.findings.lookup import FINDINGS, case_of, state_of, word, word_case
from aiconnect.services.findings.mending import Fix, fixes, type_of
from aiconnect.services.findings.wording import Worded, Wording

__all__ = [
    "FINDINGS",
    "Fix",
    "Worded",
    "Wording",
    "case_of",
    "fixes",
    "state_of",
    "type_of",
    "word",
    "word_case",
]
