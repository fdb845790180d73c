"""Words for money and limits: the key is fine in each of these cases, and that is said."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

ATTENTION, WARNING = State.NEEDS_ATTENTION, State.WARNING

NO_CREDIT = N_("The account at %(provider)s has no credit left.")
UNTIL_TOPPED_UP = N_("The key is fine. Calls are refused until the account is topped up.")
TOP_UP = N_("Add credit; it counts after some minutes. Then test again.")
TEST_AGAIN = N_("Test again in a moment.")
BILLING = ("billing",)

CREDIT = {
    "no_credit": Wording(ATTENTION, NO_CREDIT, UNTIL_TOPPED_UP, (TOP_UP,), BILLING),
    "no_credit.openai": Wording(
        ATTENTION,
        N_("The account at OpenAI has no credit left, or has reached its monthly limit."),
        N_("The key is fine. Waiting does not help: calls cost API credit."),
        (TOP_UP, N_("A ChatGPT subscription is not API credit.")),
        BILLING,
    ),
    "no_credit.anthropic": Wording(
        ATTENTION,
        N_("The account at Anthropic has no API credit left."),
        UNTIL_TOPPED_UP,
        (TOP_UP, N_("A Claude Pro or Max subscription is not API credit.")),
        BILLING,
    ),
    "no_credit.openrouter": Wording(
        ATTENTION,
        N_("The balance at OpenRouter is used up."),
        N_("The key is fine. Below zero even free models stop."),
        (TOP_UP,),
        BILLING,
    ),
    "no_credit.monthly_cap": Wording(
        ATTENTION,
        N_("The spending limit at %(provider)s is reached."),
        N_("The key is fine. The limit was set in the account, and stops calls until it resets."),
        (N_("Raise the limit in the billing settings, or wait for the next month."),),
        BILLING,
    ),
    "no_credit.key_limit": Wording(
        ATTENTION,
        N_("This key has reached its own spending limit at %(provider)s."),
        N_("The key and the account are fine: the limit was set for this one key."),
        (N_("Raise the limit of the key, or wait until it resets."),),
        ("keys", "billing"),
    ),
    "no_credit.key_limit_until": Wording(
        ATTENTION,
        N_("This key has reached its own spending limit at %(provider)s."),
        N_("The key and the account are fine. Its limit resets at %(resets_at)s."),
        (N_("Raise the limit of the key, or wait until then."),),
        ("keys", "billing"),
    ),
    "no_credit.in_flight": Wording(
        WARNING,
        N_("Too many paid calls run at once for the balance at %(provider)s."),
        N_("The key is fine. Each running call holds a part of the balance."),
        (TEST_AGAIN, N_("A larger balance lets more calls run at once.")),
        BILLING,
    ),
}

LIMITS = {
    "rate_limited": Wording(
        WARNING,
        N_("%(provider)s asks to wait: too many requests just now."),
        N_("The key is fine. The limit is the account's own."),
        (TEST_AGAIN,),
        ("status",),
    ),
    "rate_limited.wait": Wording(
        WARNING,
        N_("%(provider)s asks to wait: too many requests just now."),
        N_("The key is fine. It said to come back in %(retry_after)s s."),
        (N_("Test again after that."),),
    ),
    "rate_limited.in_flight": Wording(
        WARNING,
        N_("Too many paid calls run at once for the balance at %(provider)s."),
        N_("The key is fine. Each running call holds a part of the balance."),
        (TEST_AGAIN, N_("A larger balance lets more calls run at once.")),
        BILLING,
    ),
    "rate_limited.free_models": Wording(
        WARNING,
        N_("The allowance for free models at %(provider)s is used up."),
        N_("The key is fine. Free models have a limit a minute and one a day."),
        (
            N_("Wait, or use the paid variant of the model."),
            N_("Having bought credit once raises the daily allowance."),
        ),
        BILLING,
    ),
    "rate_limited.daily": Wording(
        WARNING,
        N_("Today's allowance at %(provider)s is used up."),
        N_("The key is fine. The quota of this model counts by the day."),
        (N_("Wait until tomorrow, use another model, or move to a paid tier."),),
        BILLING,
    ),
}

MONEY = {**CREDIT, **LIMITS}
