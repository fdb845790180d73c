"""Budgets added, changed and removed; found, as far as somebody may see them."""

from __future__ import annotations

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AccessToken, Budget, BudgetTally, Period, Role, Scope
from aiconnect.services import audit, connections, installation, pricing
from aiconnect.services.audit import Actor
from aiconnect.services.budgets import entered, tallies, targets
from aiconnect.services.budgets.entered import Draft
from aiconnect.services.writing import writing


def add(session: Session, actor: Actor, draft: Draft) -> Budget:
    """A new budget; what its period has cost so far counts. Raises Refused, NotFound, Conflict."""
    with writing(session):
        _check_right(actor)
        target_id = targets.find(session, actor, draft.scope, draft.target)
        return _insert(session, actor, draft, target_id)


def of_new_token(session: Session, actor: Actor, token: AccessToken, draft: Draft) -> Budget:
    """A budget of an access token that is being made, within the running unit of work.

    Whoever may make the token may limit it.
    """
    return _insert(session, actor, draft, token.id)


def edit(session: Session, actor: Actor, budget_id: int, draft: Draft, version: int) -> Budget:
    """Change all but whose it is; `version` is of the row that was looked at.

    Raises Conflict where somebody else has changed it since.
    """
    with writing(session):
        _check_right(actor)
        budget = get(session, actor, budget_id)
        if budget.version != version:
            sentence = N_("Somebody has changed this budget meanwhile. Look at it as it is now.")
            raise Conflict(sentence)
        period = budget.period
        changed = entered.put(session, budget, draft)
        if changed:
            budget.version += 1
            _follow(session, budget, is_other_period=budget.period != period)
            audit.record(session, actor, "change.budget", budget.name, **changed)
            installation.bump_revision(session)
    return budget


def remove(session: Session, actor: Actor, which: str | int) -> Budget:
    """Remove it, by its name or id: nothing is stopped by it any more."""
    with writing(session):
        _check_right(actor)
        budget = (
            get(session, actor, which) if isinstance(which, int) else by_name(session, actor, which)
        )
        session.delete(budget)
        audit.record(session, actor, "remove.budget", budget.name)
        installation.bump_revision(session)
    return budget


def collection_changed(session: Session, collection_id: int, *, is_gone: bool = False) -> None:
    """Follow a collection whose models are other ones now, within the running unit of work.

    Of one that is gone the budget is of nothing: a later collection may get its number.
    """
    of_it = (Budget.scope == Scope.COLLECTION) & (Budget.target_id == collection_id)
    if is_gone:
        session.execute(update(Budget).where(of_it).values(target_id=None))
        return
    tallies.recount_all(session, session.scalars(select(Budget.id).where(of_it)))


def get(session: Session, actor: Actor, budget_id: int) -> Budget:
    """The budget with this id as it is now; raises NotFound, also where they may not see it."""
    number = connections.storable_id(budget_id)
    return _found(session, _seen(actor).where(Budget.id == number), "")


def by_name(session: Session, actor: Actor, name: str) -> Budget:
    """The budget with this name as it is now; raises NotFound as `get` does."""
    asked = name.strip()[:300]
    return _found(session, _seen(actor).where(Budget.name == asked.replace("\0", "")), asked)


def visible(session: Session, actor: Actor) -> list[Budget]:
    """Those that concern them, by name: the team's first."""
    rows = list(session.scalars(_seen(actor).order_by(Budget.name)))
    return sorted(rows, key=lambda one: (list(Scope).index(Scope(one.scope)), one.name))


def _insert(session: Session, actor: Actor, draft: Draft, target_id: int | None) -> Budget:
    budget = Budget(
        scope=draft.scope,
        target_id=target_id,
        period=Period.MONTH,
        limit=0,
        made_at=clock.now(),
        made_by=actor.name,
    )
    entered.put(session, budget, draft)
    session.add(budget)
    session.flush()
    tallies.recount(session, budget)
    facts = {
        "scope": budget.scope,
        "limit": f"{pricing.usd(budget.limit):f}",
        "period": budget.period,
    }
    audit.record(session, actor, "add.budget", budget.name, **facts)
    installation.bump_revision(session)
    return budget


def _follow(session: Session, budget: Budget, *, is_other_period: bool) -> None:
    """What was kept of another sort of period says nothing of this one."""
    session.flush()
    if is_other_period:
        session.execute(delete(BudgetTally).where(BudgetTally.budget_id == budget.id))
    tallies.recount(session, budget)


def _check_right(actor: Actor) -> None:
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may set budgets. Ask one of them."))


def _seen(actor: Actor) -> Select[Budget]:
    return select(Budget).where(targets.concerning(actor))


def _found(session: Session, rows: Select[Budget], name: str) -> Budget:
    found = session.scalar(rows.execution_options(populate_existing=True))
    if found is not None:
        return found
    if not name:
        raise NotFound(N_("There is no such budget."), field="budget")
    raise NotFound(N_("There is no budget named %(name)s."), field="budget", name=name)
