"""The wheel works from any folder: in an empty venv, with locked dependencies and no checkout."""

import os
import site
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Installed:
    """`aiconnect` in a venv of its own, run from a folder that is not the checkout."""

    program: Path
    folder: Path

    @property
    def env(self) -> Mapping[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self, port: int) -> subprocess.Popen[bytes]:
        with (self.folder / "serve.log").open("wb") as log:
            return subprocess.Popen(
                [self.program, "serve", "--port", str(port)],
                cwd=self.folder,
                env=self.env,
                stdout=log,
                stderr=log,
            )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    venv = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*install, "--no-index", "--no-deps", wheel], check=True)
    lend_dependencies(python)
    return Installed(venv / "bin" / "aiconnect", tmp_path_factory.mktemp("elsewhere"))


def lend_dependencies(python: Path) -> None:
    """Put the packages of this venv, locked by hash, behind those of the other.

    A .pth file inside a folder that a .pth file names is not read, so the editable install of the
    checkout stays out of sight.
    """
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True)
    Path(answer.stdout.strip(), "lent.pth").write_text("\n".join(site.getsitepackages()) + "\n")


@pytest.fixture
def server(installed: Installed) -> Iterator[str]:
    """Start the installed server on an initialised instance."""
    installed.run("init")
    port = free_port()
    process = installed.serve(port)
    try:
        yield wait_until_ready(process, f"http://127.0.0.1:{port}", installed.folder / "serve.log")
    finally:
        process.terminate()
        process.wait(20)


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> str:
    for _ in range(300):
        if status(f"{url}/readyz") == 200:
            return url
        try:
            process.wait(0.1)
            break
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"serve is not ready:\n{log.read_text()}")


def status(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            code: int = reply.status
            return code
    except OSError:
        return None


def test_the_wheel_holds_what_the_program_reads_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"aiconnect", next(top for top in tops if top.endswith(".dist-info"))}
    assert "aiconnect/static/style.css" in names
    assert "aiconnect/_migrations/env.py" in names
    assert any(name.startswith("aiconnect/_migrations/versions/") for name in names)
    assert any(name.startswith("aiconnect/templates/") for name in names)
    assert "aiconnect/translations/id/LC_MESSAGES/messages.mo" in names


def test_the_wheel_is_what_is_imported_not_the_checkout(installed):
    python = installed.program.with_name("python")
    say = "import aiconnect, pathlib; print(pathlib.Path(aiconnect.__file__).parent)"
    said = subprocess.run(
        [python, "-c", say],
        cwd=installed.folder,
        env=installed.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(said.stdout.strip()).is_relative_to(python.parents[1])


def test_an_instance_is_made_from_any_folder(installed):
    done = installed.run("init")
    assert (done.returncode, done.stderr) == (0, "")
    assert (installed.folder / "instance").is_dir()


def test_the_doctor_finds_nothing_wrong_with_a_fresh_instance(installed):
    installed.run("init")
    done = installed.run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_server_becomes_ready_and_shows_its_pages(server):
    assert status(f"{server}/readyz") == 200
    assert status(f"{server}/login") == 200


def test_the_build_backend_is_the_locked_one():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (backend,) = pyproject["build-system"]["requires"]
    assert pyproject["dependency-groups"]["build"] == [backend]
    assert f"{backend} " in (ROOT / "requirements" / "base.txt").read_text()
