"""Connecting a provider by signing in there: begun, gone out to, come back from, finished."""

from aiconnect.services.oauth.attempts import (
    LASTS,
    PASTE,
    REDIRECT,
    Stage,
    Wish,
    begin,
    find_by_secret,
    get,
    stage_of,
    way_out,
)
from aiconnect.services.oauth.finishing import CONNECTED, Answer, finish, pasted

__all__ = [
    "CONNECTED",
    "LASTS",
    "PASTE",
    "REDIRECT",
    "Answer",
    "Stage",
    "Wish",
    "begin",
    "find_by_secret",
    "finish",
    "get",
    "pasted",
    "stage_of",
    "way_out",
]
