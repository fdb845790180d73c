"""Words for servers that answer, but not as the API that was expected."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

ATTENTION, WARNING = State.NEEDS_ATTENTION, State.WARNING

OPEN_IN_BROWSER = N_("Open the address in a browser to see what it is.")
BY_HAND = N_("Edit the connection and enter the models' names by hand.")

ANSWERING = {
    "ok": Wording(State.CONNECTED, N_("Everything works.")),
    "not_an_api": Wording(
        ATTENTION,
        N_("%(host)s answers, but not as an AI provider."),
        N_("It sent a web page or something else that is no API: “%(title)s”."),
        (OPEN_IN_BROWSER, N_("Check address and port; most API addresses end in /v1.")),
    ),
    "wrong_path": Wording(
        ATTENTION,
        N_("%(host)s answers, but there is no API at %(url)s."),
        N_("The last part of the address is missing, doubled or wrong."),
        (N_("Check the address in the provider's documentation; most end in /v1."),),
    ),
    "wrong_path.try": Wording(
        ATTENTION,
        N_("%(host)s answers, but there is no API at %(url)s."),
        N_("There is one at %(try)s."),
        (N_("Edit the connection and enter %(try)s as its address."),),
    ),
    "wrong_kind": Wording(
        ATTENTION,
        N_("This is not %(wanted)s: it looks like %(looks_like)s."),
        N_("Another model server listens at this address."),
        (N_("Add it as %(looks_like)s instead, or correct the port."),),
    ),
    "redirected": Wording(
        ATTENTION,
        N_("%(host)s points to another address: %(to)s."),
        N_("aiconnect does not follow it, because the key would go along."),
        (N_("If you trust that address, enter it in the connection."),),
    ),
    "unknown_answer": Wording(
        ATTENTION,
        N_("%(host)s answered in a way that aiconnect does not know."),
        N_("Its answer had the status %(status)s: %(detail)s"),
        (N_("Check that the address is one of an OpenAI-compatible API."),),
    ),
    "too_large": Wording(
        ATTENTION,
        N_("%(host)s sent more than aiconnect reads."),
        N_("A model list has never more than %(megabytes)s MB."),
        (OPEN_IN_BROWSER,),
    ),
    "no_model_list": Wording(
        WARNING,
        N_("The connection works, but %(host)s lists no models."),
        N_("Not every server offers a list. Any model name is passed on meanwhile."),
        (BY_HAND,),
    ),
    "no_model_list.permission": Wording(
        WARNING,
        N_("The key works, but may not list models."),
        N_("It is restricted, and the right to read models is not among its rights."),
        (N_("Give the key the right to read models."), BY_HAND),
    ),
    "no_models": Wording(
        WARNING,
        N_("Connected, but %(provider)s has no models."),
        N_("The list of models is empty."),
        (N_("Add a model there, then test again."),),
    ),
    "no_models.ollama": Wording(
        WARNING,
        N_("Connected, but Ollama has no models yet."),
        N_("The list of models is empty."),
        (N_("Get one on that machine, for example: ollama pull qwen3:8b"), N_("Then test again.")),
    ),
    "no_models.lmstudio": Wording(
        WARNING,
        N_("Connected, but LM Studio shows no models."),
        N_("None is downloaded, or none is loaded and loading on demand is off."),
        (N_("Load a model in LM Studio, or switch on “Just in Time Model Loading”."),),
    ),
    "model_loading": Wording(
        WARNING,
        N_("%(provider)s is still loading its model."),
        N_("It was started a moment ago; large models take minutes."),
        (N_("Test again when it has loaded."),),
    ),
    "provider_down": Wording(
        State.UNREACHABLE,
        N_("%(provider)s is having trouble."),
        N_("It answered with the status %(status)s: %(detail)s"),
        (N_("Test again in some minutes."), N_("Look at the provider's status page.")),
    ),
}
