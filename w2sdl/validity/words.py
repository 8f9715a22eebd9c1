"""Broken rules in words: the path in the user's own names, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl.errors import validity as errors
from w2sdl.graph import Graph, Node
from w2sdl.messages.diagnostics import Diagnostic, Label
from w2sdl.source import Span
from w2sdl.validity.facts import Trace
from w2sdl.validity.flow import Found

_HOW = {
    "value": "value: as labels it is trained on",
    "select": "selection: what it trains on, or when it stops, is chosen by them",
    "weight": "weight: rows count for more or less by them",
    "context": "context: in text that it reads",
    "init": "init: in the weights that it starts from",
}
_ADVICE = {
    "value": "use gold of other rows (offered to the ceiling as well), or labels of a model that saw no "
    "gold of `{part}`; a claim of accuracy, without pgr, may use it",
    "select": "select by what needs no gold of these rows (confidence, agreement), or tune on gold of "
    "another part",
    "weight": "fit the weights on gold of another part",
    "context": "show what a predictor says of the rows, not their gold labels",
    "init": "start from a model that saw no gold of `{part}`",
}


def path_text(trace: Trace | None) -> str:
    """``gold(qa.transfer) → ceiling → S'``."""
    return " → ".join(step.name for step in trace.steps()) if trace else ""


def where_text(points: Sequence[Mapping[str, str]], node: Node, graph: Graph) -> str:
    """``, at evidence = market``, where a rule is broken at some points of an axis only."""
    sizes = {axis.name: len(axis.points) for axis in graph.axes}
    found = []
    for axis in node.point:
        names = list(dict.fromkeys(point[axis] for point in points if axis in point))
        if len(names) < sizes.get(axis, 0) and len(names) <= 3:
            found.append(f"{axis} = {' or '.join(names)}")
    return f", at {', '.join(found)}" if found else ""


def selection_text(
    name: str, points: Sequence[Mapping[str, str]], every: Sequence[Mapping[str, str]]
) -> str:
    """``S'[setting: explicit]``: the points of a binding that are meant, by what tells them apart."""
    own, all_ = ({axis: _values(axis, some) for axis in points[0]} for some in (points, every))
    told = {axis: values for axis, values in own.items() if values != all_[axis]}
    meant = [p for p in every if all(p.get(axis) in values for axis, values in told.items())]
    if len(meant) == len(points):
        return _selected(name, {axis: " or ".join(values) for axis, values in told.items()})
    return ", ".join(_selected(name, point) for point in points)


def _values(axis: str, points: Sequence[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(point[axis] for point in points))


def _selected(name: str, at: Mapping[str, str]) -> str:
    return f"{name}[{', '.join(f'{axis}: {value}' for axis, value in at.items())}]" if at else name


def message(
    found: Found,
    parts: Sequence[str],
    span: Span | None,
    related: tuple[Label, ...],
    where: str,
    folds: str,
) -> Diagnostic:
    """The diagnostic for a broken rule, which concerns some parts of the data.

    ``folds`` is the operation that cuts data into folds, where there is one.
    """
    path = f"the path: {path_text(found.trace)}" if found.trace else ""
    shared: dict[str, Any] = {"span": span, "related": related, "path": path, "where": where}
    about = {**found.about, "part": "`, `".join(parts)}
    match found.rule:
        case "student_gold":
            return _student_gold(about, shared)
        case "self_marking":
            advice = "label rows that it was not fitted on"
            advice += f", or fit it out of fold: `gold({folds}({parts[0]}, k: 5))`" if folds else ""
            return errors.SelfMarking(
                **shared, part=about["part"], student=about["student"], advice=advice
            )
        case "telling_debate":
            return _telling_debate(about, shared, f"{folds}({parts[0]}, k: 5)" if folds else "")
        case "test_teaches":
            return _test_teaches(about, shared)
        case "unfair_ceiling":
            rest = {name: about[name] for name in ("measure", "student", "what", "advice")}
            return errors.UnfairCeiling(**shared, **rest)
        case "two_yardsticks":
            return _two_yardsticks(about, shared)
        case _:
            return _no_gap(about, shared)


def _student_gold(about: Mapping[str, Any], shared: dict[str, Any]) -> Diagnostic:
    channel, names = about["channel"], {name: about[name] for name in ("part", "student")}
    advice = _ADVICE[channel].format(part=about["part"])
    return errors.StudentGold(**shared, **names, how=_HOW[channel], advice=advice)


def _telling_debate(about: Mapping[str, Any], shared: dict[str, Any], folds: str) -> Diagnostic:
    advice = "draw sides at random, or show both orders"
    if folds:
        advice += (
            "; a debate against what another model says needs that model out of fold: "
            f"`gold({folds})`"
        )
    names = {name: about[name] for name in ("part", "debate")}
    return errors.TellingDebate(**shared, **names, advice=advice)


def _test_teaches(about: Mapping[str, Any], shared: dict[str, Any]) -> Diagnostic:
    part = about["part"]
    if about["instrument"]:
        advice = "fit the scorer on other rows, or use one that is not fitted on this data"
    elif "reads" in about["did"]:
        advice = f"show it what a predictor says of `{part}`, not the gold labels"
    else:
        advice = f"fit, select and stop on other parts; reading and labelling `{part}` is fine"
    names = {name: about[name] for name in ("measure", "what", "did")}
    verb = "scores with" if about["instrument"] else "measures"
    return errors.TestTeaches(**shared, **names, verb=verb, part=part, advice=advice)


def _two_yardsticks(about: Mapping[str, Any], shared: dict[str, Any]) -> Diagnostic:
    if "rows" in about:
        what = (
            f"`{about['measure']}` measures on {about['rows']}, and `{about['label']}` are labels "
            f"of {about['other']}"
        )
        return errors.TwoYardsticks(
            **shared, what=what, short="measured on different rows",
            advice=f"measure the predictor itself, or its labels of {about['rows']}",
        )  # fmt: skip
    if "told" in about:
        what = (
            f"`{about['model']}` was trained on rows in one format and labels rows of the same source "
            "in another"
        )
        return errors.TwoYardsticks(
            **shared, what=what, short="told in another way than those it was trained on",
            advice="take the rows from one data set, so that training and labelling use one format",
        )  # fmt: skip
    return errors.TwoYardsticks(
        **shared,
        what=f"`{about['model']}` was trained with one template and labels with another",
        short="another template than its training had",
        advice="give the template to the data, so that training and labelling both use it",
    )


def _no_gap(about: Mapping[str, Any], shared: dict[str, Any]) -> Diagnostic:
    pair = about["pair"]
    outcome = {
        "weak and ceiling": "there is no gap to recover, so it is undefined",
        "student and ceiling": "it is 1 whatever comes out",
        "weak and student": "it is 0 whatever comes out",
    }[pair]
    what = f"{pair} are the same node, so {outcome}" if "gap" not in outcome else (
        f"{pair} are the same node: {outcome}"
    )  # fmt: skip
    advice = "a ceiling is the strong model trained on gold labels of the student's rows"
    return errors.NoGap(
        **shared, measure=about["measure"], what=what, short=f"{pair} are one", advice=advice
    )
