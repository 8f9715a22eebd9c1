"""Whether what is read beside rows is there for them, by the parts that a spec names: rules for ``check``.

A transcript or a state that is missing stops a run after everything before it was trained. Where it can't
be known which rows something holds, nothing is said, and the operation itself looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from w2sdl_runtime.op import Made

Arguments = Mapping[str, Any]
Problem = tuple[str, str]

#: The data set that a part was cut of, and its name; "" of the whole.
Part = tuple[Made, str]

_STATES = ("embed", "read_numbers")  #: what makes activations of items
_SAME_ROWS = ("part", "folds", "fits")  #: operations whose rows are those of their data, or fewer
#: Operations that give labels of the rows of their labels.
_SAME_LABELS = (
    "clean",
    "confidence",
    "corrupt",
    "only",
    "retold",
    "select",
    "smooth",
    "subsample",
    "was_right",
    "weigh",
)


def read_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `label`: what the predictor reads beside its items is there for all of them."""
    return _unread(given["predictor"], of_items(given["items"]))


def embedded_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `embed`, of a predictor with a context."""
    return _unread(given["model"], of_items(given["items"]))


def learned_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `finetune`: there are transcripts of the rows that it learns from, and stops by."""
    context: Made | None = given.get("context")
    if context is None:
        return None
    stop = given["stop"]
    for labels in (given["labels"], *([stop["labels"]] if "labels" in stop else [])):
        problem = _missing(of_labels(labels), of_context(context), "transcript", _DEBATE)
        if problem:
            return problem
    return None


def smoothed_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `smooth`: the rows whose labels are smoothed were embedded."""
    return _missing(of_labels(given["labels"]), _embedded(given["near"]), "state", _EMBED)


def probed_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `probe`: the rows that it is fitted to were embedded."""
    return _missing(of_labels(given["labels"]), _embedded(given["activations"]), "state", _EMBED)


def cleaned_rows_are_told(given: Arguments) -> Problem | None:
    """The rule of `clean`: there are states of the rows whose labels are cleaned."""
    return _missing(of_labels(given["labels"]), _embedded(given["near"]), "state", _EMBED)


_DEBATE = "make transcripts for all items that are read: D(..., items([...]), ...)"
_EMBED = (
    "read all items that it is asked about: embed(model, items(data)), read_numbers(items(data))"
)


def _unread(predictor: Made, rows: Sequence[Part]) -> Problem | None:
    if predictor.op == "ensemble":
        members = predictor.arguments["members"]
        return next(filter(None, (_unread(one, rows) for one in members)), None)
    if predictor.op == "checkpoint":
        return _unread(predictor.arguments["predictor"], rows)
    if predictor.op == "probe":
        return _missing(rows, _embedded(predictor.arguments["activations"]), "state", _EMBED)
    context = predictor.arguments.get("context")
    if predictor.op not in ("finetune", "judge") or context is None:
        return None
    return _missing(rows, of_context(context), "transcript", _DEBATE)


def _missing(
    wanted: Sequence[Part], known: Sequence[Part], what: str, advice: str
) -> Problem | None:
    """The first part that surely has none: others of the same data set have, and it is not among them."""
    for data, name in wanted:
        of_data = [part for root, part in known if root == data]
        if name and of_data and not {name, ""} & {*of_data}:
            there = ", ".join(f"`{part}`" for part in dict.fromkeys(of_data))
            return (
                f"rows of part `{name}` are read, and there is a {what} for those of {there}",
                advice,
            )
    return None


def of_items(items: Made) -> list[Part]:
    """The parts that items are of; none where that can't be known."""
    if items.op == "retell":
        return of_items(items.arguments["items"])
    return _all(_part(data) for data in items.arguments["data"]) if items.op == "items" else []


def of_labels(labels: Made) -> list[Part]:
    """The parts that labels are about."""
    arguments = labels.arguments
    if labels.op == "label":
        return of_items(arguments["items"])
    if labels.op == "gold":
        return _all([_part(arguments["data"])])
    if labels.op == "route":
        return of_labels(arguments["otherwise"])
    return of_labels(arguments["labels"]) if labels.op in _SAME_LABELS else []


def of_context(context: Made) -> list[Part]:
    """The parts that transcripts tell of."""
    if context.op in ("debate", "transcript_file"):
        return of_items(context.arguments["items"])
    return of_labels(context.arguments["labels"]) if context.op == "show" else []


def _embedded(activations: Made) -> list[Part]:
    return of_items(activations.arguments["items"]) if activations.op in _STATES else []


def _all(parts: Iterable[Part | None]) -> list[Part]:
    """All of them, or none where one is not known."""
    found = list(parts)
    return [part for part in found if part is not None] if None not in found else []


def _part(data: Made) -> Part | None:
    name = ""
    while data.op in _SAME_ROWS:
        name = name or str(data.arguments.get("name", ""))
        data = data.arguments["data"]
    return None if any(_is_made(value) for value in data.arguments.values()) else (data, name)


def _is_made(value: object) -> bool:
    """Whether an argument is an edge: data made of other data may hold any of their rows."""
    several = value if isinstance(value, tuple) else (value,)
    return any(hasattr(one, "op") and hasattr(one, "arguments") for one in several)
