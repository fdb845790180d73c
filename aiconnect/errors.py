"""Every way a request can fail, and how each is worded once.

AiconnectError
├── Refused            a person or command asked for something that cannot be (one sentence, exit 1)
│   ├── NotFound       no such record, or not theirs to see
│   └── Conflict       the name is taken, the record has changed meanwhile
├── StartRefused       the server must not start: wrong key, wrong schema, second server
├── CallError          a program's call fails; rendered in the caller's dialect from KINDS
│   └── Withheld       … and was not sent to any provider
├── CannotCarry        a dialect has no place for something that a call asks for; another may have
└── ProviderError      a provider failed; carries a finding (stable code) and facts
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override


def N_(sentence: str) -> str:  # noqa: N802 (gettext's own name for "mark only")
    """Mark a sentence for translation; it is translated where it is rendered."""
    return sentence


class AiconnectError(Exception):
    """Base of every error of ours. `facts` fill the sentence's %(name)s places."""

    def __init__(self, sentence: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts

    @override
    def __str__(self) -> str:
        return self.sentence % self.facts if self.facts else self.sentence


class Refused(AiconnectError):
    """What was asked for cannot be done; the sentence says why and what to do.

    `field` names the form field that it belongs to, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(sentence, **facts)
        self.field = field


class NotFound(Refused):
    """No such record, or none that this person may see."""


class Conflict(Refused):
    """The name is taken or the record has changed meanwhile."""


class StartRefused(AiconnectError):
    """The server must not start; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a failed call is told to a program: `code` is stable, `type` is OpenAI's word for it."""

    status: int
    type: str
    message: str
    retry_after: int | None = None


KINDS: Mapping[str, Kind] = {
    "bad_request": Kind(400, "invalid_request_error", N_("%(detail)s")),
    "invalid_json": Kind(400, "invalid_request_error", N_("The request body is not valid JSON.")),
    "model_missing": Kind(
        400,
        "invalid_request_error",
        N_("The request names no model. Set `model` to one that GET /v1/models lists."),
    ),
    "no_access_token": Kind(
        401,
        "authentication_error",
        N_("No access token. Send `Authorization: Bearer aic_…`; make one under Access tokens."),
    ),
    "invalid_access_token": Kind(
        401,
        "authentication_error",
        N_(
            "This access token is not known here, has expired or was revoked. "
            "Make a new one under Access tokens: it begins with aic_."
        ),
    ),
    "model_not_allowed": Kind(
        403,
        "permission_error",
        N_(
            "This access token may not use the model %(model)s. GET /v1/models lists the ones "
            "that it may."
        ),
    ),
    "origin_not_allowed": Kind(
        403,
        "permission_error",
        N_(
            "Pages of %(origin)s may not call this server. Whoever runs it adds that origin to "
            "AICONNECT_CORS_ORIGINS."
        ),
    ),
    "metrics_not_allowed": Kind(
        403,
        "permission_error",
        N_("This access token may not read the metrics: one of an owner or admin may."),
    ),
    "model_not_found": Kind(
        404,
        "invalid_request_error",
        N_("No model %(model)s is served here. GET /v1/models lists the ones that are."),
    ),
    "unknown_path": Kind(
        404,
        "invalid_request_error",
        N_(
            "There is nothing at %(path)s: /openapi.json lists every path. "
            "The base URL of OpenAI clients ends with /v1, that of others does not."
        ),
    ),
    "method_not_allowed": Kind(
        405, "invalid_request_error", N_("%(path)s does not take %(method)s.")
    ),
    "request_timeout": Kind(
        408, "invalid_request_error", N_("The request was not sent to its end in time.")
    ),
    "too_large": Kind(
        413,
        "invalid_request_error",
        N_("The request is larger than %(limit)s MB, the limit of this server."),
    ),
    "connection_off": Kind(
        404,
        "invalid_request_error",
        N_("The connection %(connection)s that serves %(model)s is off."),
    ),
    "model_type": Kind(
        400,
        "invalid_request_error",
        N_("No model behind %(model)s can take this request: see `aiconnect route explain`."),
    ),
    "cannot_carry": Kind(
        400,
        "invalid_request_error",
        N_("%(model)s cannot take %(what)s. Leave it out, or call a model that takes it."),
    ),
    "connection_limited": Kind(
        429,
        "rate_limit_error",
        N_(
            "The connection %(connection)s is at its limit of %(limit)s. "
            "Try again in %(seconds)s s."
        ),
    ),
    "token_limited": Kind(
        429,
        "rate_limit_error",
        N_("This access token is at its limit of %(limit)s. Try again in %(seconds)s s."),
    ),
    "person_limited": Kind(
        429,
        "rate_limit_error",
        N_(
            "Your access tokens are together at their limit of %(limit)s. "
            "Try again in %(seconds)s s."
        ),
    ),
    "budget_spent": Kind(
        402,
        "insufficient_quota",
        N_(
            "The budget %(budget)s is spent: %(spent)s of %(limit)s USD. It begins anew at "
            "%(reset)s; until then, an admin can raise it."
        ),
    ),
    "budget_held": Kind(
        429,
        "rate_limit_error",
        N_(
            "Calls under way hold what is left of the budget %(budget)s (%(spent)s of %(limit)s "
            "USD are spent). Try again in %(seconds)s s."
        ),
        2,
    ),
    "unpriced_model": Kind(
        402,
        "insufficient_quota",
        N_(
            "Nobody knows what %(model)s costs, and the budget %(budget)s lets nothing through "
            "without a price. An admin can set one under Prices (/prices)."
        ),
    ),
    "spend_frozen": Kind(
        402,
        "insufficient_quota",
        N_(
            "Spending is frozen, so %(model)s is not called: only models that cost nothing "
            "answer until an admin lifts the freeze."
        ),
    ),
    "provider_paused": Kind(
        503,
        "overloaded_error",
        N_(
            "The provider of %(connection)s has failed several times (%(detail)s), so it is left "
            "alone for a while. Try again later, or call another model."
        ),
        30,
    ),
    "provider_auth": Kind(
        502,
        "api_error",
        N_(
            "The provider of %(connection)s refused its key. Your access token is fine; "
            "tell an admin to test the connection."
        ),
    ),
    "provider_no_credit": Kind(
        502,
        "api_error",
        N_(
            "The provider account of %(connection)s has no credit left. "
            "Your access token is fine; tell an admin."
        ),
    ),
    "provider_error": Kind(
        502, "api_error", N_("The provider of %(connection)s failed: %(detail)s")
    ),
    "provider_unreachable": Kind(
        502,
        "api_error",
        N_(
            "The provider of %(connection)s could not be reached: %(detail)s. "
            "Tell an admin to test the connection."
        ),
    ),
    "provider_broke": Kind(
        502,
        "api_error",
        N_("The provider of %(connection)s broke off before its answer was complete."),
    ),
    "address_refused": Kind(
        502,
        "api_error",
        N_("The address of %(connection)s is one that this server does not call: %(detail)s"),
    ),
    "provider_rate_limited": Kind(
        429, "rate_limit_error", N_("The provider of %(connection)s asks to wait: %(detail)s")
    ),
    "provider_refused": Kind(
        400,
        "invalid_request_error",
        N_("The provider of %(connection)s refused the request: %(detail)s"),
    ),
    "content_moderated": Kind(
        400,
        "invalid_request_error",
        N_(
            "The router of %(connection)s refused the content by its moderation, before the model "
            "saw it: %(detail)s"
        ),
    ),
    "content_filtered": Kind(
        400,
        "invalid_request_error",
        N_("The content filter of the provider of %(connection)s refused the call: %(detail)s"),
    ),
    "model_refused": Kind(
        400,
        "invalid_request_error",
        N_("The model %(model)s itself refused to answer: %(detail)s"),
    ),
    "no_capacity": Kind(
        503,
        "overloaded_error",
        N_("This server is at its limit of calls at once. Try again in a moment."),
        1,
    ),
    "ledger_full": Kind(
        503,
        "overloaded_error",
        N_("The disk of this server is full, so calls that cost money wait. Tell an admin."),
        30,
    ),
    "provider_silent": Kind(
        504,
        "timeout_error",
        N_("The provider of %(connection)s did not answer within %(seconds)s s."),
    ),
    "internal": Kind(
        500, "api_error", N_("Something failed in this server. The request id finds it in the log.")
    ),
}


class CallError(AiconnectError):
    """A program's call fails with one of KINDS.

    `status` overrides the kind's own (a provider's 400 is passed on as 400); `retry_after` is in
    seconds; `may_repeat` is whether the same provider may be asked once more for this call.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        may_repeat: bool = False,
        **facts: object,
    ) -> None:
        kind = KINDS[code]
        super().__init__(kind.message, **facts)
        self.code = code
        self.type = kind.type
        self.status = status or kind.status
        self.may_repeat = may_repeat
        self.finding = ""  # of the provider's failure behind it: it tells more than `code`
        self.retry_after = retry_after if retry_after is not None else kind.retry_after


class Withheld(CallError):
    """A call that was not sent: no provider has seen it, and it says nothing about one."""


class CannotCarry(AiconnectError):
    """Something that a call asks for has no place in a dialect; `what` names it in a few words.

    "`n` above 1", "pictures by URL", "the tool type web_search".
    """

    def __init__(self, what: str) -> None:
        super().__init__(N_("This provider cannot take %(what)s."), what=what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a stable code and the facts that its wording needs (never a secret)."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


class ProviderError(AiconnectError):
    """A provider failed or could not be reached.

    `finding.code` is one of the stable codes of a check (`name_not_found`, `timeout`,
    `key_refused`, `no_credit`, `rate_limited` …); `status` is the HTTP status where there was
    one; `retry_after` is in seconds.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.finding = Finding(code, dict(facts or {}))
        self.status = status
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        return self.finding.code
