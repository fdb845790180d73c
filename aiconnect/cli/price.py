"""`aiconnect price`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click

from aiconnect.cli import output, price_tables
from aiconnect.cli.base import Group
from aiconnect.cli.desk import Desk, open_desk
from aiconnect.cli.dollars import USD
from aiconnect.cli.repricing import reprice
from aiconnect.errors import Refused
from aiconnect.models import OwnPrice
from aiconnect.services import catalog, pricing, reports
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.pricing import Amounts

PARTS = ("input", "cache_read", "cache_write", "output", "reasoning")
COLUMNS = ("model", "source", *PARTS, "above", "per_call", "valid_from")
DOUBTS = ("model", "served", "source", "unknown_calls")
HISTORY = ("id", "valid_from", *PARTS, "is_withdrawn", "made_at", "made_by")
since_option = click.option(
    "--from", "since", metavar="DATE", help="From this date or time on, past or to come; else now."
)


@click.group(cls=Group)
def price() -> None:
    """What models cost, in USD per million tokens.

    A cost is the provider's own figure where it states one; else it is reckoned with the team's
    own price, with the provider's list of models, or with a table: the one that was accepted
    last, or the one that came with this version.
    """


for command in price_tables.COMMANDS:
    price.add_command(command)


price.add_command(reprice)


@price.command("list")
@click.option("--unknown", is_flag=True, help="Only what has no price, and calls of unknown cost.")
@output.as_json
def list_(*, unknown: bool, as_json: bool) -> None:
    """List the price in force of each served model, with its source, and other own prices."""
    with open_desk() as desk:
        if unknown:
            _doubts(pricing.doubts(desk.session), as_json=as_json)
            return
        output.rows(map(_row, pricing.prices(desk.session)), COLUMNS, as_json=as_json)


@price.command("set")
@click.argument("model")
@click.option("--input", "input_", type=USD, help="Per million tokens that are sent.")
@click.option("--output", "output_", type=USD, help="Per million tokens that are answered.")
@click.option("--cache-read", type=USD, help="Of what the provider kept; as --input, if left out.")
@click.option("--cache-write", type=USD, help="To be kept by it; as --input, if left out.")
@click.option("--reasoning", type=USD, help="Of thoughts; as --output, if left out.")
@since_option
@click.option("--withdraw", is_flag=True, help="As `price withdraw`.")
def set_(
    model: str,
    *,
    input_: Decimal | None,
    output_: Decimal | None,
    cache_read: Decimal | None,
    cache_write: Decimal | None,
    reasoning: Decimal | None,
    since: str | None,
    withdraw: bool,
) -> None:
    """Set the team's own price of MODEL, for the calls that begin from now on, or from a date.

    MODEL is `connection/id`, or an id alone for every connection; with * or ? in it, it is all
    models that fit (a nearer name goes first). Earlier prices are kept, and so is what calls have
    cost.
    """
    given = [
        one for one in (input_, output_, cache_read, cache_write, reasoning) if one is not None
    ]
    if withdraw:
        if given:
            raise click.UsageError("--withdraw takes no amounts.")
        _withdraw(model, since)
        return
    if input_ is None or output_ is None:
        raise click.UsageError("Give --input and --output, in USD per million tokens.")
    _set(model, Amounts(input_, output_, cache_read, cache_write, reasoning), since)


@price.command()
@click.argument("model")
@since_option
def withdraw(model: str, since: str | None) -> None:
    """Go back from the team's own price of MODEL to the price that it would have without."""
    _withdraw(model, since)


@price.command()
@click.argument("model")
@output.as_json
def history(model: str, *, as_json: bool) -> None:
    """List every price that the team has set of MODEL, the one that begins last first."""
    with open_desk() as desk:
        rows = map(_past, pricing.rows_of(desk.session, model))
        output.rows(rows, HISTORY, as_json=as_json)


def _doubts(found: list[pricing.Doubt], *, as_json: bool) -> None:
    if not found and not as_json:
        click.echo("Every served model has a price, and the cost of every call is known.")
        return
    rows = [{name: getattr(one, name) for name in DOUBTS} for one in found]
    output.rows(rows, DOUBTS, as_json=as_json)


def _since(desk: Desk, text: str | None) -> datetime | None:
    return reports.moment(text, desk.settings.timezone) if text else None


def _set(model: str, amounts: Amounts, since: str | None) -> None:
    for slip in pricing.unusual(amounts):
        click.echo(f"Warning: {_warning(slip)}", err=True)
    with open_desk() as desk:
        try:
            begins = _since(desk, since)
            row = pricing.set_price(desk.session, COMMAND_LINE, model, amounts, begins)
        except Refused as error:
            raise click.UsageError(str(error)) from None
        _remark(desk, row.model)
        when = output.plain(begins) if begins else "now"
        click.echo(f"Set the price of {row.model}: it counts for calls that begin from {when} on.")


def _warning(slip: pricing.Slip) -> str:
    given = f"--{slip.part.replace('_', '-')} {output.decimal(slip.amount)}"
    if slip.likely is None:
        return f"{given} is much. Is it per million tokens, in USD?"
    return f"{given} is little. Did you mean {output.decimal(slip.likely)} per million tokens?"


def _remark(desk: Desk, name: str) -> None:
    """Say where a price is for nothing that is served now: it may be a slip, or come later."""
    served = catalog.served(desk.session)
    named = [(one.connection.name, one.model_id) for one in served]
    if not any(pricing.means(name, *one) for one in named):
        click.echo(f"No connection lists {name} now. See `aiconnect model list`.", err=True)


def _withdraw(model: str, since: str | None) -> None:
    with open_desk() as desk:
        row = pricing.withdraw(desk.session, COMMAND_LINE, model, _since(desk, since))
        click.echo(f"Withdrew the own price of {row.model}.")


def _row(line: pricing.Line) -> output.Row:
    found = line.price
    rates = map(pricing.usd, found.rates.parts) if found else [None] * len(PARTS)
    tiers = reversed(found.tiers) if found else ()
    return {
        "model": line.model,
        "source": line.source,
        **dict(zip(PARTS, rates, strict=True)),
        "above": [_tier(*tier) for tier in tiers],
        "per_call": pricing.usd(found.per_call) if found and found.per_call else None,
        "valid_from": line.valid_from,
    }


def _past(row: OwnPrice) -> output.Row:
    amounts = {part: pricing.usd(getattr(row, part)) for part in PARTS}
    is_withdrawn = all(amount is None for amount in amounts.values())
    names = ("id", "valid_from", "made_at", "made_by")
    return {**{name: getattr(row, name) for name in names}, **amounts, "is_withdrawn": is_withdrawn}


def _tier(start: int, rates: pricing.Rates) -> str:
    inward, outward = pricing.usd(rates.input), pricing.usd(rates.output)
    return f"{start}: {output.plain(inward)} in, {output.plain(outward)} out"
