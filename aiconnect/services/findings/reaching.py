"""Words for what goes wrong before a server has answered: name, address, connection."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

GONE, ATTENTION = State.UNREACHABLE, State.NEEDS_ATTENTION

CHECK_SPELLING = N_("Check the spelling of the address.")
TEST_AGAIN = N_("Test again in a moment.")
NOTHING_ANSWERS = N_("Nothing answers at %(host)s:%(port)s.")
ON_ANOTHER_MACHINE = N_("If it runs on another machine, it must listen to the network there.")

NAMES = {
    "name_not_found": Wording(
        GONE,
        N_("There is no machine called %(host)s."),
        N_("This server asked for the name and was told that it does not exist."),
        (
            CHECK_SPELLING,
            N_("Inside a container, write the other service's name, or host.docker.internal."),
        ),
        ("edit",),
    ),
    "name_not_found.cloud": Wording(
        GONE,
        N_("This server cannot find %(host)s on the internet."),
        N_("The address is right: this server has no way to the internet, or only by a proxy."),
        (
            N_("Ask whoever runs this server to check its internet access and its DNS."),
            N_("Where only a proxy leads to the internet, set AICONNECT_OUTGOING_PROXY."),
        ),
    ),
    "name_not_found.resolver": Wording(
        GONE,
        N_("The name %(host)s could not be looked up."),
        N_("The name service of this server did not answer."),
        (TEST_AGAIN, N_("Try the address as a number, to see whether only names fail.")),
        ("edit",),
    ),
    "name_not_found.container_host": Wording(
        GONE,
        N_("This container has no way to its own host: %(host)s is unknown."),
        N_("Docker Desktop knows that name by itself; Docker on Linux must be told it."),
        (
            N_("Add host.docker.internal:host-gateway to extra_hosts in the compose file."),
            N_("With Podman, write host.containers.internal."),
        ),
        ("edit",),
    ),
}

ADDRESSES = {
    "address_refused": Wording(
        ATTENTION,
        N_("aiconnect does not call %(host)s."),
        N_("Its address is not one that a provider can have."),
        (CHECK_SPELLING,),
        ("edit",),
    ),
    "address_refused.private": Wording(
        ATTENTION,
        N_("%(host)s is a private address, and this connection may only call public ones."),
        N_("The name leads to this machine or into its network."),
        (N_("If that is meant, edit the connection and allow private addresses."), CHECK_SPELLING),
        ("edit",),
    ),
    "address_refused.metadata": Wording(
        ATTENTION,
        N_("aiconnect never calls %(host)s."),
        N_("The address belongs to a cloud's own service, which gives out credentials."),
        (CHECK_SPELLING,),
        ("edit",),
    ),
    "address_refused.own_address": Wording(
        ATTENTION,
        N_("%(host)s:%(port)s is aiconnect itself."),
        N_("A connection to its own address would call itself without end."),
        (N_("Enter the address of the model server."),),
        ("edit",),
    ),
}

CONNECTING = {
    "refused": Wording(
        GONE,
        N_("%(host)s is there, but nothing answers at port %(port)s."),
        N_("The server is not started, or listens on another port."),
        (N_("Start the server, or correct the port in the address."), TEST_AGAIN),
        ("edit",),
    ),
    "refused.container": Wording(
        GONE,
        NOTHING_ANSWERS,
        N_("aiconnect runs in a container, where localhost is the container, not your computer."),
        (
            N_("On Linux, add host.docker.internal:host-gateway to the container's extra hosts."),
            N_("If the model server runs in this very container, start it there."),
        ),
        ("container_host", "edit"),
    ),
    "refused.ollama": Wording(
        GONE,
        NOTHING_ANSWERS,
        N_("Ollama is not started, or listens only to its own machine."),
        (
            N_("Start it: ollama serve"),
            N_("If it runs on another machine, set OLLAMA_HOST=0.0.0.0 there and start it again."),
        ),
        ("help", "edit"),
    ),
    "refused.lmstudio": Wording(
        GONE,
        NOTHING_ANSWERS,
        N_("The server of LM Studio is not started, or listens only to its own machine."),
        (
            N_("Start it on LM Studio's Developer page, or with: lms server start"),
            N_("If it runs on another machine, switch on “Serve on Local Network” there."),
        ),
        ("help", "edit"),
    ),
    "refused.llamacpp": Wording(
        GONE,
        NOTHING_ANSWERS,
        N_("llama-server is not started, or listens on another port or only to its own machine."),
        (
            N_("Start it, with --host 0.0.0.0 if it runs on another machine."),
            N_("Its usual port is 8080, in newer builds 9931."),
        ),
        ("help", "edit"),
    ),
    "refused.vllm": Wording(
        GONE,
        NOTHING_ANSWERS,
        N_("vLLM is not started, still loads its model, or listens on another port."),
        (N_("Start it: vllm serve MODEL"), ON_ANOTHER_MACHINE),
        ("help", "edit"),
    ),
    "timeout": Wording(
        GONE,
        N_("No answer from %(host)s:%(port)s within %(seconds)s s."),
        N_("The machine is off or asleep, or a firewall drops what is sent to this port."),
        (N_("Check that the machine is on and lets port %(port)s through."), TEST_AGAIN),
        ("edit",),
    ),
    "timeout.no_route": Wording(
        GONE,
        N_("There is no way to %(host)s from here."),
        N_("This server's network does not lead to that address."),
        (N_("Check the network or the VPN of this server."), TEST_AGAIN),
        ("edit",),
    ),
    "no_capacity": Wording(
        State.UNTESTED,
        N_("This server is at its limit of open connections."),
        N_("The provider is not to blame: it was not called."),
        (TEST_AGAIN, N_("Raise the limit of open files that aiconnect is started with.")),
    ),
}

REACHING = {**NAMES, **ADDRESSES, **CONNECTING}
