"""`aiconnect key`."""

from tests.cli.conftest import Shell

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"


def add_connection(shell: Shell) -> None:
    shell.ok("connection", "add", "openai", "--key-stdin", stdin=KEY)


def test_rotating_says_each_step_and_shows_no_key(shell: Shell) -> None:
    add_connection(shell)
    path = shell.instance / "master.key"
    old = path.read_text().strip()
    said = shell.ok("key", "rotate")
    (new,) = path.read_text().split()
    assert new != old
    assert "Every value is sealed with the new key" in said
    assert not {new, old, KEY} & set(said.split())
    assert "Opens what the database holds" in shell.ok("doctor")


def test_a_secret_that_does_not_open_is_named(shell: Shell) -> None:
    add_connection(shell)
    path = shell.instance / "master.key"
    first = path.read_text()
    line = shell.sorry("key", "rotate", AICONNECT_MASTER_KEY=shell.ok("key", "new").strip())
    assert "does not open this database" in line
    assert path.read_text() == first


def test_with_keys_from_the_environment_it_says_what_to_remove(shell: Shell) -> None:
    add_connection(shell)
    new, old = shell.ok("key", "new").strip(), (shell.instance / "master.key").read_text().strip()
    assert "Remove the others" in shell.ok("key", "rotate", AICONNECT_MASTER_KEY=f"{new},{old}")
    assert "Opens what" in shell.ok("doctor", AICONNECT_MASTER_KEY=new)
    assert shell.run("doctor").exit_code == 1


def test_one_key_in_the_environment_is_not_enough(shell: Shell) -> None:
    old = (shell.instance / "master.key").read_text().strip()
    line = shell.sorry("key", "rotate", AICONNECT_MASTER_KEY=old)
    assert "aiconnect key new" in line


def test_a_new_key_stands_alone_on_stdout(shell: Shell) -> None:
    result = shell.run("key", "new")
    assert len(result.stdout.strip()) == 44
    assert result.stderr == ""
