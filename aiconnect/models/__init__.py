"""What is remembered. Importing this module knows every table."""

from aiconnect.models.account import OneTimeLink, Person, Role, SignIn, SignInAttempt
from aiconnect.models.alert import Alert, AlertChannel, AlertDelivery, AlertRule
from aiconnect.models.audit import AuditEntry
from aiconnect.models.base import Base
from aiconnect.models.budget import Budget, BudgetTally, Period, Scope
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
from aiconnect.models.price import OwnPrice, PriceTable
from aiconnect.models.route import Collection, CollectionModel, Route, RouteStep
from aiconnect.models.token import AccessToken
from aiconnect.models.tryout import TryOut
from aiconnect.models.usage import (
    AccountReading,
    CallText,
    CostState,
    Ending,
    Outcome,
    UsageRecord,
    UsageRollup,
)

__all__ = [
    "AccessToken",
    "AccountReading",
    "Alert",
    "AlertChannel",
    "AlertDelivery",
    "AlertRule",
    "AuditEntry",
    "Base",
    "Budget",
    "BudgetTally",
    "CallText",
    "Check",
    "Collection",
    "CollectionModel",
    "Connection",
    "CostState",
    "Credential",
    "Ending",
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
    "Period",
    "Person",
    "Pin",
    "PriceTable",
    "Role",
    "Route",
    "RouteStep",
    "Scope",
    "ServedModel",
    "Setting",
    "SignIn",
    "SignInAttempt",
    "State",
    "TeamPick",
    "TryOut",
    "UnfilteredModel",
    "UsageRecord",
    "UsageRollup",
]
