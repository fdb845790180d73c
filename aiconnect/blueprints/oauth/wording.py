"""How an attempt ended, in words: what happened, why, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_
from aiconnect.models import OAuthAttempt
from aiconnect.services.findings import Worded
from aiconnect.services.oauth import Stage, stage_of


@dataclass(frozen=True, slots=True)
class End:
    """An outcome's sentences, marked for translation, and the shape of its notice."""

    title: str
    cause: str
    next: tuple[str, ...] = ()
    shape: str = "warn"


AGAIN = N_("Start again. It takes a moment.")
BY_KEY = N_("Or make a key at %(provider)s yourself, and paste it.")
LATER = N_("Try again in some minutes.")
STRAY_KEY = N_(
    "Look at your keys at %(provider)s: a new one that was never used there can be deleted."
)

OPEN = End(
    N_("This sign-in is still open"),
    N_("Nothing has come back from %(provider)s yet."),
    shape="untested",
)
EXPIRED = End(
    N_("This attempt is over"),
    N_("It was open for 10 minutes, and nothing came back in that time. Nothing was connected."),
    (AGAIN,),
)
UNDER_WAY = End(
    N_("This attempt has not come to its end"),
    N_("It is under way in another window, or this server was stopped in the midst of it."),
    (N_("Reload this page in a moment."), STRAY_KEY, AGAIN),
)
ENDS: Mapping[str, End] = {
    "denied": End(
        N_("You did not allow it at %(provider)s"),
        N_("%(provider)s says that access was denied. Nothing was connected."),
        (N_("If that was not meant, start again and allow it there."), BY_KEY),
    ),
    "failed_there": End(
        N_("%(provider)s broke the sign-in off"),
        N_("It sent you back with an error and without a code. Nothing was connected."),
        (AGAIN, BY_KEY),
    ),
    "no_code": End(
        N_("No code came back from %(provider)s"),
        N_("The address that you came back to was not whole. Nothing was connected."),
        (AGAIN, BY_KEY),
    ),
    "code_refused": End(
        N_("%(provider)s does not know this code"),
        N_("It was used before, belongs to another attempt, or was not copied whole."),
        (N_("Start again, and use the code that is shown then."), BY_KEY),
        "bad",
    ),
    "code_expired": End(
        N_("The code is too old"),
        N_("%(provider)s takes a code for 10 minutes only."),
        (N_("Start again, and come back a little faster."), BY_KEY),
    ),
    "code_malformed": End(
        N_("%(provider)s could not read the code"),
        N_("Most likely it was not copied whole, or something else was copied with it."),
        (N_("Start again, and copy the code by its button."), BY_KEY),
        "bad",
    ),
    "no_such_door": End(
        N_("%(provider)s no longer takes codes at this address"),
        N_("It has changed how keys are given out, and this version does not know the new way."),
        (BY_KEY, N_("See whether there is a newer aiconnect.")),
        "bad",
    ),
    "too_many": End(
        N_("%(provider)s asks to wait"),
        N_("Too many sign-ins were asked for at once."),
        (N_("Start again in some minutes."), BY_KEY),
    ),
    "trouble": End(
        N_("%(provider)s is having trouble"),
        N_("It answered with an error of its own. Your account and the code are not to blame."),
        (LATER, STRAY_KEY, BY_KEY),
    ),
    "not_them": End(
        N_("Something else answered in the place of %(provider)s"),
        N_("A web page or a redirect came, as a proxy or a portal in between sends it."),
        (N_("Check how this server gets to the internet."), AGAIN),
        "bad",
    ),
    "no_key": End(
        N_("%(provider)s sent no key"),
        N_("It took the code, and its answer had no key in it."),
        (STRAY_KEY, AGAIN, BY_KEY),
        "bad",
    ),
    "no_answer": End(
        N_("%(provider)s did not answer in time"),
        N_("The code was sent, and no whole answer came back within 15 seconds."),
        (STRAY_KEY, LATER),
        "gone",
    ),
    "no_way": End(
        N_("This server cannot reach %(provider)s"),
        N_("Your browser got there; the server that aiconnect runs on did not."),
        (N_("Check the server's network, its name service and its proxy."), AGAIN),
        "gone",
    ),
    "not_trusted": End(
        N_("The encryption to %(provider)s cannot be trusted"),
        N_("The certificate that came is not its own. The code was not sent."),
        (
            N_("If a proxy of yours opens encryption, name its certificate in AICONNECT_CA_FILE."),
            AGAIN,
        ),
        "bad",
    ),
    "address": End(
        N_("aiconnect does not call the address of %(provider)s"),
        N_("Its name leads into a private network from here. The code was not sent."),
        (N_("Check the name service of this server."),),
        "bad",
    ),
    "no_capacity": End(
        N_("This server is at its limit of open connections"),
        N_("%(provider)s was not asked."),
        (AGAIN,),
    ),
    "not_saved": End(
        N_("The connection could not be saved"),
        N_("The key came, but you may not add or change this connection any more."),
        (STRAY_KEY, N_("Ask an admin of the team.")),
        "bad",
    ),
}
"""By outcome. `connected` is not among them: it leads to the connection."""


def end_of(attempt: OAuthAttempt, provider: str) -> tuple[str, Worded]:
    """The shape and the words for how an attempt stands or ended."""
    stages = {Stage.OPEN: OPEN, Stage.EXPIRED: EXPIRED, Stage.UNDER_WAY: UNDER_WAY}
    end = stages.get(stage_of(attempt)) or ENDS.get(attempt.outcome or "", ENDS["failed_there"])
    facts = {"provider": provider}
    steps = tuple(_(step, **facts) for step in end.next)
    return end.shape, Worded(_(end.title, **facts), _(end.cause, **facts), steps)
