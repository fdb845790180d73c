"""`aiconnect setting`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click
from sqlalchemy.orm import Session

from aiconnect.cli import output
from aiconnect.cli.base import Group
from aiconnect.cli.desk import open_desk
from aiconnect.gateway.limits import Limits
from aiconnect.services import ceilings, maturity, price_updates, retention, texts
from aiconnect.services.audit import COMMAND_LINE

COLUMNS = ("name", "value", "default", "use", "meaning")
CAPPED = "The server holds it lower where its threads or descriptors allow no more."


@click.group(cls=Group)
def setting() -> None:
    """Settings of the server: how much it takes, how long it waits."""


@setting.command("list")
@output.as_json
def list_(*, as_json: bool) -> None:
    """List the settings: what holds, what is usual, what it means.

    How many calls and streams are under way, and how many descriptors there are, is known to the
    running server only: its page of settings shows it.
    """
    with open_desk() as desk:
        found = ceilings.lines(desk.session, Limits().usual)
        rows = [*map(_row, found), _mature(is_forbidden=maturity.is_forbidden(desk.session))]
        rows.append(_retention(retention.read(desk.session)))
        rows += [*_of_prices(desk.session), _texts(is_on=texts.is_on(desk.session))]
        output.rows(rows, COLUMNS, as_json=as_json)


@setting.command("set")
@click.argument("name")
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Set NAME to VALUE, or to `default`; a running server holds to it within a second.

    `mature` is `allowed` or `off`: off, nobody may switch mature mode on. `price-checks` is `on`
    or `off`: on, newer prices are fetched every week, to be looked at; `price-url` is from where.
    `retention-days` is how long single calls are kept, 0 for ever. `texts` is `on` or `off`: on,
    what every call asks and is answered is kept for 7 days and admins can read it, which those who
    call should know; off, it goes at once.
    """
    if name in OTHERS:
        with open_desk() as desk:
            word = OTHERS[name](desk.session, value)
        click.echo(f"Set {name} to {word}.")
        return
    with open_desk() as desk:
        one = ceilings.put(desk.session, COMMAND_LINE, name, value)
    if one.is_capped:
        click.echo(CAPPED, err=True)
    click.echo(f"Set {one.name} to {value.strip().lower() or ceilings.DEFAULT}.")


def _put_mature(session: Session, value: str) -> str:
    wanted = maturity.ALLOWED if value.strip().lower() == ceilings.DEFAULT else value
    return maturity.put(session, COMMAND_LINE, wanted)


def _put_checks(session: Session, value: str) -> str:
    return price_updates.put(session, COMMAND_LINE, price_updates.CHECKS, value)


def _put_url(session: Session, value: str) -> str:
    return price_updates.put(session, COMMAND_LINE, price_updates.URL, value)


def _put_retention(session: Session, value: str) -> str:
    return str(retention.put(session, COMMAND_LINE, value))


def _put_texts(session: Session, value: str) -> str:
    wanted = texts.OFF if value.strip().lower() == ceilings.DEFAULT else value
    return texts.put(session, COMMAND_LINE, wanted)


OTHERS: Mapping[str, Callable[[Session, str], str]] = {
    retention.SETTING: _put_retention,
    maturity.SETTING: _put_mature,
    price_updates.CHECKS: _put_checks,
    price_updates.URL: _put_url,
    texts.SETTING: _put_texts,
}
"""Settings that are no ceilings: what each is put by, which gives the word that holds."""


def _of_prices(session: Session) -> list[output.Row]:
    checks = "on" if price_updates.checks_are_on(session) else "off"
    about = "Newer prices. on: fetched every week, to be looked at; off: only when asked for."
    where = "Where newer prices are fetched from."
    return [
        _other(price_updates.CHECKS, checks, "off", about),
        _other(price_updates.URL, price_updates.url(session), price_updates.DEFAULT_URL, where),
    ]


def _other(name: str, value: str, default: str, meaning: str) -> output.Row:
    return {"name": name, "value": value, "default": default, "use": None, "meaning": meaning}


def _mature(*, is_forbidden: bool) -> output.Row:
    word = maturity.OFF if is_forbidden else maturity.ALLOWED
    meaning = "Mature mode. allowed: everybody decides for themselves; off: nobody may."
    return _other(maturity.SETTING, word, maturity.ALLOWED, meaning)


def _texts(*, is_on: bool) -> output.Row:
    word = texts.ON if is_on else texts.OFF
    meaning = "Prompts and answers. on: kept for 7 days, admins can read them; off: not kept."
    return _other(texts.SETTING, word, texts.OFF, meaning)


def _retention(days: int) -> output.Row:
    return {
        "name": retention.SETTING,
        "value": days,
        "default": retention.USUAL,
        "use": None,
        "meaning": "Days that single calls are kept, 0 for ever. What they add up to stays.",
    }


def _row(line: ceilings.Line) -> output.Row:
    """What was set is shown as it is: how many threads the server has is not known here."""
    return {
        "name": line.ceiling.name,
        "value": line.default if line.asked is None else line.asked,
        "default": line.default,
        "use": None,
        "meaning": f"{line.ceiling.title}. {line.ceiling.meaning}",
    }
