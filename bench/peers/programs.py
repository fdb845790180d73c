"""LiteLLM and Portkey before the mock, each in the fastest way of running it that was found.

LiteLLM: explicit models that its list of prices knows, no wildcard, no retries, no spend logs, no
database, one worker like ours. Portkey: its server without the console; where calls go is told by
two headers of each call, and it looks at no key of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.bodies import PLAIN, STREAM
from bench.load import Endpoint, ask
from bench.peers.install import LITELLM, START_PORTKEY
from bench.places import WORK, free_port
from bench.processes import await_ready, program

PATIENCE = 120.0  # LiteLLM needs a good ten seconds of an idle machine to start


@contextmanager
def litellm(mock_port: int) -> Iterator[Endpoint]:
    """LiteLLM's proxy, ready."""
    port, settings = free_port(), WORK / "litellm.json"
    settings.write_text(json.dumps(_litellm_settings(mock_port)))  # YAML takes JSON
    command = [
        LITELLM / "bin" / "litellm", "--config", settings, "--host", "127.0.0.1",
        "--port", str(port), "--num_workers", "1", "--telemetry", "False",
    ]  # fmt: skip
    more = {
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "127.0.0.1",
    }
    with _running(Endpoint("litellm", port), command, more) as endpoint:
        yield endpoint


@contextmanager
def portkey(mock_port: int) -> Iterator[Endpoint]:
    """Portkey's gateway, ready."""
    port = free_port()
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{mock_port}/v1",
    }
    more = {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"}
    endpoint = Endpoint("portkey", port, more_headers=headers)
    command = ["node", START_PORTKEY, f"--port={port}", "--headless"]
    with _running(endpoint, command, more) as ready:
        yield ready


@contextmanager
def _running(
    endpoint: Endpoint, command: list[str | Path], more: Mapping[str, str]
) -> Iterator[Endpoint]:
    log = WORK / f"{endpoint.name}.log"
    with program(command, log, environ=os.environ | more) as process:
        await_ready(process, lambda: ask(endpoint) == 200, log, PATIENCE)
        yield Endpoint(
            endpoint.name, endpoint.port, process.pid, more_headers=endpoint.more_headers
        )


def _litellm_settings(mock_port: int) -> dict[str, object]:
    """The mock's options stand in the path, for the model has a name that has a price."""
    models = [
        {
            "model_name": case.model,
            "litellm_params": {
                "model": "openai/gpt-4o-mini",
                "api_base": f"http://127.0.0.1:{mock_port}/o{case.options}/v1",
                "api_key": "sk-provider-secret",
            },
        }
        for case in (PLAIN, STREAM)
    ]
    return {
        "model_list": models,
        "general_settings": {"master_key": "sk-bench", "disable_spend_logs": True},
        "litellm_settings": {"telemetry": False, "num_retries": 0, "request_timeout": 600},
    }
