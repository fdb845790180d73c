"""Channels: made, tested, switched, changed, removed; and what was sent through them."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.alerts import wording
from aiconnect.blueprints.alerts.forms import EDIT_FORMS, FORMS, MailForm, filled
from aiconnect.blueprints.alerts.views import Page, bp
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.paging import SIZE, Paged
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.extensions import db, parts
from aiconnect.models.alert import AlertChannel
from aiconnect.services import alerts
from aiconnect.services.alerts import addresses, outbox, sending
from aiconnect.services.alerts import channels as kept

SWITCHED = {
    True: N_("%(name)s is told of alerts from now on."),
    False: N_("%(name)s is told nothing any more; what waited for it is dropped."),
}


@bp.get("/alerts/channels")
def channels() -> str:
    """Every channel, and what was sent last."""
    every = kept.every(db.session())
    sent = _sent(request.args.get("page"))
    return render_template(
        "alerts/channels.html",
        channels=every,
        names={one.id: one.name for one in every},
        sent=sent,
        has_mail=parts().settings.mail is not None,
        words=wording,
        shown=addresses.shown,
    )


@bp.route("/alerts/channels/new/<kind>", methods=["GET", "POST"])
def new_channel(kind: str) -> Page:
    """Make one; a webhook's secret is in this one answer and nowhere else."""
    if kind not in FORMS:
        abort(404)
    form = FORMS[kind]()
    if form.validate_on_submit():
        try:
            made, secret = kept.add(db.session(), actor(), kind, form.draft, parts().vault)
        except Refused as error:
            form.refuse(error)
        else:
            return _made(made, secret.reveal() if secret else "")
    has_mail = kind != "mail" or parts().settings.mail is not None
    return form_page("alerts/channel_new.html", form, kind=kind, has_mail=has_mail)


@bp.route("/alerts/channels/<int:channel_id>", methods=["GET", "POST"])
def channel(channel_id: int) -> Page:
    """One channel: what it is, and what can be done with it."""
    found = kept.get(db.session(), channel_id)
    form = EDIT_FORMS[found.kind](data=filled(found))
    if form.validate_on_submit() and _changed(form, channel_id):
        flash(_("Saved."))
        return redirect(url_for(".channels"), 303)
    return form_page(
        "alerts/channel.html", form, channel=found, address=addresses.shown(found), words=wording
    )


@bp.post("/alerts/channels/<int:channel_id>/test")
def test_channel(channel_id: int) -> Response:
    """Send a message now, as an alert is sent, and say what came of it."""
    post = alerts.Post(parts().settings, parts().vault, parts().client)
    failure = sending.test(db.session(), post, channel_id)
    name = kept.get(db.session(), channel_id).name
    if failure is None:
        flash(_("A test was sent to %(name)s. See whether it has arrived.", name=name))
    else:
        why = wording.failure_words(failure)
        flash(_("The test to %(name)s was not sent. %(why)s", name=name, why=why), "bad")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@bp.post("/alerts/channels/<int:channel_id>/switch")
def switch_channel(channel_id: int) -> Response:
    """Let it be told, or not."""
    is_on = request.form.get("to") == "on"
    found = kept.switch(db.session(), actor(), channel_id, enabled=is_on)
    flash(_(SWITCHED[is_on], name=found.name))
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@bp.post("/alerts/channels/<int:channel_id>/secret")
def new_secret(channel_id: int) -> Page:
    """Sign with another secret; it is in this one answer and nowhere else."""
    try:
        secret = kept.new_secret(db.session(), actor(), channel_id, parts().vault)
    except NotFound:
        raise
    except Refused as error:
        flash(told(error), "warn")
        return redirect(url_for(".channel", channel_id=channel_id), 303)
    return _made(kept.get(db.session(), channel_id), secret.reveal())


@bp.route("/alerts/channels/<int:channel_id>/remove", methods=["GET", "POST"])
def remove_channel(channel_id: int) -> Page:
    """Say what it means; remove it on the button."""
    found = kept.get(db.session(), channel_id)
    if request.method == "POST":
        name = kept.remove(db.session(), actor(), channel_id)
        flash(_("%(name)s is removed.", name=name))
        return redirect(url_for(".channels"), 303)
    return render_template("alerts/channel_remove.html", channel=found)


def _changed(form: MailForm, channel_id: int) -> bool:
    try:
        kept.change(db.session(), actor(), channel_id, form.draft, seen=form.seen.data or None)
    except NotFound:
        raise
    except Refused as error:
        form.refuse(error)
        form.seen.data = kept.mark(kept.get(db.session(), channel_id))  # they have been told
        return False
    return True


def _made(made: AlertChannel, secret: str) -> Page:
    if not secret:
        flash(_("%(name)s is made. Send it a test.", name=made.name))
        return redirect(url_for(".channel", channel_id=made.id), 303)
    return render_template("alerts/secret.html", channel=made, secret=secret)


def _sent(wanted: str | None) -> Paged:
    number = int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 7 else 1
    rows, total = outbox.past(db.session(), max(number, 1), SIZE)
    pages = max(1, -(-total // SIZE))
    if number > pages:
        return _sent(str(pages))
    return Paged(rows, max(number, 1), pages, total)
