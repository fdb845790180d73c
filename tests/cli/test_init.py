"""`aiconnect init`."""

from pathlib import Path

from tests.cli.conftest import Shell


def test_init_says_what_it_made(tmp_path: Path) -> None:
    said = Shell(tmp_path / "new").ok("init").splitlines()
    assert [line.split()[0] for line in said] == ["Made", "Made", "Made"]


def test_init_again_says_that_all_is_there(shell: Shell) -> None:
    assert "in place" in shell.ok("init")


def test_init_prints_no_key(tmp_path: Path) -> None:
    said = Shell(tmp_path).ok("init")
    assert (tmp_path / "master.key").read_text().strip() not in said


def test_a_key_that_is_gone_is_not_replaced(shell: Shell) -> None:
    (shell.instance / "master.key").unlink()
    assert "Put it back" in shell.sorry("init")


def test_without_an_instance_the_server_says_what_to_run(tmp_path: Path) -> None:
    said = Shell(tmp_path / "nowhere").sorry("serve")
    assert said == f"Error: There is no folder {tmp_path / 'nowhere'}. Run `aiconnect init`."


def test_several_processes_are_refused_without_what_they_share(shell: Shell) -> None:
    said = shell.sorry("serve", "--workers", "2")
    assert said == (
        "Error: More than one worker needs PostgreSQL (AICONNECT_DATABASE_URL) and Redis "
        "(AICONNECT_REDIS_URL). Set what is missing, or leave --workers at 1: one process carries "
        "a thousand streams."
    )
