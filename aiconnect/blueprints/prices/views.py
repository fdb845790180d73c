"""Pages of prices: those in force, a price of the team's own, newer tables."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect import clock
from aiconnect.blueprints.access import actor, may
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.prices import showing
from aiconnect.blueprints.prices.forms import PriceForm, shown
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.services import price_updates, pricing
from aiconnect.services.pricing import Slip

bp = Blueprint("prices", __name__)

LONGEST = 360
Page = tuple[str, int] | Response | str


@bp.get("/prices")
def index() -> Page:
    """Every served model with its price; `only` leaves those without one.

    `model` is one that a price is wanted for: who may set it goes there.
    """
    model = request.args.get("model", "").strip()[:LONGEST]
    if model and may("prices.own"):
        return redirect(url_for(".own", model=model), 303)
    q = request.args.get("q", model).strip()[:LONGEST]
    unknown = request.args.get("only") == "unknown"
    found = showing.rows(q, unknown=unknown)
    return render_template(
        "prices/index.html",
        paged=Paged.of(found, request.args.get("page")),
        own=showing.own(),
        q=q,
        unknown=unknown,
        query={name: one for name, one in (("q", q), ("only", "unknown" * unknown)) if one},
        table=price_updates.in_use(db.session()),
        waiting=price_updates.waiting(db.session()),
        **showing.words(),
    )


@bp.route("/prices/own", methods=["GET", "POST"])
def own() -> Page:
    """Set a price; `model` fills the name in, and shows what was ever set of it."""
    name = request.args.get("model", "").strip()[:LONGEST]
    standing = pricing.standing_of(db.session(), name, clock.now()) if name else None
    form = PriceForm(data={"model": name, **shown(standing.now if standing else None)})
    if form.validate_on_submit():
        try:
            return _kept(form)
        except Refused as error:
            form.refuse(error)
    past = pricing.rows_of(db.session(), name) if name else []
    return form_page(
        "prices/own.html", form, name=name, standing=standing, past=past, **showing.words()
    )


@bp.post("/prices/own/withdraw")
def withdraw() -> Response:
    """Go back to the price that a name would have without the team's own."""
    name = request.form.get("model", "")[:LONGEST]
    row = pricing.withdraw(db.session(), actor(), name)
    flash(_("The own price of %(model)s is withdrawn.", model=row.model))
    return redirect(url_for(".index"), 303)


@bp.get("/prices/updates")
def updates() -> str:
    """The table in use, and what the one that waits would change."""
    found = price_updates.waiting(db.session())
    diff = price_updates.diff(db.session(), found) if found else None
    changes = showing.changes(diff) if diff else []
    return render_template(
        "prices/updates.html",
        table=price_updates.in_use(db.session()),
        diff=diff,
        changes=Paged.of(changes, request.args.get("page")),
        jumps=sum(one.is_jump for one in changes),
        url=price_updates.url(db.session()),
        is_on=price_updates.checks_are_on(db.session()),
        **showing.words(),
    )


@bp.post("/prices/updates/check")
def check() -> Response:
    """Fetch the present table, to be looked at."""
    try:
        found = price_updates.check(db.session(), actor(), client=parts().client)
    except Refused as error:
        flash(told(error), "bad")
    else:
        if not found.is_new:
            flash(_("Nothing is newer than the prices in use."))
    return _updates()


@bp.post("/prices/updates/accept")
def accept() -> Response:
    """Take over the table that was seen: none that came later."""
    return _decided(price_updates.accept, _("These prices count for calls from now on."))


@bp.post("/prices/updates/dismiss")
def dismiss() -> Response:
    """Leave prices as they are."""
    return _decided(price_updates.dismiss, _("Dismissed. Prices stay as they are."))


@bp.post("/prices/updates/bundled")
def bundled() -> Response:
    """Back to the table that came with this version."""
    try:
        price_updates.back_to_bundled(db.session(), actor())
        flash(_("Prices come from the bundled table again."))
    except Refused as error:
        flash(told(error), "warn")
    return _updates()


@bp.post("/prices/updates/weekly")
def weekly() -> Response:
    """Look for newer prices every week, or no more."""
    wanted = "on" if request.form.get("value") == "on" else "off"
    price_updates.put(db.session(), actor(), price_updates.CHECKS, wanted)
    flash(_("Newer prices are looked for every week.") if wanted == "on" else _("Switched off."))
    return _updates()


def _decided(decide: price_updates.Decision, said: str) -> Response:
    try:
        decide(db.session(), actor(), request.form.get("digest", "")[:64])
        flash(said)
    except Refused as error:
        flash(told(error), "warn")
    return _updates()


def _updates() -> Response:
    return redirect(url_for(".updates"), 303)


def _kept(form: PriceForm) -> Response:
    begins = form.begins(parts().settings.timezone)
    name = form.model.data or ""
    row = pricing.set_price(db.session(), actor(), name, form.amounts, begins)
    flash(_("The price of %(model)s is set.", model=row.model))
    for slip in pricing.unusual(form.amounts):
        flash(_warning(slip, form), "warn")
    return redirect(url_for(".own", model=row.model), 303)


def _warning(slip: Slip, form: PriceForm) -> str:
    label, amount = form[slip.part].label.text, f"{slip.amount:f}"
    if slip.likely is None:
        return _("%(label)s: %(amount)s is much. Is it for a million?", label=label, amount=amount)
    return _(
        "%(label)s: %(amount)s is little. Did you mean %(likely)s for a million?",
        label=label, amount=amount, likely=f"{slip.likely.normalize():f}",
    )  # fmt: skip
