"""`aiconnect budget`."""

from __future__ import annotations

from decimal import Decimal

import click

from aiconnect import clock
from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.cli.dollars import USD
from aiconnect.models import Period, Scope
from aiconnect.services import budgets, team_zone
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.budgets import Draft, Standing

COLUMNS = (
    "name", "scope", "target", "period", "limit_usd", "spent_usd", "left_usd", "state", "soft",
    "warn_percent", "allows_unpriced", "cap_tokens", "resets_at", "exceeded", "made_at", "made_by",
)  # fmt: skip
OPTIONS = {
    Scope.PERSON: "--user", Scope.TOKEN: "--token", Scope.CONNECTION: "--connection",
    Scope.COLLECTION: "--collection",
}  # fmt: skip


@click.group(cls=Group)
def budget() -> None:
    """Budgets: so many USD for a day, a month or in total.

    A hard one stops calls that cost money before they are sent; models that are free go on. Days
    and months are those of the team's time zone (AICONNECT_TIMEZONE).
    """


@budget.command()
@click.argument("name")
@click.option("--limit", type=USD, required=True, help="What may be spent; 0 for nothing.")
@click.option(
    "--period",
    type=click.Choice([one.value for one in Period]),
    required=True,
    help="How long it lasts.",
)
@click.option("--user", metavar="EMAIL", help="Of a person's calls; of all, if left out.")
@click.option("--token", metavar="NAME", help="Of an access token's calls.")
@click.option("--connection", metavar="NAME", help="Of the calls through a connection.")
@click.option("--collection", metavar="NAME", help="Of the calls that its models answer.")
@click.option("--soft", is_flag=True, help="Warn, and stop nothing.")
@click.option(
    "--warn", type=click.IntRange(1, 100), default=80, show_default=True, metavar="PERCENT",
    help="From which part of the limit on it warns.",
)  # fmt: skip
@click.option("--allow-unpriced", is_flag=True, help="Let calls through whose price is not known.")
@click.option(
    "--cap", type=click.IntRange(1), default=8192, show_default=True, metavar="TOKENS",
    help="Output that is assumed where neither a call nor its model says how much it may be.",
)  # fmt: skip
def add(
    name: str,
    *,
    limit: Decimal,
    period: str,
    soft: bool,
    warn: int,
    allow_unpriced: bool,
    cap: int,
    **of: str | None,
) -> None:
    """Set a budget; what its period has cost so far counts."""
    scope, target = _target(of)
    draft = Draft(name, limit, period, scope, target, soft, warn, allow_unpriced, cap)
    with open_desk() as desk:
        made = budgets.add(desk.session, COMMAND_LINE, draft)
        spent = budgets.current(desk.session, team_zone.read(desk.session), clock.now())
        already = output.plain(_usd(spent[made.id].spent))
        click.echo(f"Added {made.name}: {already} of {output.plain(limit)} USD are spent already.")


@budget.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the budgets; what calls under way hold is known to the running server only."""
    with open_desk() as desk:
        zone = team_zone.read(desk.session, desk.settings.timezone)
        found = budgets.standings(desk.session, COMMAND_LINE, zone, clock.now())
        output.rows(map(_row, found), COLUMNS, as_json=as_json)


@budget.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a budget: it stops nothing any more."""
    with open_desk() as desk:
        found = budgets.remove(desk.session, COMMAND_LINE, name)
        click.echo(f"Removed {found.name}.")


def _target(of: dict[str, str | None]) -> tuple[Scope, str]:
    """What it is of: one thing at most."""
    options = {scope: of[option.removeprefix("--")] for scope, option in OPTIONS.items()}
    given = [(scope, name) for scope, name in options.items() if name is not None]
    if len(given) > 1:
        raise click.UsageError(f"Give one of {', '.join(OPTIONS.values())} at most.")
    return given[0] if given else (Scope.TEAM, "")


def _row(found: Standing) -> output.Row:
    one = found.budget
    return {
        "name": one.name,
        "scope": one.scope,
        "target": found.target.name or None,
        "period": one.period,
        "limit_usd": found.limit_usd,
        "spent_usd": found.spent_usd,
        "left_usd": found.left_usd,
        "state": found.state,
        "soft": one.is_soft,
        "warn_percent": one.warn_percent,
        "allows_unpriced": one.allows_unpriced,
        "cap_tokens": one.cap_tokens,
        "resets_at": found.resets_at,
        "exceeded": found.tally.exceeded,
        "made_at": one.made_at,
        "made_by": one.made_by,
    }


def _usd(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)
