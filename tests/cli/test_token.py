"""`aiconnect token`."""

import re

from tests.cli.conftest import Shell

EMAIL = "alice@example.org"


def test_the_secret_stands_alone_on_stdout(shell: Shell) -> None:
    shell.add_user()
    result = shell.run("token", "add", "laptop", "--user", EMAIL)
    assert re.fullmatch(r"aic_[\w-]{43}\n", result.stdout)
    assert result.stdout.strip() not in result.stderr


def test_the_list_has_all_but_the_secret(shell: Shell) -> None:
    shell.add_user()
    words = ["token", "add", "laptop", "--user", EMAIL, "--expires", "7", "--model", "ollama/*"]
    secret = shell.ok(*words).strip()
    (row,) = shell.json("token", "list")
    assert (row["name"], row["user"], row["models"]) == ("laptop", EMAIL, ["ollama/*"])
    assert row["last4"] == secret[-4:]
    assert "id,at," in shell.ok("usage", "export", "--format", "csv", "--token", str(row["id"]))
    assert row["expires_at"].endswith("Z")
    assert row["revoked_at"] is None
    assert secret not in shell.ok("token", "list")


def test_a_revoked_one_stays_listed(shell: Shell) -> None:
    shell.add_user()
    shell.ok("token", "add", "laptop", "--user", EMAIL)
    shell.ok("token", "revoke", "laptop")
    assert shell.json("token", "list")[0]["revoked_at"].endswith("Z")


def test_nobody_unknown_gets_one(shell: Shell) -> None:
    assert "user list" in shell.sorry("token", "add", "laptop", "--user", "x@example.org")


def test_an_end_that_lies_behind_is_a_wrong_use(shell: Shell) -> None:
    words = ["token", "add", "laptop", "--user", EMAIL, "--expires", "0"]
    assert shell.run(*words).exit_code == 2


def test_an_empty_pattern_does_not_allow_every_model(shell: Shell) -> None:
    shell.add_user()
    result = shell.run("token", "add", "laptop", "--user", EMAIL, "--model", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert shell.json("token", "list") == []
