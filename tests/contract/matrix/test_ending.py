"""How an answer ends that is not whole: at its limit, or because the provider broke off."""

from __future__ import annotations

import json

import pytest

from tests.contract.matrix import table
from tests.contract.matrix.asking import BROKEN, Client
from tests.contract.matrix.conftest import Host

PARTS = ("It rained ", "all night: ", "“wörd”.")
LIMIT = 1234


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_limit_reaches_the_provider_and_its_end_the_client(
    client: Client, host: Host, stream: bool
) -> None:
    host.fake.stream(PARTS, prompt=20, completion=7, finish="length")
    said = client.ask(host.model, "text", stream=stream, **client.limited(LIMIT))
    assert (said.text, said.finish) == ("".join(PARTS), table.FINISH[client.name]["length"])
    assert said.tokens == (20, 7)
    assert str(LIMIT) in json.dumps(host.sent)


def test_a_stream_that_breaks_off_is_an_error_to_the_client(client: Client, host: Host) -> None:
    host.fake.stream(PARTS)
    host.fake.cut_after(2)
    with pytest.raises(BROKEN, match="broke off before its answer was complete"):
        client.streamed(host.model, {})


def test_an_error_in_the_stream_is_an_error_to_the_client(client: Client, host: Host) -> None:
    host.fake.stream(PARTS, gap=0.05)  # so that the first part goes on before the error comes
    host.fake.error_after_content(2)
    with pytest.raises(BROKEN, match=r"failed: [A-Za-z]"):
        client.streamed(host.model, {})
