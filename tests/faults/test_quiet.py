"""The main walk in a network namespace that has nothing but loopback: nothing calls outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALK = """
import sys
from pathlib import Path
from tests.fakes.rows import started
from tests.running import SAY, Instance, serving
folder = Path(sys.argv[1])
with started() as fakes:
    instance = Instance(folder / "instance")
    instance.add_owner()
    instance.add_connection("ollama", fakes["ollama"].url)
    token = instance.add_token()
    with serving(instance, folder / "log") as server:
        assert server.get("/login").status == 200
        for stream in (False, True):
            assert server.chat(token, {"model": "ollama/x", "stream": stream, **SAY}).status == 200
        instance.settled(2)
        assert server.stop() == 0
print("walked")
"""


@pytest.mark.system
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs util-linux")
def test_the_main_walk_needs_no_network(tmp_path: Path) -> None:
    inside = f'ip link set lo up && exec "{sys.executable}" -c "$1" "{tmp_path}"'
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", inside, "sh", WALK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "walked", done.stderr
