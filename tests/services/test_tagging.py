"""Tags of models: shipped rules, OpenRouter's fact, and the team's own rules before both."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import AuditEntry, Role
from aiconnect.services import tag_rules, tagging
from aiconnect.services.audit import Actor
from aiconnect.services.tagging import SHIPPED, Tags

MEL = Actor("mel@example.org", role=Role.MEMBER, person_id=7)


def tag(session: Session, name: str, *, moderated: bool | None = None) -> str:
    connection, _, model_id = name.partition("/")
    return Tags.of(session).tag(connection, model_id, moderated)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai/gpt-5.1", "filtered"),
        ("openrouter/openai/gpt-5.1:beta", "filtered"),
        ("openrouter/anthropic/claude-opus-4.5", "filtered"),
        ("google/models/gemini-3-pro", "filtered"),
        ("openai/o1", "filtered"),
        ("local/hf.co/TheDrummer/Rocinante-12B-v1.1-GGUF:Q4_K_M", "nsfw"),
        ("openrouter/sao10k/l3.3-euryale-70b", "nsfw"),
        ("local/dolphin-uncensored:8b", "unfiltered"),
        ("local/mistral-nemo", ""),
        ("deepseek/deepseek-chat", ""),
        ("gpt-4/llama-3", ""),
        ("claude/o10", ""),
    ],
)
def test_shipped_rules_look_at_the_models_own_name(
    session: Session, name: str, expected: str
) -> None:
    assert tag(session, name) == expected


def test_what_openrouter_moderates_is_filtered_and_no_moderation_proves_nothing(
    session: Session,
) -> None:
    assert tag(session, "or/some/model", moderated=True) == "filtered"
    assert tag(session, "or/gryphe/mythomax-l2-13b", moderated=True) == "filtered"
    assert tag(session, "or/some/model", moderated=False) == ""


def test_the_teams_rule_goes_before_all_others_and_the_longer_before_the_shorter(
    session: Session,
) -> None:
    tag_rules.add(session, MEL, "gpt-*", "none", "Ours is a tune of our own")
    tag_rules.add(session, MEL, "gpt-5-STORY*", "nsfw")
    tag_rules.add(session, MEL, "or/*", "unfiltered")
    assert tag(session, "openai/gpt-5", moderated=True) == ""
    assert tag(session, "openai/gpt-5-story-2") == "nsfw"
    assert tag(session, "or/openai/gpt-5-story-2") == "unfiltered"
    assert tag(session, "openai/claude-5") == "filtered"


def test_a_rule_is_changed_and_removed_and_all_of_it_is_in_the_audit_log(session: Session) -> None:
    made = tag_rules.add(session, MEL, "story*", "nsfw")
    tag_rules.change(session, MEL, made.id, "tale*", "unfiltered", "since May")
    assert (tag(session, "a/story"), tag(session, "a/tale-1")) == ("", "unfiltered")
    tag_rules.remove(session, MEL, made.id)
    assert tag(session, "a/tale-1") == ""
    actions = [one.action for one in session.scalars(select(AuditEntry)) if "tag" in one.action]
    assert actions == ["add.tag", "change.tag", "remove.tag"]
    with pytest.raises(NotFound):
        tag_rules.change(session, MEL, made.id, "tale*", "nsfw")


@pytest.mark.parametrize("number", [0, -1, 2**70])
def test_a_rule_that_is_not_there_is_not_found(session: Session, number: int) -> None:
    with pytest.raises(NotFound):
        tag_rules.remove(session, MEL, number)


@pytest.mark.parametrize(
    ("pattern", "tag", "note"),
    [
        ("", "nsfw", ""), ("*", "nsfw", ""), ("*/*", "nsfw", ""), ("a\0b", "nsfw", ""),
        ("a\ud800", "nsfw", ""), ("x" * 361, "nsfw", ""), ("*a*b*c*d*", "nsfw", ""),
        ("a\nb", "nsfw", ""), ("story", "loud", ""), ("story", "nsfw", "x" * 301),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(session: Session, pattern: str, tag: str, note: str) -> None:
    with pytest.raises(Refused):
        tag_rules.add(session, MEL, pattern, tag, note)
    assert tag_rules.rules(session) == []


def test_one_pattern_has_one_rule(session: Session) -> None:
    tag_rules.add(session, MEL, "story*", "nsfw")
    other = tag_rules.add(session, MEL, "tale*", "nsfw")
    with pytest.raises(Conflict):
        tag_rules.add(session, MEL, "story*", "filtered")
    with pytest.raises(Conflict):
        tag_rules.change(session, MEL, other.id, "story*", "filtered")


def test_who_may_only_look_changes_no_rule(session: Session) -> None:
    made = tag_rules.add(session, MEL, "story*", "nsfw")
    bob = Actor("bob@example.org", role=Role.VIEWER, person_id=8)
    with pytest.raises(Refused):
        tag_rules.add(session, bob, "tale*", "nsfw")
    with pytest.raises(Refused):
        tag_rules.change(session, bob, made.id, "tale*", "nsfw")
    with pytest.raises(Refused):
        tag_rules.remove(session, bob, made.id)


def test_a_question_mark_and_a_bracket_stand_for_themselves(session: Session) -> None:
    tag_rules.add(session, MEL, "a?[b]*", "nsfw")
    assert tag(session, "x/a?[b]1") == "nsfw"
    assert tag(session, "x/azb1") == ""


def test_three_thousand_models_are_tagged_by_one_query_in_a_moment(session: Session) -> None:
    for number in range(30):
        tag_rules.add(session, MEL, f"ours-{number}*end*", "nsfw")
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
    began = time.process_time()
    tags = Tags.of(session)
    found = [tags.tag("or", f"vendor{n % 60}/some-model-{n}-instruct", None) for n in range(3000)]
    assert time.process_time() - began < 5
    assert set(found) == {""}
    assert len([one for one in asked if "model_tags" in one]) == 1


def test_every_shipped_rule_has_a_word_and_no_two_are_the_same() -> None:
    assert {tag for _, tag in SHIPPED} <= set(tagging.WORDS) == set(tagging.MEANINGS)
    assert len({pattern for pattern, _ in SHIPPED}) == len(SHIPPED)
