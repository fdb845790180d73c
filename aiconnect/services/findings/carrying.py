"""Words for what goes wrong on a connection that stands: silence, breaks, encryption, proxies."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.reaching import TEST_AGAIN
from aiconnect.services.findings.wording import Wording

GONE, ATTENTION = State.UNREACHABLE, State.NEEDS_ATTENTION

CHECK_CLOCK = N_("Check the clock of this server: it shows %(clock)s.")

BREAKING = {
    "silent": Wording(
        GONE,
        N_("%(host)s accepted the connection and then said nothing."),
        N_("It is busy, perhaps loading a model, or another kind of service listens there."),
        (
            N_("Give it more time if it loads large models."),
            N_("Check that port %(port)s is the one of the model server."),
            TEST_AGAIN,
        ),
        ("patience", "edit"),
    ),
    "reset": Wording(
        GONE,
        N_("%(host)s closed the connection without an answer."),
        N_("The port may expect https, or a firewall cut the connection."),
        (TEST_AGAIN, N_("Check that port %(port)s is the one of the model server.")),
        ("https", "edit"),
    ),
    "broke": Wording(
        GONE,
        N_("%(host)s broke off in the midst of its answer."),
        N_("It was stopped just then, or something between here and there cut the connection."),
        (TEST_AGAIN,),
    ),
    "out_of_time": Wording(
        GONE,
        N_("%(host)s answers, but so slowly that the test ended before it."),
        N_("The server is busy, or the way to it is slow."),
        (TEST_AGAIN,),
        ("patience",),
    ),
}

ENCRYPTING = {
    "tls_untrusted": Wording(
        ATTENTION,
        N_("This server does not trust the certificate of %(host)s."),
        N_("It is signed by itself or by an authority that is not known here: %(issuer)s."),
        (
            N_("Ask whoever runs %(host)s for the certificate of that authority (a PEM file)."),
            N_("Paste it under “Certificate” of this connection. It counts for this one alone."),
        ),
        ("certificate",),
    ),
    "tls_untrusted.ca_file": Wording(
        ATTENTION,
        N_("The file of AICONNECT_CA_FILE cannot be read."),
        N_("It was moved, is no PEM file, or aiconnect may not read it."),
        (N_("Put it back, or correct AICONNECT_CA_FILE and start aiconnect again."),),
    ),
    "tls_untrusted.ca_pem": Wording(
        ATTENTION,
        N_("The certificate that was pasted into this connection cannot be used."),
        N_("It is not the text of a PEM file, or a part of it is missing."),
        (N_("Paste it again, from BEGIN CERTIFICATE to END CERTIFICATE."),),
        ("certificate",),
    ),
    "tls_name": Wording(
        ATTENTION,
        N_("The certificate of %(host)s is for another name."),
        N_("It is for: %(names)s."),
        (N_("Write the address with a name that is on the certificate."),),
        ("edit",),
    ),
    "tls_expired": Wording(
        ATTENTION,
        N_("The certificate of %(host)s has expired."),
        N_("It ended on %(ends)s and has not been renewed."),
        (N_("Ask whoever runs %(host)s to renew it."), CHECK_CLOCK),
    ),
    "tls_expired.not_yet": Wording(
        ATTENTION,
        N_("The certificate of %(host)s is not valid yet."),
        N_("It begins on %(starts)s. Most likely a clock is wrong: this server's or theirs."),
        (CHECK_CLOCK,),
    ),
    "tls_failed": Wording(
        ATTENTION,
        N_("This server and %(host)s could not agree on encryption."),
        N_("The other side wants a certificate of ours, or speaks only old versions of TLS."),
        (N_("Check the TLS settings of %(host)s."),),
    ),
    "plain_http": Wording(
        ATTENTION,
        N_("The address says https, but port %(port)s of %(host)s speaks plain http."),
        N_("Most local model servers use no encryption."),
        (N_("Correct the port, if the server has another one for https."),),
        ("http", "edit"),
    ),
    "https_expected": Wording(
        ATTENTION,
        N_("The address says http, but port %(port)s of %(host)s speaks https."),
        N_("The server takes encrypted connections only."),
        (N_("Correct the port, if the server has another one for plain http."),),
        ("https", "edit"),
    ),
}

PROXYING = {
    "proxy_auth": Wording(
        ATTENTION,
        N_("The outgoing proxy %(proxy)s asks for a login."),
        N_(
            "The provider never saw the request: name or password of the proxy is missing or wrong."
        ),
        (
            N_("Put name and password into AICONNECT_OUTGOING_PROXY: http://name:password@host"),
            N_("Start aiconnect again."),
        ),
    ),
    "proxy_refused": Wording(
        ATTENTION,
        N_("The outgoing proxy %(proxy)s does not let aiconnect through to %(host)s."),
        N_("It answered with the status %(status)s; its rules do not allow this host or port."),
        (N_("Ask whoever runs the proxy to allow %(host)s, port %(port)s."),),
    ),
    "proxy_refused.upstream": Wording(
        GONE,
        N_("The outgoing proxy %(proxy)s cannot reach %(host)s."),
        N_("It answered with the status %(status)s: it does not know the name, or gets no answer."),
        (N_("Check the spelling of the address."), TEST_AGAIN),
        ("edit",),
    ),
    "proxy_refused.no_proxy": Wording(
        ATTENTION,
        N_("What answers at %(proxy)s is no proxy that aiconnect can use."),
        N_("It hung up, or did not answer in HTTP, when it was asked for a tunnel."),
        (N_("Check host and port in AICONNECT_OUTGOING_PROXY, and start aiconnect again."),),
    ),
    "proxy_unreachable": Wording(
        GONE,
        N_("The outgoing proxy %(proxy)s does not answer."),
        N_("Every call to a public provider goes through it, so none gets out."),
        (
            N_("Start the proxy, or correct AICONNECT_OUTGOING_PROXY and start aiconnect again."),
            TEST_AGAIN,
        ),
    ),
    "proxy_unreachable.name_not_found": Wording(
        GONE,
        N_("There is no machine called as the outgoing proxy is: %(proxy)s."),
        N_("Every call to a public provider goes through it, so none gets out."),
        (N_("Correct AICONNECT_OUTGOING_PROXY and start aiconnect again."),),
    ),
}

CARRYING = {**BREAKING, **ENCRYPTING, **PROXYING}
