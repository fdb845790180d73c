"""Budgets: the list, one with its periods, setting, changing and removing one; the freeze."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.budgets import seeing, wording
from aiconnect.blueprints.budgets.forms import BudgetForm, ChangeForm
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.services import budgets

bp = Blueprint("budgets", __name__)

Page = tuple[str, int] | Response | str

KEPT = ("name", "target", "limit", "period")
"""What the address of the form may say of it."""


@bp.get("/budgets")
def index() -> str:
    """Every budget that concerns the reader."""
    return render_template("budgets/index.html", every=seeing.every(), words=wording)


@bp.route("/budgets/new", methods=["GET", "POST"])
def new() -> Page:
    """Set one."""
    typed = {name: request.args[name] for name in KEPT if name in request.args}
    form = BudgetForm.of(budgets.choices(db.session(), actor()), typed)
    if form.validate_on_submit():
        try:
            made = budgets.add(db.session(), actor(), form.draft)
            flash(_("%(name)s is set. It counts within a second.", name=made.name))
            return _to(made.id)
        except Refused as error:
            form.refuse(error)
    return form_page("budgets/new.html", form)


@bp.get("/budgets/<int:budget_id>")
def show(budget_id: int) -> str:
    """One budget: how it stands, its periods, what it was spent on."""
    budget = budgets.get(db.session(), actor(), budget_id)
    one = seeing.one(budget)
    return render_template(
        "budgets/show.html",
        one=one,
        words=wording,
        usage_url=wording.usage_url(one),
        past=budgets.past(db.session(), budget),
        spent_on=budgets.spent_on(db.session(), actor(), budget, one.tally),
        exceeding=budgets.exceeding(db.session(), actor(), budget, one.tally),
    )


@bp.route("/budgets/<int:budget_id>/edit", methods=["GET", "POST"])
def edit(budget_id: int) -> Page:
    """Change all but whose it is."""
    budget = budgets.get(db.session(), actor(), budget_id)
    form = ChangeForm.holding(budget)
    if form.validate_on_submit():
        try:
            budgets.edit(db.session(), actor(), budget_id, form.draft, form.seen_version)
            return _to(budget_id)
        except Refused as error:
            form.refuse(error)
    return form_page("budgets/edit.html", form, one=seeing.one(budget), words=wording)


@bp.route("/budgets/<int:budget_id>/remove", methods=["GET", "POST"])
def remove(budget_id: int) -> Page:
    """Say what it means; remove it on the button."""
    budget = budgets.get(db.session(), actor(), budget_id)
    if request.method == "POST":
        budgets.remove(db.session(), actor(), budget_id)
        flash(_("%(name)s is removed. It stops nothing any more.", name=budget.name))
        return redirect(url_for(".index"), 303)
    return render_template("budgets/remove.html", one=seeing.one(budget), words=wording)


@bp.route("/budgets/freeze", methods=["GET", "POST"])
def freeze() -> Page:
    """Say what a freeze stops; freeze on the button."""
    if request.method == "POST":
        budgets.freeze(db.session(), actor())
        return redirect(url_for(".index"), 303)
    return render_template("budgets/freeze.html")


@bp.post("/budgets/unfreeze")
def unfreeze() -> Response:
    """Let calls cost money again."""
    budgets.unfreeze(db.session(), actor())
    flash(_("Spending is not frozen any more."))
    return redirect(url_for(".index"), 303)


def _to(budget_id: int) -> Response:
    return redirect(url_for(".show", budget_id=budget_id), 303)
