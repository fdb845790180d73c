"""The peers' own environments in bench-work/peers: every version pinned, every file by its hash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.places import HERE, ROOT, WORK

PINS = HERE / "peers"
PLACE = WORK / "peers"
LITELLM_PINS, LITELLM = PINS / "litellm.txt", PLACE / "litellm"
PORTKEY_PINS, PORTKEY = PINS / "portkey", PLACE / "portkey"
START_PORTKEY = PORTKEY / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
LOCKS = ("package.json", "package-lock.json")


def install() -> None:
    """Install what is missing or was locked anew. Exits where a program for that is missing."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        sys.exit(f"Missing here: {' '.join(missing)}. Next, as root: apt-get install nodejs npm")
    PLACE.mkdir(mode=0o700, parents=True, exist_ok=True)
    _once(LITELLM, LITELLM_PINS.read_text(), _install_litellm)
    _once(PORTKEY, (PORTKEY_PINS / LOCKS[1]).read_text(), _install_portkey)


def lock() -> None:
    """Write the pins anew, of the versions that litellm.in and package.json name."""
    _run(
        Path(sys.executable).with_name("uv"), "pip", "compile", PINS / "litellm.in",
        "--override", PINS / "litellm-overrides.txt", "--output-file", LITELLM_PINS,
        "--generate-hashes", "--universal", "--python-version", "3.11", "--no-emit-index-url",
        "--no-emit-find-links", "--custom-compile-command", "python -m bench.peers --lock",
        "--quiet",
    )  # fmt: skip
    _run("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund",
         cwd=PORTKEY_PINS)  # fmt: skip


def versions() -> str:
    """Which versions run, in words."""
    pins = LITELLM_PINS.read_text().splitlines()
    litellm = next(line.split("==")[1] for line in pins if line.startswith("litellm=="))
    wanted = json.loads((PORTKEY_PINS / "package.json").read_text())["dependencies"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return (
        f"LiteLLM {litellm.split()[0]}, Portkey {wanted['@portkey-ai/gateway']} "
        f"(Node {node.stdout.strip()})"
    )


def _once(folder: Path, pins: str, make: Callable[[], None]) -> None:
    """What is there from the same pins stays."""
    said = folder / "installed-from"
    if said.is_file() and said.read_text() == pins:
        return
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Installing into {os.path.relpath(folder, ROOT)}, once ...", flush=True)
    make()
    said.write_text(pins)


def _install_litellm() -> None:
    """Without its dependencies' say: two of the pins override what it asks for."""
    _run(sys.executable, "-m", "venv", LITELLM)
    _run(LITELLM / "bin" / "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps",
         "--require-hashes", "-r", LITELLM_PINS)  # fmt: skip


def _install_portkey() -> None:
    PORTKEY.mkdir()
    for name in LOCKS:
        shutil.copy(PORTKEY_PINS / name, PORTKEY)
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=PORTKEY)


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:4]))} ...: {(done.stderr or done.stdout).strip()}")
