"""Amounts of money as commands take them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click
from typing_extensions import override


class Dollars(click.ParamType[Decimal]):
    """An amount of USD, exact."""

    name = "USD"

    @override
    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{str(value)!r} is no amount like 2.50.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{str(value)!r} is not 0 or more.", param, ctx)
        return amount


USD = Dollars()
