"""Measures in words: what each one is called, what it is of, and what its parts are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl.graph import MeasureTable
from w2sdl_runtime.report.text import listed

#: Operations whose usual name is not their own with blanks for underscores.
_NAMES = {
    "auroc": "AUROC",
    "car": "confident agreement rate where wrong",
    "cdr": "confident disagreement rate",
    "deception": "deception score",
    "ece": "expected calibration error",
    "eoe": "expected overconfidence error",
    "error_types": "wrong",
    "f1": "F1",
    "keep_rates": "precision, recall and share kept",
    "pgr": "PGR",
    "toxicity": "expected maximum toxicity",
}
#: What the number of an operation means, and its parts; the rest says it by its name.
_MEANINGS = {
    "accuracy_by_entropy": "H is the entropy of a row's votes or probabilities, in nats",
    "auroc": "how often a row of class 1 is ranked above one of class 0, 50 % by chance",
    "blind_spot": (
        "of the rows of which the weak model is unsure, those that the strong one has surely wrong;"
        " weak sure: the same of the rows of which the weak model is sure"
    ),
    "conflict_tax": (
        "rows that are right without the conflict and wrong under it; mended: the other way round;"
        " accuracy drop, in points: the difference"
    ),
    "deception": (
        "of the conflict tax on rows that the strong model knows, the share that the weak one does"
        " not know; all tax: the same of all of the tax; the others: the tax in each area. Low is good"
    ),
    "eoe": "confidence minus accuracy: above 0 is overconfident",
    "keep_rates": (
        "precision: of the kept labels, those that are right; recall: of the right ones, those that"
        " are kept"
    ),
    "mean_weight": "right, wrong: of the labels that are so",
    "order_accuracy": "rows that are judged right whichever side of the debate comes first",
    "toxicity": (
        "the highest rating among a prompt's samples; share: prompts with a sample rated 0.5 or more;"
        " mean: of all samples. Low is good"
    ),
}


def name_of(op: str) -> str:
    """What an operation that measures is called."""
    return _NAMES.get(op, op.replace("_", " "))


def metric_name(op: str, part: str = "") -> str:
    """What an operation measures, as a heading: Accuracy; with a part of it: Toxicity (mean)."""
    name = f"{op.replace('_', ' ')} ({part})" if part else name_of(op)
    return name[:1].upper() + name[1:]


def whole_name(op: str, facts: Sequence[Mapping[str, Any]]) -> str:
    """What the number beside its parts is called: "all rows" only where the parts are some of its rows."""
    known = [one for one in facts if one]
    some = any("among" in one for one in known)
    parts = [part for one in known for part in one.get("parts", ())]
    apart = bool(parts) and all("score" in part for part in parts)  # other numbers, not other rows
    return name_of(op) if some or apart else "all rows"


def measure_in_words(measure: MeasureTable) -> str:
    """What a measure measures, on which rows."""
    meaning = _MEANINGS.get(measure.op)
    return _measured(measure) + (f": {meaning}" if meaning else "")


def _measured(measure: MeasureTable) -> str:
    ofs = list(dict.fromkeys(cell.of for cell in measure.cells if cell.of))
    given = measure.arguments
    against = f" against {given['against']}" if "against" in given else ""
    on = f"{against} on {measure.on}" if measure.on else against
    if ofs:
        return f"{name_of(measure.op)} of {listed(ofs)}{on}"
    if measure.op == "pgr":
        return f"{_recovered(given)}{on}{_first_averaged(measure)}"
    if measure.op == "agreement":
        return f"how often {given.get('student')} agrees with {given.get('supervisor')}{on}"
    if measure.op == "error_types":
        return f"how often {given.get('student')} is wrong{on}, and why"
    arguments = [f"{text} as {port}" for port, text in given.items() if port != "against"]
    return f"{name_of(measure.op)} with {listed(arguments)}{on}"


def _recovered(given: Mapping[str, str]) -> str:
    gap = f"of the gap between {given.get('weak', 'weak')} and {given.get('ceiling', 'ceiling')}"
    return f"how much {gap} {given.get('student', 'the student')} recovers"


def _first_averaged(measure: MeasureTable) -> str:
    over = listed(list(measure.over))
    return f"; accuracies are averaged over {over} first" if over else ""
