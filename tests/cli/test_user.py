"""`aiconnect user`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import AuditEntry
from aiconnect.secret import Secret
from aiconnect.services import accounts
from tests.cli.conftest import PASSWORD, Shell
from tests.running import Instance, serving

EMAIL = "alice@example.org"


def test_the_first_person_is_an_owner_and_the_next_a_member(shell: Shell) -> None:
    shell.add_user()
    shell.add_user("mel@example.org")
    rows = shell.json("user", "list")
    assert [(row["email"], row["role"]) for row in rows] == [
        (EMAIL, "owner"), ("mel@example.org", "member"),
    ]  # fmt: skip


def test_a_role_may_be_given(shell: Shell) -> None:
    shell.add_user(EMAIL, "--role", "admin")
    assert shell.json("user", "list")[0]["role"] == "admin"


@pytest.mark.parametrize("stdin", ["", "\n", "too short\n"])
def test_a_password_too_short_is_refused(shell: Shell, stdin: str) -> None:
    assert "12 characters" in shell.sorry("user", "add", EMAIL, stdin=stdin)
    assert shell.json("user", "list") == []


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_password_is_the_line_without_its_end(shell: Shell, session: Session, end: str) -> None:
    shell.ok("user", "add", EMAIL, stdin=f" {PASSWORD} {end}")
    where = {"address": "192.0.2.1", "browser": ""}
    assert accounts.sign_in(session, EMAIL, Secret(f" {PASSWORD} "), **where)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_bytes_that_are_no_text_are_one_line(shell: Shell, locale: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from aiconnect.cli import main; main()", "user", "add", EMAIL],
        env={"AICONNECT_INSTANCE": str(shell.instance), "LC_ALL": locale},
        input=b"\xff" * 20, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [b"Error: What came on stdin is not text in UTF-8."]


def test_a_password_is_never_printed(shell: Shell) -> None:
    result = shell.run("user", "add", EMAIL, stdin=f"{PASSWORD}\n")
    assert PASSWORD not in result.output


def test_a_link_leads_to_this_machine(shell: Shell) -> None:
    shell.add_user()
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8600/login\?code=[\w-]{43}\n", shell.ok("user", "link", EMAIL)
    )
    assert ":8700/login" in shell.ok("user", "link", EMAIL, "--port", "8700")


def test_a_link_leads_to_the_server_that_runs(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "instance")
    shell = Shell(instance.settings.instance)
    shell.add_user()
    with serving(instance, tmp_path / "log") as running:
        assert shell.ok("user", "link", EMAIL).startswith(f"{running.url}/login?code=")
    instance.close()
    assert shell.ok("user", "link", EMAIL).startswith("http://127.0.0.1:8600/login?code=")


def test_a_link_leads_to_the_public_address(shell: Shell) -> None:
    shell.add_user()
    environ = {"AICONNECT_PUBLIC_URL": "https://ai.example.org/"}
    link = shell.ok("user", "link", EMAIL, **environ)
    assert link.startswith("https://ai.example.org/login?code=")


def test_a_link_signs_in(shell: Shell, session: Session) -> None:
    shell.add_user()
    code = shell.ok("user", "link", EMAIL).strip().partition("code=")[2]
    assert accounts.sign_in_by_link(session, Secret(code), address="192.0.2.1", browser="")


def test_a_disabled_person_is_shown_as_such(shell: Shell) -> None:
    shell.add_user()
    shell.add_user("bob@example.org")
    shell.ok("user", "disable", "BOB@example.org")
    row = shell.json("user", "list")[1]
    assert row["enabled"] is False
    assert row["disabled_at"].endswith("Z")


def test_the_last_owner_is_not_disabled(shell: Shell) -> None:
    shell.add_user()
    assert "last owner" in shell.sorry("user", "disable", EMAIL)


def test_the_table_has_the_same_as_the_json(shell: Shell) -> None:
    shell.add_user()
    table = shell.ok("user", "list")
    assert all(word in table for word in (EMAIL, "owner", "yes"))


def test_the_audit_says_that_it_was_the_command_line(shell: Shell, session: Session) -> None:
    shell.add_user()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.via) == ("command line", "command")
