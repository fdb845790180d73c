"""Words for what goes wrong before a server has answered: name, address, connection, encryption."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

GONE, ATTENTION = State.UNREACHABLE, State.NEEDS_ATTENTION

CHECK_SPELLING = N_("Check the spelling of the address.")
SWITCH_TO_HTTPS = N_("Write https instead of http in the address.")
TEST_AGAIN = N_("Test again in a moment.")

REACHING = {
    "name_not_found": Wording(
        GONE,
        N_("There is no machine called %(host)s."),
        N_("This server asked for the name and was told that it does not exist."),
        (
            CHECK_SPELLING,
            N_("Inside a container, use the service's name or host.docker.internal."),
        ),
    ),
    "name_not_found.resolver": Wording(
        GONE,
        N_("The name %(host)s could not be looked up."),
        N_("The name service of this server did not answer."),
        (TEST_AGAIN, N_("Try the address as a number, to see whether only names fail.")),
    ),
    "address_refused": Wording(
        ATTENTION,
        N_("aiconnect does not call %(host)s."),
        N_("Its address is not one that a provider can have."),
        (CHECK_SPELLING,),
    ),
    "address_refused.private": Wording(
        ATTENTION,
        N_("%(host)s is a private address, and this connection may only call public ones."),
        N_("The name leads to this machine or into its network."),
        (N_("If that is meant, edit the connection and allow private addresses."), CHECK_SPELLING),
    ),
    "address_refused.metadata": Wording(
        ATTENTION,
        N_("aiconnect never calls %(host)s."),
        N_("The address belongs to a cloud's own service, which gives out credentials."),
        (CHECK_SPELLING,),
    ),
    "address_refused.own_address": Wording(
        ATTENTION,
        N_("%(host)s:%(port)s is aiconnect itself."),
        N_("A connection to its own address would call itself without end."),
        (N_("Enter the address of the model server."),),
    ),
    "refused": Wording(
        GONE,
        N_("%(host)s is there, but nothing answers at port %(port)s."),
        N_("The server is not started, or listens on another port."),
        (N_("Start the server, or correct the port in the address."), TEST_AGAIN),
    ),
    "refused.container": Wording(
        GONE,
        N_("Nothing answers at %(host)s:%(port)s."),
        N_("aiconnect runs in a container, where localhost is the container, not your computer."),
        (
            N_("Write host.docker.internal in the place of %(host)s."),
            N_("On Linux, add host.docker.internal:host-gateway to the container's extra hosts."),
            N_("If the model server runs in this very container, start it there."),
        ),
    ),
    "refused.ollama": Wording(
        GONE,
        N_("Nothing answers at %(host)s:%(port)s."),
        N_("Ollama is not started, or listens only to its own machine."),
        (
            N_("Start it: ollama serve"),
            N_("If it runs on another machine, set OLLAMA_HOST=0.0.0.0 there and start it again."),
        ),
    ),
    "refused.lmstudio": Wording(
        GONE,
        N_("Nothing answers at %(host)s:%(port)s."),
        N_("The server of LM Studio is not started, or listens only to its own machine."),
        (
            N_("Start it on LM Studio's Developer page, or with: lms server start"),
            N_("If it runs on another machine, switch on “Serve on Local Network” there."),
        ),
    ),
    "refused.llamacpp": Wording(
        GONE,
        N_("Nothing answers at %(host)s:%(port)s."),
        N_("llama-server is not started, or listens on another port or only to its own machine."),
        (
            N_("Start it, with --host 0.0.0.0 if it runs on another machine."),
            N_("Its usual port is 8080, in newer builds 9931."),
        ),
    ),
    "timeout": Wording(
        GONE,
        N_("No answer from %(host)s:%(port)s within %(seconds)s s."),
        N_("The machine is off or asleep, or a firewall drops what is sent to this port."),
        (N_("Check that the machine is on and lets this port through."), TEST_AGAIN),
    ),
    "timeout.no_route": Wording(
        GONE,
        N_("There is no way to %(host)s from here."),
        N_("This server's network does not lead to that address."),
        (N_("Check the network or the VPN of this server."), TEST_AGAIN),
    ),
    "silent": Wording(
        GONE,
        N_("%(host)s accepted the connection and then said nothing."),
        N_("It is busy, perhaps loading a model, or another kind of service listens there."),
        (TEST_AGAIN, N_("Check that the port is the one of the model server.")),
    ),
    "reset": Wording(
        GONE,
        N_("%(host)s closed the connection without an answer."),
        N_("The port may expect https, or a firewall cut the connection."),
        (TEST_AGAIN, SWITCH_TO_HTTPS),
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
    ),
    "no_capacity": Wording(
        State.UNTESTED,
        N_("This server is at its limit of open connections."),
        N_("The provider is not to blame: it was not called."),
        (TEST_AGAIN, N_("Raise the limit of open files that aiconnect is started with.")),
    ),
    "tls_untrusted": Wording(
        ATTENTION,
        N_("This server does not trust the certificate of %(host)s."),
        N_("It is signed by itself or by an authority that is not known here."),
        (N_("Put the authority's certificate into a file and name it in AICONNECT_CA_FILE."),),
    ),
    "tls_untrusted.ca_file": Wording(
        ATTENTION,
        N_("The file of AICONNECT_CA_FILE cannot be read."),
        N_("It was moved, or aiconnect may not read it."),
        (N_("Put it back, or correct AICONNECT_CA_FILE and start aiconnect again."),),
    ),
    "tls_name": Wording(
        ATTENTION,
        N_("The certificate of %(host)s is for another name."),
        N_("The address is written in another way than on the certificate."),
        (N_("Write the address with the name that the certificate is for."),),
    ),
    "tls_expired": Wording(
        ATTENTION,
        N_("The certificate of %(host)s has expired."),
        N_("Whoever runs the server has not renewed it."),
        (N_("Renew the certificate."), N_("Check the clock of this server.")),
    ),
    "tls_expired.not_yet": Wording(
        ATTENTION,
        N_("The certificate of %(host)s is not valid yet."),
        N_("Most likely the clock of this server or of the other one is wrong."),
        (N_("Check the clock of this server."),),
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
        (N_("Write http instead of https in the address."),),
    ),
    "https_expected": Wording(
        ATTENTION,
        N_("The address says http, but port %(port)s of %(host)s speaks https."),
        "",
        (SWITCH_TO_HTTPS,),
    ),
}
