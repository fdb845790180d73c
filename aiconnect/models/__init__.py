"""What is remembered. Importing this module knows every table."""

from aiconnect.models.account import OneTimeLink, Person, Role, SignIn, SignInAttempt
from aiconnect.models.audit import AuditEntry
from aiconnect.models.base import Base
from aiconnect.models.catalog import ModelChange, ServedModel
from aiconnect.models.choosing import (
    GuidanceNote,
    LastChoice,
    ModelTag,
    Pin,
    TeamPick,
    UnfilteredModel,
)
from aiconnect.models.connection import Check, Connection, Credential, State
from aiconnect.models.installation import Setting
from aiconnect.models.job import JobRun, Lease
from aiconnect.models.oauth import OAuthAttempt
from aiconnect.models.price import OwnPrice
from aiconnect.models.route import Collection, CollectionModel, Route, RouteStep
from aiconnect.models.token import AccessToken
from aiconnect.models.tryout import TryOut
from aiconnect.models.usage import CostState, Outcome, UsageRecord

__all__ = [
    "AccessToken",
    "AuditEntry",
    "Base",
    "Check",
    "Collection",
    "CollectionModel",
    "Connection",
    "CostState",
    "Credential",
    "GuidanceNote",
    "JobRun",
    "LastChoice",
    "Lease",
    "ModelChange",
    "ModelTag",
    "OAuthAttempt",
    "OneTimeLink",
    "Outcome",
    "OwnPrice",
    "Person",
    "Pin",
    "Role",
    "Route",
    "RouteStep",
    "ServedModel",
    "Setting",
    "SignIn",
    "SignInAttempt",
    "State",
    "TeamPick",
    "TryOut",
    "UnfilteredModel",
    "UsageRecord",
]
