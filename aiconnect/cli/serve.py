"""`aiconnect serve`."""

from __future__ import annotations

import gc
import os

import click

from aiconnect.cli.base import Command
from aiconnect.settings import Settings


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8600, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1))
@click.option("--threads", default=64, show_default=True, type=click.IntRange(20, 1000))
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Run the server until it is stopped (Ctrl-C or SIGTERM)."""
    gc.disable()  # looking through what is imported, which stays, would be a tenth of the start
    from aiconnect.cli import server  # noqa: PLC0415 (gunicorn, for this command only)

    gc.enable()
    settings = Settings.from_env(os.environ)
    for warning in settings.warnings:
        click.echo(warning, err=True)
    server.serve(settings, server.Place(host, port), threads=threads, workers=workers)
