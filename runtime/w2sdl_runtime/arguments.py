"""What an operation is given can't serve it, by how it was made or how it is written: rules for ``check``.

Each says what would fail hours later, after what it is made of was computed. Where the spec can't tell,
it says nothing, and the operation itself does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl.dotted import value_at
from w2sdl.kinds import Kind
from w2sdl.signature import Network
from w2sdl_runtime.op import Made, ParameterCheck

Arguments = Mapping[str, Any]
Problem = tuple[str, str]


def needs_network(*places: str) -> ParameterCheck:
    """The rule of what reads with, or trains, a single network on these edges."""

    def rule(given: Arguments) -> Problem | None:
        for place in places:
            made: Made | None = value_at(given, place)
            if made is not None and made.network.whose != "own":
                return _no_network(place.split(".")[-1], made.network)
        return None

    return rule


def needs_writer(*places: str) -> ParameterCheck:
    """The rule of what has texts written on these edges: a network of its own, or an endpoint."""

    def rule(given: Arguments) -> Problem | None:
        for place in places:
            made: Made | None = value_at(given, place)
            if made is not None and not made.network.writes:
                maker = made.network.maker
                fact = f"`{place.split('.')[-1]}` has to write, and what {maker} makes can't"
                return fact, "name one of the models that it was made of"
        return None

    return rule


def one_after_another(*rules: ParameterCheck) -> ParameterCheck:
    """The first thing that any of these rules has to say."""
    return lambda given: next(filter(None, (rule(given) for rule in rules)), None)


def _no_network(port: str, network: Network) -> Problem:
    if network.whose == "none":
        fact = f"`{port}` needs one network, and what {network.maker} makes has none"
        return fact, "name one of the models that it was made of"
    return (
        f"`{port}` needs the numbers inside a network, and from {network.maker} only answers come back",
        "use model(...) of a folder or a hub id here; what api() names can write: "
        "D(debater: generative()), judge(how: text()) or vote(), sample()",
    )


def is_remote(made: Made | None) -> bool:
    """Whether a model is asked over HTTP."""
    return made is not None and made.network.whose == "remote"


def tune_given(model: Made) -> str:
    """How a model is tuned, as far as the spec says it: "full", "linear_probe", "lora"; else ""."""
    if model.op in ("model", "retune"):
        return str(model.arguments["tune"]["variant"])
    if model.op == "checkpoint":
        return tune_given(model.arguments["predictor"])
    return tune_given(model.arguments["model"]) if model.op in ("finetune", "adapt") else ""


def moves_a_body(head: str) -> ParameterCheck:
    """The rule of a head that is the model's own output: it moves with its body."""

    def rule(given: Arguments) -> Problem | None:
        if tune_given(given["model"]) != "linear_probe":
            return None
        return (
            f"head: {head}() has no weights beside the model's own, and linear_probe() moves none of them",
            "use tune: full() or lora()",
        )

    return rule


def kept_at(given: Arguments) -> Problem | None:
    """The rule of `checkpoint`: the training keeps what is asked for."""
    return _kept(given["predictor"], given["at"])


def _kept(predictor: Made, share: float) -> Problem | None:
    if share == 1:
        return None
    if predictor.op == "ensemble":
        return next(
            filter(None, (_kept(one, share) for one in predictor.arguments["members"])), None
        )
    if predictor.op != "checkpoint" and predictor.signature.network != "own":
        return f"{predictor.op}() is not trained in steps, so there is no checkpoint of it", _KEPT
    if predictor.op != "finetune" or share in predictor.arguments["snapshots"]:
        return None
    known = ", ".join(_percent(one) for one in predictor.arguments["snapshots"]) or "none"
    fact = f"the training keeps no snapshot at {_percent(share)} (it keeps {known})"
    return fact, f"ask for it where the model is trained: snapshots: [{_percent(share)}]"


_KEPT = "name what finetune() makes, or an ensemble of such"


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def judged_in_both_orders(given: Arguments) -> Problem | None:
    """The rule of `order_accuracy`: what is measured reads debates in both orders."""
    scored = given["scored"]
    if scored.op != "label" or _reads_both(scored.arguments["predictor"]) is not False:
        return None
    return (
        "what is measured here reads no debates in both orders",
        "measure what reads transcripts of D(..., stance: both_orders())",
    )


