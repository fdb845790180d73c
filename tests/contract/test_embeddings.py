"""Embeddings by OpenAI's wire from every row: as they are, translated, or refused with a reason."""

from __future__ import annotations

from aiconnect.adapters import ADAPTERS
from tests.contract.conftest import Line
from tests.fakes.dialects.embeddings import LACKING, vector


def test_each_text_has_its_vector_where_the_row_has_embeddings(line: Line) -> None:
    answer = line.embed()
    wire = ADAPTERS[line.row.dialect].embed_wire
    if not wire:
        assert (answer.status, answer.json["error"]["code"]) == (400, "cannot_carry")
        assert "embeddings" in answer.json["error"]["message"]
        assert line.fake.requests == []
        return
    if line.row.slug in LACKING:
        assert (answer.status, answer.json["error"]["code"]) == (400, "cannot_carry")
        return
    assert answer.status == 200, answer.body
    first, second = answer.json["data"]
    assert (first["index"], second["index"]) == (0, 1)
    if wire == "gemini.embeddings":
        texts = [one["content"]["parts"][0]["text"] for one in line.sent["requests"]]
        assert texts == ["one", "two"]
        assert first["embedding"][:2] == [1.0, 0.0]
        return
    assert (first["embedding"], second["embedding"]) == (vector("one"), vector("two"))
    assert line.sent["input"] == ["one", "two"]
    assert line.sent["model"] == "m"
