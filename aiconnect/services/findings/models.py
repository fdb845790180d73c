"""Words for models: lists of them, and single ones that cannot be used."""

from aiconnect.errors import N_
from aiconnect.models import State
from aiconnect.services.findings.wording import Wording

WARNING = State.WARNING

BY_HAND = N_("Enter the models' names by hand, to have them in lists.")
EMPTY = N_("The list of models is empty.")

LISTS = {
    "no_model_list": Wording(
        WARNING,
        N_("It may work, but %(host)s lists no models."),
        N_("Not every server offers a list. Any model name is passed on meanwhile."),
        (BY_HAND,),
        ("enter_models", "docs"),
    ),
    "no_model_list.permission": Wording(
        WARNING,
        N_("The key works, but may not list models."),
        N_("It is restricted, and the right to read models is not among its rights."),
        (N_("Give the key the right to read models, or enter their names by hand."),),
        ("keys", "enter_models"),
    ),
    "no_models": Wording(
        WARNING,
        N_("Connected, but %(provider)s has no models."),
        EMPTY,
        (N_("Add a model there, or a right to use one, then test again."),),
    ),
    "no_models.ollama": Wording(
        WARNING,
        N_("Connected, but Ollama has no models yet."),
        EMPTY,
        (N_("Get one on that machine, for example: ollama pull qwen3:8b"), N_("Then test again.")),
        ("help",),
    ),
    "no_models.lmstudio": Wording(
        WARNING,
        N_("Connected, but LM Studio shows no models."),
        N_("No model is downloaded, or none is loaded and loading on demand is off."),
        (N_("Load a model in LM Studio, or switch on “Just in Time Model Loading”."),),
        ("help",),
    ),
}

SINGLE = {
    "model_not_found": Wording(
        WARNING,
        N_("%(provider)s has no model called %(model)s."),
        N_("Names count to the letter, and a key may not be allowed every model."),
        (N_("Take one of the list; read the list again if it is old."),),
        ("models",),
    ),
    "model_not_found.ollama": Wording(
        WARNING,
        N_("Ollama has no model called %(model)s."),
        N_("It was not downloaded on that machine, or its tag (after the colon) is another."),
        (N_("Get it there: ollama pull %(model)s"),),
        ("models",),
    ),
    "model_not_found.not_loaded": Wording(
        WARNING,
        N_("%(provider)s has no model loaded."),
        N_("It is up, but did not load %(model)s on demand."),
        (
            N_("Load it there: in LM Studio on the Developer page, or with: lms load"),
            N_("Switch on “Just in Time Model Loading”, so that a call loads it."),
        ),
        ("help",),
    ),
    "model_not_found.no_access": Wording(
        WARNING,
        N_("%(provider)s has no model %(model)s for this key."),
        N_("There is none of that name, or it is for other tiers or privacy settings."),
        (N_("Take one of the list, or check the account's tier and privacy settings."),),
        ("models", "keys"),
    ),
    "model_not_found.retired": Wording(
        WARNING,
        N_("%(provider)s has retired the model %(model)s."),
        N_("It said: %(detail)s"),
        (N_("Take its successor from the list."),),
        ("models",),
    ),
    "silent.model": Wording(
        WARNING,
        N_("%(model)s gave no answer in the time of a test."),
        N_("It is being loaded, or the machine is slow for it. The connection itself is fine."),
        (
            N_("Test again: once it is loaded, it answers sooner."),
            N_("Programs wait longer than a test; how long is a setting of the connection."),
        ),
        ("more_time",),
    ),
    "too_long": Wording(
        WARNING,
        N_("%(provider)s found a request too long for the model."),
        N_("The connection is fine: %(detail)s"),
        (N_("Send less text, or take a model with a larger context."),),
    ),
    "content_refused": Wording(
        WARNING,
        N_("%(provider)s refused the content of a request."),
        N_("Its moderation flagged it. The connection and the key are fine."),
        (N_("Change the request, or take a model without that moderation."),),
    ),
    "content_refused.moderation": Wording(
        WARNING,
        N_("The moderation of %(provider)s refused a request."),
        N_(
            "The router checked it before any model saw it. The connection and the key are fine. "
            "It says: %(detail)s"
        ),
        (N_("Change the request, or take a model that the router does not moderate."),),
    ),
    "content_refused.filter": Wording(
        WARNING,
        N_("The content filter of %(provider)s refused a request."),
        N_("It stands before the model. The connection and the key are fine. It says: %(detail)s"),
        (N_("Change the request, or take a model without that filter."),),
    ),
    "content_refused.model": Wording(
        WARNING,
        N_("A model of %(provider)s refused to answer."),
        N_("The connection and the key are fine. It says: %(detail)s"),
        (N_("Change the request, or take another model."),),
    ),
}

MODELS = {**LISTS, **SINGLE}
