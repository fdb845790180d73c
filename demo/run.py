"""`make demo`: a real small language model, aiconnect before it, and what to type to use both.

All that it keeps is in .demo/; it can be run again. Ctrl-C stops all it started.
"""

import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from command import AICONNECT, Command, environment
from programs import CannotGoOn, Program
from welcome import welcome

HOST = "127.0.0.1"
READY_SECONDS = 60


def main() -> int:
    """Run the demo; exit 1 with a sentence where it cannot go on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup make demo
        signal.signal(signal.SIGHUP, interrupt)
    try:
        demo(Path(".demo").absolute(), port(), model())
    except CannotGoOn as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("\nStopped. make demo starts it again; nothing is downloaded twice.")
    return 0


def demo(folder: Path, number: int, other_model: Path | None) -> None:
    """Start everything, say how to use it, wait for Ctrl-C."""
    url = f"http://{HOST}:{number}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with only_one(folder), stopping() as started:
        check_port(number)
        model_server = start_model(folder, other_model, started)
        ready = model_server.first_line()
        env = environment(folder / "instance", url)
        aiconnect = Command(env)
        say("Setting up aiconnect in .demo/instance ...")
        aiconnect.run("init")
        aiconnect.add_owner()
        aiconnect.connect(ready["address"])
        serve = [AICONNECT, "serve", "--host", HOST, "--port", str(number)]
        server = Program.start("server", serve, folder / "aiconnect.log", env)
        started.append(server)
        server.wait_until_ready(f"{url}/readyz", READY_SECONDS)
        secret = aiconnect.access_token(folder / "access-token")
        say(welcome(url, aiconnect.sign_in_link(), secret, ready["model"]))
        wait(started)


def start_model(folder: Path, other_model: Path | None, started: list[Program]) -> Program:
    """Start the model server; Gemma's licence is named here too, not only before the download."""
    if other_model:
        say(f"Loading {other_model.name} ...")
    else:
        say("Loading Gemma 3 270M (Gemma terms of use: https://ai.google.dev/gemma/terms) ...")
    command = [sys.executable, str(Path(__file__).with_name("model_server.py"))]
    command += ["--folder", str(folder)]
    command += ["--model", str(other_model)] if other_model else []
    log = folder / "model-server.log"
    started.append(Program.start("model server", command, log, os.environ))
    return started[-1]


def port() -> int:
    """Read DEMO_PORT."""
    text = os.environ.get("DEMO_PORT", "8600")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CannotGoOn(f"DEMO_PORT is {text!r}; it must be a port from 1 to 65535.")
    return int(text)


def model() -> Path | None:
    """Read MODEL: another GGUF file, or none for the demo's own."""
    text = os.environ.get("MODEL", "")
    if not text:
        return None
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise CannotGoOn(f"There is no file {path}. Next: make demo MODEL=/path/to/a/model.gguf")
    return path


def check_port(number: int) -> None:
    """Find out before the slow steps whether the port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"is refused ({error})"
            another = number + 1 if number < 65535 else 8600
            raise CannotGoOn(f"Port {number} {why}. Next: make demo DEMO_PORT={another}") from error


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two demos on one instance would move each other's connection."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotGoOn(
                f"The demo already runs, with everything in {folder}. "
                "Next: use that one, or stop it with Ctrl-C first."
            ) from error
        yield


@contextmanager
def stopping() -> Iterator[list[Program]]:
    """Stop what was started, the last one first, however the demo ends."""
    started: list[Program] = []
    try:
        yield started
    finally:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for program in reversed(started):
            program.stop()


def wait(started: list[Program]) -> None:
    """Stay until Ctrl-C; a program that ends by itself ends the demo."""
    while True:
        time.sleep(0.5)
        for program in started:
            if program.has_ended:
                raise CannotGoOn(program.last_words("has ended; make demo starts it again"))


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat SIGTERM and a closed terminal as Ctrl-C; a script may have started us without it."""
    raise KeyboardInterrupt


def say(sentence: str) -> None:
    """Print at once, also into a pipe."""
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
