"""What calls asked and were answered: kept only where that is switched on, sealed, and bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiconnect.calls.texts import DATA, MOST_BYTES, Text
from aiconnect.models import CallText
from aiconnect.services import texts
from aiconnect.services.audit import COMMAND_LINE
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes, pointed
from tests.gateway.test_opaque import BOUNDARY, form
from tests.running import Answer, Instance, Running, serving, until

PROMPT = "The heron keeps the ferryman's secret."
ANSWER = "It told nobody but the reeds."


@dataclass(frozen=True)
class Gate:
    """A server that keeps texts, or not, as a test says."""

    server: Running
    instance: Instance
    token: str

    def put(self, value: str) -> None:
        """Set it, and wait until the gateway knows: its picture is a second old at most."""
        with self.instance.session() as session:
            texts.put(session, COMMAND_LINE, value)
        fresh = self.instance.add_token(f"after {value}")
        path, headers = "/v1/models", {"Authorization": f"Bearer {fresh}"}
        assert until(lambda: self.server.get(path, headers).status == 200)

    def ask(self, path: str, body: bytes | Mapping[str, object], **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        known = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.server.ask("POST", path, raw, known | headers)

    def chat(self, model: str = "openai/m", prompt: object = PROMPT, **more: object) -> Answer:
        messages = [{"role": "user", "content": prompt}]
        body = {"model": model, "messages": messages, "max_tokens": 99, **more}
        return self.ask("/v1/chat/completions", body)

    def kept(self, answer: Answer) -> tuple[Text | None, Text | None]:
        """What was asked and answered, once it is there."""
        call, found = answer.headers["x-request-id"], list[CallText]()

        def is_there() -> bool:
            with self.instance.session() as session:
                row = session.get(CallText, call)
                found[:] = [row] if row else []
            return bool(found)

        assert until(is_there), "no text"
        vault, row = self.instance.vault, found[0]
        asked = texts._opened(vault, call, "asked", row.asked)
        return asked, texts._opened(vault, call, "answered", row.answered)

    def answered(self, answer: Answer) -> str:
        text = self.kept(answer)[1]
        return text.text if text else ""

    def count(self) -> int:
        with self.instance.session() as session:
            return session.query(CallText).count()

    def knows(self) -> list[str]:
        """Which of the words of a call stand in the database, or in any file, as they are."""
        stored = self._stored()
        return [text for text in (PROMPT, ANSWER) if text.encode() in stored]

    def _stored(self) -> bytes:
        with self.instance.session() as session:
            engine = session.get_bind()
            rows = [
                session.execute(table.select()).all() for table in CallText.metadata.sorted_tables
            ]
        found = repr(rows).encode()
        if engine.dialect.name == "sqlite":
            folder = Path(self.instance.environ["AICONNECT_INSTANCE"])
            found += b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
        return found


@contextmanager
def opened(folder: Path, fakes: Fakes, environ: Mapping[str, str] | None = None) -> Iterator[Gate]:
    instance = Instance(folder / "instance", environ)
    instance.add_owner()
    instance.add_connection("compatible", fakes["compatible"].url, name="openai")
    urls = {"gemini": fakes["gemini"].url}
    instance.add_connection("gemini", "", key="AIza" + "g" * 35, rows=pointed(urls))
    instance.hold_clock()
    token = instance.add_token()
    with serving(instance, folder / "log", urls=urls) as server:
        yield Gate(server, instance, token)
    instance.close()


@pytest.fixture(scope="module")
def gate_of(all_fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with opened(tmp_path_factory.mktemp("texts"), all_fakes) as gate:
        gate.put("on")
        yield gate


@pytest.fixture
def gate(gate_of: Gate, fakes: Fakes) -> Gate:
    """One that keeps them."""
    return gate_of


@pytest.fixture
def fresh(environ: dict[str, str], fakes: Fakes, tmp_path: Path) -> Iterator[Gate]:
    """One that nobody has set anything of, on either database."""
    with opened(tmp_path, fakes, environ) as gate:
        yield gate


@pytest.fixture
def openai(fakes: Fakes) -> OpenAI:
    fake = fakes["compatible"]
    fake.answer(ANSWER)
    return fake


@pytest.mark.on_both
def test_nothing_is_kept_unless_that_is_on_and_then_it_is_sealed(
    fresh: Gate, openai: OpenAI
) -> None:
    fresh.chat()
    openai.stream(ANSWER.split(" "))
    fresh.chat(stream=True)
    fresh.instance.settled(2)
    assert fresh.count() == 0
    assert fresh.knows() == []
    fresh.put("on")
    openai.answer(ANSWER)
    asked, answered = fresh.kept(fresh.chat())
    assert PROMPT in (asked or Text("")).text
    assert ANSWER in (answered or Text("")).text
    assert fresh.knows() == []
    fresh.put("off")
    assert fresh.count() == 0
    fresh.chat()
    fresh.instance.settled(4)
    assert fresh.count() == 0


def test_how_many_could_not_be_kept_is_counted(gate: Gate) -> None:
    assert b"\naiconnect_texts_lost_total 0.0\n" in gate.server.get("/metrics").body


@pytest.mark.on_both
def test_a_server_that_stops_keeps_what_was_said(fresh: Gate, openai: OpenAI) -> None:
    fresh.put("on")
    answers = [fresh.chat() for _ in range(5)]
    assert fresh.server.stop() == 0
    assert len([fresh.kept(one) for one in answers]) == 5


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": PROMPT}]}),
        ("/v1/completions", {"prompt": PROMPT}),
        ("/v1/responses", {"input": PROMPT}),
        ("/v1/messages", {"messages": [{"role": "user", "content": PROMPT}], "max_tokens": 9}),
        ("/api/chat", {"messages": [{"role": "user", "content": PROMPT}]}),
        ("/api/generate", {"prompt": PROMPT}),
    ],
)
def test_a_stream_is_kept_as_the_text_that_came(
    gate: Gate, openai: OpenAI, path: str, more: dict[str, object]
) -> None:
    openai.stream(["It told ", 'nobody "but" the ', "reeds: \U0001f33e\n."])
    answer = gate.ask(path, {"model": "openai/m", "stream": True, **more})
    assert answer.status == 200, answer.body
    asked, answered = gate.kept(answer)
    assert asked is not None
    assert PROMPT in asked.text
    assert answered == Text('It told nobody "but" the reeds: \U0001f33e\n.')


def test_a_translated_stream_is_kept_too(gate: Gate, fakes: Fakes) -> None:
    fakes["gemini"].stream(ANSWER.split(" "))
    assert gate.answered(gate.chat("gemini/m", stream=True)) == "".join(ANSWER.split(" "))


def test_a_stream_that_breaks_keeps_what_came_and_why_it_ended(gate: Gate, openai: OpenAI) -> None:
    openai.stream(["It ", "told ", "nobody ", "but"])
    openai.cut_after(3)
    said = gate.answered(gate.chat(stream=True))
    assert said.startswith("It told ")
    assert "\nprovider_broke: " in said


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_is_kept_as_what_was_answered(gate: Gate, openai: OpenAI, stream: bool) -> None:
    openai.too_long()
    answer = gate.chat(stream=stream)
    assert answer.status >= 400
    code = answer.json["error"]["code"]
    assert gate.answered(answer).startswith(f"{code}: ")
    refused = gate.chat("nosuch/m")
    assert gate.answered(refused).startswith("model_not_found: ")


def test_long_texts_are_cut(gate: Gate, openai: OpenAI) -> None:
    openai.stream(["é" * 30_000, "é" * 30_000, "é" * 30_000])
    asked, answered = gate.kept(gate.chat(prompt="word " * 100_000, stream=True))
    for text in (asked, answered):
        assert text is not None
        assert text.is_cut
        assert len(text.text.encode()) == MOST_BYTES


def test_pictures_are_left_out(gate: Gate, openai: OpenAI) -> None:
    url = "data:image/png;base64," + "iVBORw0KGgo" * 40_000
    parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": PROMPT}]
    asked, _ = gate.kept(gate.chat(prompt=parts))
    assert asked is not None
    assert f"data:image/png;base64,{DATA}" in asked.text
    assert PROMPT in asked.text
    assert not asked.is_cut


def test_a_form_with_a_file_is_not_kept(gate: Gate, openai: OpenAI) -> None:
    before = gate.count()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    gate.ask("/v1/audio/transcriptions", form("openai/m"), **{"Content-Type": kind})
    gate.kept(gate.chat())  # what comes later is there
    assert gate.count() == before + 1


def test_numbers_are_no_text(gate: Gate, openai: OpenAI) -> None:
    answer = gate.ask("/v1/embeddings", {"model": "openai/m", "input": PROMPT})
    asked, answered = gate.kept(answer)
    assert asked is not None
    assert PROMPT in asked.text
    assert answered is None
