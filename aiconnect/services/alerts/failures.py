"""What became of a message that could not be sent: a code with facts, in words when it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from aiconnect.errors import N_, CallError, ProviderError
from aiconnect.services.jobs import Said

NO_MAIL, NO_SECRET, PAGE, STATUS = "no_mail", "no_secret", "page", "status"

SENTENCES: Mapping[str, str] = {
    "address_refused": N_("%(host)s is an address that this server does not call."),
    "broke": N_("%(host)s broke off its answer."),
    "https_expected": N_("%(host)s wants https."),
    "mail_login": N_("The mail server refused the name or password of AICONNECT_SMTP_URL."),
    "mail_no_login": N_("The mail server takes no login; leave it out of AICONNECT_SMTP_URL."),
    "mail_no_starttls": N_("The mail server offers no TLS, which AICONNECT_SMTP_URL demands."),
    "mail_no_tls": N_("The mail server offers no TLS, and a password never goes without it."),
    "mail_recipient": N_("The mail server does not take mail for this address."),
    "mail_refused": N_("The mail server refused the mail (%(status)s)."),
    "mail_sender": N_("The mail server does not let us send as the address in AICONNECT_SMTP_URL."),
    "name_not_found": N_("There is no host %(host)s, or its name cannot be looked up."),
    "no_capacity": N_("This server had no room for one more connection."),
    NO_MAIL: N_("This server has no mail server: AICONNECT_SMTP_URL is not set."),
    NO_SECRET: N_("The signing secret does not open with this master key. Make a new one."),
    "not_an_api": N_("What answers at %(host)s does not speak HTTP."),
    "not_mail": N_("What answers at %(host)s, port %(port)s, is no mail server."),
    PAGE: N_("%(host)s answered with a web page. The address is probably another one."),
    "plain_http": N_("%(host)s does not speak TLS there."),
    "proxy_auth": N_("The outgoing proxy wants a login."),
    "proxy_refused": N_("The outgoing proxy does not lead there."),
    "proxy_unreachable": N_("The outgoing proxy cannot be reached."),
    "redirected": N_("%(host)s leads on to %(to)s. Messages are not sent after it: write that "
                     "address."),
    "refused": N_("Nothing listens at %(host)s, port %(port)s."),
    "reset": N_("%(host)s hung up."),
    "silent": N_("%(host)s did not answer in time."),
    STATUS: N_("%(host)s answered with the status %(status)s."),
    "timeout": N_("%(host)s, port %(port)s, cannot be reached."),
    "tls_expired": N_("The certificate of %(host)s is not valid now."),
    "tls_failed": N_("No encrypted connection to %(host)s came about."),
    "tls_name": N_("The certificate of %(host)s is for another name."),
    "tls_untrusted": N_("The certificate of %(host)s is signed by nobody that this server trusts."),
    "too_large": N_("The answer of %(host)s was too long."),
}  # fmt: skip
FACTS = ("host", "port", "status", "to")


def written(error: ProviderError | CallError) -> str:
    """A failure as a row keeps it; nothing in it is anybody's words."""
    if isinstance(error, CallError):
        return str(Said(error.code))
    found = {name: error.finding.facts[name] for name in FACTS if name in error.finding.facts}
    return str(Said(error.code, found))


def worded(failure: str, translate: Callable[[str], str] = str) -> str:
    """A failure in words."""
    said = Said.read(failure)
    sentence = SENTENCES.get(said.code, N_("The message could not be sent."))
    return translate(sentence) % defaultdict(lambda: "?", said.facts)
