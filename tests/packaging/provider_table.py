"""The table of providers in docs/, from the rows: `python -m tests.packaging.provider_table`."""

from __future__ import annotations

import sys
from pathlib import Path

from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach

TABLE = Path(__file__).parents[2] / "docs" / "providers.md"
REACHES = {
    Reach.PUBLIC: "public, https",
    Reach.SWITCH: "public, https; private with the switch",
    Reach.LOCAL: "private, http too",
}
HEAD = """# Providers

What `aiconnect connection add PROVIDER` and the page *Add a connection* know. Made from the rows in
`aiconnect/providers/` by `python -m tests.packaging.provider_table`; a test compares.

| slug | provider | family | address | may lead to | key from | proves the key |
|---|---|---|---|---|---|---|
"""


def table() -> str:
    return HEAD + "".join(_line(row) for row in PROVIDERS.values())


def _line(row: Provider) -> str:
    cells = (
        f"`{row.slug}`", f"[{row.name}]({row.docs_url})", row.family.value,
        f"`{row.base_url}`" if row.base_url else "your own", REACHES[row.reach],
        _keys(row), f"`{row.proof.method} {row.proof.path}`" if row.proof else "the model list",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |\n"


def _keys(row: Provider) -> str:
    if row.keys_url:
        return row.keys_url.removeprefix("https://")
    return "not needed" if "api_key" not in row.needs else "the provider"


if __name__ == "__main__":
    sys.stdout.write(table())
