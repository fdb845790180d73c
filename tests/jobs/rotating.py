"""Rotates the master key and dies at a place: `python -m tests.jobs.rotating PLACE`.

PLACE counts the sentences that are said before it kills itself; -1 goes on to the end.
"""

from __future__ import annotations

import os
import signal
import sys

from aiconnect.services import rotation
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.settings import Settings


def main() -> None:
    place = int(sys.argv[1])
    settings = Settings.from_env(os.environ)
    under_way = rotation.rotate(settings, COMMAND_LINE, batch=1, patience=0.5)
    for number, sentence in enumerate(under_way):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
        if number == place:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
