"""Every job: its name, how often, and the function that performs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta

from aiconnect.errors import N_
from aiconnect.jobs import alerting, checking, ledger, pricing, recounting, spending, tidying
from aiconnect.jobs.running import Job
from aiconnect.services import alerts, repricing
from aiconnect.services.jobs import Said

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

JOBS: Mapping[str, Job] = {
    job.name: job
    for job in (
        Job("local-models", MINUTE, checking.local_models),
        Job("cloud-models", 15 * MINUTE, checking.cloud_models, first=10 * MINUTE),
        Job("recheck", MINUTE, checking.recheck, wakes=checking.is_doubted),
        Job("absorb-left-behind", MINUTE, tidying.absorb_left_behind),
        Job("alerts", MINUTE, alerting.look),
        Job("alert-deliveries", MINUTE, alerting.deliver, wakes=alerts.is_due),
        Job("alert-digest", 5 * MINUTE, alerting.summarise),
        Job("rollups", 15 * SECOND, ledger.roll, first=15 * SECOND, wakes=ledger.is_behind),
        Job("forget-records", HOUR, ledger.forget, first=20 * MINUTE),
        Job("vacuum", DAY, ledger.vacuum, first=50 * MINUTE),
        Job("budgets", HOUR, recounting.recount, first=5 * MINUTE),
        Job("forget-tryouts", HOUR, tidying.forget_tryouts),
        Job("forget-texts", HOUR, tidying.forget_texts),
        Job("reprice", MINUTE, spending.reprice, wakes=repricing.is_ordered),
        Job("read-accounts", HOUR, spending.read_accounts, first=5 * MINUTE),
        Job("tidy", DAY, tidying.tidy, first=30 * MINUTE),
        Job("price-checks", 7 * DAY, pricing.check_prices, first=HOUR),
    )
}

TITLES: Mapping[str, str] = {
    "local-models": N_("Model lists of local servers"),
    "cloud-models": N_("Model lists of providers in the cloud"),
    "recheck": N_("Checks of connections that did not work"),
    "absorb-left-behind": N_("Records that a stopped process left behind"),
    "alerts": N_("What alerts watch"),
    "alert-deliveries": N_("Mail and webhooks of alerts"),
    "alert-digest": N_("The week's summary"),
    "rollups": N_("The ledger added up by hour, day and month"),
    "forget-records": N_("Single calls removed that are past their time"),
    "vacuum": N_("Room given back that removed rows took"),
    "budgets": N_("Budgets summed up again"),
    "forget-tryouts": N_("Tried prompts and their answers removed"),
    "forget-texts": N_("What calls asked and were answered removed"),
    "reprice": N_("Past calls priced anew"),
    "read-accounts": N_("What accounts at providers have used"),
    "tidy": N_("Old rows removed"),
    "price-checks": N_("Newer prices"),
}
"""Names in words."""

ABOUT: Mapping[str, str] = {
    "local-models": N_("Every minute while someone looks here, otherwise every ten."),
    "cloud-models": N_("Each once a day, a few every quarter of an hour."),
    "recheck": N_("After 1 minute, then 2, 4 and so on up to an hour."),
    "absorb-left-behind": N_("Every minute."),
    "alerts": N_("Every minute."),
    "alert-deliveries": N_("Within seconds; what fails after 1 minute, then 2, 4 and so on."),
    "alert-digest": N_("Mondays after 08:00 in the team's time zone."),
    "rollups": N_("Every 15 seconds, sooner where many calls wait."),
    "forget-records": N_("Every hour; what they add up to stays."),
    "vacuum": N_("Once a day, where a quarter of the file is empty; always where you ask for it."),
    "budgets": N_("Every hour: a check of what is counted as calls end."),
    "forget-tryouts": N_("Every hour: those that are older than a day."),
    "forget-texts": N_("Every hour: what is older than 7 days, where any is kept at all."),
    "reprice": N_("Within seconds of an order, until it is done."),
    "read-accounts": N_("Each four times a day."),
    "tidy": N_("Once a day: old tests, used links, sign-ins that have ended."),
    "price-checks": N_("Once a week, where that is switched on; accepted by a person only."),
}
"""How often, in words."""

SAID: Mapping[str, str] = {
    "nothing": N_("Nothing to do"),
    "checked": N_("%(asked)s asked. Models: %(added)s new, %(gone)s gone"),
    "checked_some": N_(
        "%(asked)s asked, %(failed)s of them without success. Models: %(added)s new, %(gone)s gone"
    ),
    "alerted": N_("Alerts: %(opened)s opened, %(resolved)s resolved"),
    "sent": N_("Messages: %(sent)s sent, %(failed)s failed"),
    "queued": N_("Summaries queued: %(count)s"),
    "recounted": N_("Budgets with another sum than the ledger: %(wrong)s"),
    "repriced": N_("%(calls)s calls looked at, %(changed)s of them cost something else now"),
    "accounts": N_("%(asked)s accounts asked, %(failed)s without success"),
    "removed": N_("%(rows)s rows removed"),
    "absorbed": N_("%(lines)s lines of the journal taken in"),
    "rolled": N_("%(records)s calls added up"),
    "given_back": N_("%(megabytes)s MB given back"),
    "autovacuum": N_("PostgreSQL does this by itself"),
    "prices_off": N_("Switched off"),
    "prices_same": N_("Prices are up to date"),
    "prices_new": N_("Newer prices wait to be looked at"),
    "prices_unfetched": N_("No newer prices could be fetched"),
    "failed_database": N_("The database could not be used; the log says more"),
    "failed_files": N_("A file could not be read or written; the log says more"),
    "failed_inside": N_("Something failed in this server; the log says more"),
}
"""What a run says, in words, by its code."""


def worded(written: str, translate: Callable[[str], str] = str) -> str:
    """What a run has said, in words; nothing where it said nothing or this version cannot tell."""
    said = Said.read(written)
    sentence = SAID.get(said.code, "")
    return translate(sentence) % defaultdict(lambda: "?", said.facts) if sentence else ""
