"""Every finding is worded, whatever facts it comes with."""

from __future__ import annotations

import pytest

from aiconnect.models import State
from aiconnect.services import findings

CODES = sorted({name.partition(".")[0] for name in findings.FINDINGS})
CONTRACT = [
    "address_refused", "name_not_found", "refused", "timeout", "tls_untrusted", "tls_name",
    "tls_expired", "plain_http", "not_an_api", "wrong_path", "key_refused", "no_credit",
    "no_permission", "rate_limited", "no_model_list", "ok", "no_models", "silent", "reset",
    "provider_down", "wrong_kind", "key_missing", "key_unreadable", "model_loading",
    "unknown_answer",
]  # fmt: skip


def facts_of(name: str) -> dict[str, str]:
    case = name.partition(".")[2]
    return {"try": "http://h/v1"} if case == "try" else {"reason": case} if case else {}


def test_every_code_of_the_contract_has_words():
    assert set(CONTRACT) <= set(CODES)


@pytest.mark.parametrize("name", findings.FINDINGS)
def test_a_finding_is_worded_even_without_facts(name):
    worded = findings.word(name.partition(".")[0], facts_of(name))
    assert worded.title.endswith(".") or "“" in worded.title
    assert "%" not in worded.title + worded.cause + "".join(worded.next)
    assert not any(word in worded.title for word in ("Oops", "Sorry", "!"))


@pytest.mark.parametrize(
    "name", [name for name in findings.FINDINGS if name.partition(".")[0] != "ok"]
)
def test_a_finding_that_is_no_success_says_why_or_what_to_do(name):
    wording = findings.FINDINGS[name]
    assert wording.cause or wording.next
    assert wording.state is not State.CONNECTED


def test_a_case_has_its_own_words():
    assert "ollama serve" in findings.word("refused", {"slug": "ollama"}).next[0]
    assert "container" in findings.word("refused", {"slug": "ollama", "reason": "container"}).cause
    assert findings.word("refused", {"slug": "openai"}).next


def test_a_code_that_nobody_knows_is_worded_too():
    assert "does not know" in findings.word("from_the_future", {"host": "h"}).title
    assert findings.state_of("from_the_future", {}) == State.NEEDS_ATTENTION


def test_words_are_translated_before_the_facts_are_filled_in():
    german = {"The certificate of %(host)s is for another name.": "%(host)s: anderer Name."}
    worded = findings.word(
        "tls_name", {"host": "50%s"}, translate=lambda text: german.get(text, text)
    )
    assert worded.title == "50%s: anderer Name."


def test_money_and_limits_do_not_blame_the_key():
    for code in ("no_credit", "rate_limited"):
        assert "key is fine" in findings.word(code, {}).cause
