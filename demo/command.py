"""The demo's steps, taken with the same command line that an operator uses."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

from programs import CannotGoOn, open_private

AICONNECT = str(Path(sys.executable).with_name("aiconnect"))
PERSON = "demo@example.org"
CONNECTION = "llamacpp"
PROGRAM = "demo"


def environment(instance: Path, url: str) -> dict[str, str]:
    """Keep the demo apart from settings that are meant for a real installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AICONNECT_")}
    return kept | {"AICONNECT_INSTANCE": str(instance), "AICONNECT_PUBLIC_URL": url}


class Command:
    """`aiconnect …` on the demo's instance."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Remember the environment that every call gets."""
        self.env = env

    def run(self, *words: str, stdin: str = "") -> str:
        """Run one command; what it refuses ends the demo with its own sentence."""
        done = subprocess.run(
            [AICONNECT, *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise CannotGoOn(f"`aiconnect {' '.join(words)}` refused: {said}")
        return done.stdout.strip()

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """List something."""
        return cast("list[dict[str, Any]]", json.loads(self.run(*words, "--json")))

    def add_owner(self) -> None:
        """Make the owner once. Nobody learns the password: the one-time link signs in."""
        if not any(row["email"] == PERSON for row in self.rows("user", "list")):
            password = secrets.token_urlsafe(32)
            self.run("user", "add", PERSON, "--role", "owner", stdin=f"{password}\n")

    def connect(self, address: str) -> None:
        """Point the connection at this start's model server and test it."""
        known = any(row["name"] == CONNECTION for row in self.rows("connection", "list"))
        verb = ("edit", CONNECTION) if known else ("add", CONNECTION)
        self.run("connection", *verb, "--url", address)
        self.run("connection", "test", CONNECTION)

    def access_token(self, kept: Path) -> str:
        """Give the access token of the last run again, so that programs set up with it go on."""
        rows = self.rows("token", "list")
        secret = kept.read_text().strip() if kept.exists() else ""
        if any(secret.endswith(row["last4"]) and not row["revoked_at"] for row in rows):
            return secret
        secret = self.run("token", "add", free_name(rows), "--user", PERSON)
        with open_private(kept) as file:
            file.write(f"{secret}\n")
        return secret

    def sign_in_link(self) -> str:
        """Make a link that signs in once."""
        return self.run("user", "link", PERSON)


def free_name(rows: list[dict[str, Any]]) -> str:
    """Find a name that no access token has or had."""
    taken = {row["name"] for row in rows}
    names = (f"{PROGRAM}-{number}" if number > 1 else PROGRAM for number in count(1))
    return next(name for name in names if name not in taken)