def _reads_both(predictor: Made) -> bool | None:
    """Whether a predictor reads debates in both orders; None where that can't be known here."""
    if predictor.op == "ensemble":
        each = [_reads_both(one) for one in predictor.arguments["members"]]
        return False if False in each else None
    if predictor.op == "checkpoint":
        return _reads_both(predictor.arguments["predictor"])
    if predictor.op in ("zero_shot", "few_shot", "probe", "predictor_folder"):
        return False
    if predictor.op not in ("finetune", "judge"):
        return None
    context = predictor.arguments.get("context")
    if context is None or context.op == "show":
        return False
    return _both_orders(context.arguments["stance"]) if context.op == "debate" else None


def _both_orders(stance: Mapping[str, Any]) -> bool:
    from w2sdl_runtime.op import variant_class
    from w2sdl_runtime.variants.stances import Stance

    return variant_class(Stance, stance["variant"]).both_orders


def needs_probabilities(*places: str) -> ParameterCheck:
    """The rule of what compares beliefs: words that nobody gave a probability say nothing of others."""

    def rule(given: Arguments) -> Problem | None:
        for place in places:
            found = value_at(given, place)
            several = found if isinstance(found, tuple) else (found,)
            if any(one is not None and _words_alone(one) for one in several):
                return (
                    f"`{place}` are words without probabilities",
                    "label with a predictor that tells classes apart, such as probe(states, words)",
                )
        return None

    return rule


#: Operations that leave what labels say as it is.
_SAME_WORDS = ("clean", "only", "retold", "route", "select", "subsample", "weigh")


def _words_alone(labels: Made) -> bool:
    """Whether labels are surely words without probabilities; what a column says is known later."""
    arguments = labels.arguments
    if labels.op == "label":
        return writes(arguments["predictor"])
    if labels.op == "gold":
        return arguments["field"] is None and _answered_in_words(arguments["data"])
    if labels.op in ("concat", "votes"):
        return all(_words_alone(one) for one in arguments["labels"])
    if labels.op == "sample":
        return True
    if labels.op == "label_file":
        return bool(arguments["kind"] == "text")
    inner: Made | None = arguments.get("otherwise" if labels.op == "route" else "labels")
    if inner is None or labels.op not in _SAME_WORDS:
        return False
    return _words_alone(inner)


def writes(predictor: Made) -> bool:
    """Whether a predictor surely answers by writing."""
    if predictor.op == "checkpoint":
        return writes(predictor.arguments["predictor"])
    return predictor.op == "finetune" and predictor.arguments["head"]["variant"] == "lm"


def _answered_in_words(data: Made) -> bool:
    from w2sdl_runtime.op import variant_class
    from w2sdl_runtime.variants.formats import Format

    while hasattr(data.arguments.get("data"), "op"):
        data = data.arguments["data"]
    form = data.arguments.get("format")
    if form is None:
        return data.op in ("digit_images", "chess_puzzles")
    return variant_class(Format, form["variant"]).answers == "text"


def nobody_voted(labels: Made) -> bool:
    """Whether labels surely hold no votes: those of an operation of somebody's own may."""
    if labels.op == "votes" or labels.signature.origin != "built-in":
        return False
    ports = (p for p in labels.signature.ports if p.kind is Kind.LABELS and not p.channel)
    behind = [labels.arguments.get(port.name, ()) for port in ports]
    every = (one for found in behind for one in (found if isinstance(found, tuple) else (found,)))
    return all(nobody_voted(one) for one in every)


def must_be_rated(*places: str) -> ParameterCheck:
    """The rule of a measure of ratings: what is measured has them, by the operation that made it."""

    def rule(given: Arguments) -> Problem | None:
        for place in places:
            found = given[place]
            for made in found if isinstance(found, tuple) else (found,):
                if made.op in ("label", "gold", "sample"):
                    return (
                        f"`{place}` has no ratings: {_said_by(made)}",
                        "rate samples first: rate(sample(model, part, n: 25), by: instrument)",
                    )
        return None

    return rule


def _said_by(made: Made) -> str:
    words = {
        "label": "a predictor's labels say what it answers",
        "gold": "gold says what is right",
        "sample": "samples are texts that nobody has rated yet",
    }
    return words[made.op]
