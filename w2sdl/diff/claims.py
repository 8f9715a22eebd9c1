"""Changes of what is expected and excused, and of the words around the experiment.

An expectation changes no number, so a changed one makes no result incomparable and is no measurement.
But it is no mere wording either: a claim that follows its results is worth nothing, and a reviewer
must see it. So claims are a class of their own, which counts as a difference in meaning. A waiver of
a validity rule is one too: it says that the design is sound although a rule is broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.diff.changes import Change, ChangeClass, Form, Subject
from w2sdl.diff.compared import Compared
from w2sdl.diff.gather import change
from w2sdl.graph import Expectation

_CLAIM, _COSMETIC = ChangeClass.CLAIM, ChangeClass.COSMETIC


def claim_changes(compared: Compared) -> Iterator[Change]:
    """Expectations, matched by name and then by what they say, in B's names."""
    ones = {e.name: e for e in compared.a.graph.expectations}
    others = {e.name: e for e in compared.b.graph.expectations}
    said = {name: _said(compared, e.tree) for name, e in ones.items()}
    heard = {name: _text(e.tree) for name, e in others.items()}
    free = [name for name in others if name not in ones]
    for name, one in ones.items():
        if name in others:
            if said[name] != heard[name]:
                yield _claim(Form.CHANGED, name, claimed(one), claimed(others[name]))
            continue
        twin = next((other for other in free if heard[other] == said[name]), None)
        if twin is None:
            yield _claim(Form.REMOVED, name, claimed(one), "")
        else:
            free.remove(twin)
            yield change(_COSMETIC, Form.RENAMED, Subject.EXPECTATION, twin, old=name, new=twin)
    for name in free:
        yield _claim(Form.ADDED, name, "", claimed(others[name]))


def claimed(one: Expectation) -> str:
    """What an expectation says, with its level where that is not the usual one."""
    level = one.tree.get("level")
    return one.text if level is None else f"{one.text} (at {100 * level:g} %)"


def _claim(form: Form, name: str, old: str, new: str) -> Change:
    return change(_CLAIM, form, Subject.EXPECTATION, name, old=old, new=new)


def baseline_changes(compared: Compared) -> Iterator[Change]:
    """What numbers are compared with, by axis or measured thing, in B's names."""
    ones = dict(_in_bs_names(compared))
    others = compared.b.graph.baseline
    for name in dict.fromkeys([*ones, *others]):
        old, new = ones.get(name, ""), others.get(name, "")
        if old != new:
            form = Form.CHANGED if old and new else Form.ADDED if new else Form.REMOVED
            yield change(_CLAIM, form, Subject.BASELINE, name, old=old, new=new)


def _in_bs_names(compared: Compared) -> Iterator[tuple[str, str]]:
    for name, value in compared.a.graph.baseline.items():
        if name == "of":
            pairs = (pair.ofs for pair in compared.measures.pairs.values() if value in pair.ofs)
            yield name, next(pairs, {value: value})[value]
        else:
            yield _axis(compared, name), _point(compared, name, value)


def waiver_changes(compared: Compared) -> Iterator[Change]:
    """Validity rules that a spec allows itself to break, by rule and declaration."""
    ones = {
        (_declared(compared, e.declaration), e.rule): e.reason
        for e in compared.a.graph.validity.excused
    }
    others = {(e.declaration, e.rule): e.reason for e in compared.b.graph.validity.excused}
    for (name, rule), reason in ones.items():
        if (name, rule) not in others:
            yield _waiver(Form.REMOVED, name, rule, reason, "")
        elif others[name, rule] != reason:
            yield _waiver(Form.CHANGED, name, rule, reason, others[name, rule])
    for (name, rule), reason in others.items():
        if (name, rule) not in ones:
            yield _waiver(Form.ADDED, name, rule, "", reason)


def _declared(compared: Compared, name: str) -> str:
    """What B calls a binding or a measure of A."""
    pair = compared.measures.pairs.get(name)
    return pair.b.name if pair else compared.groups.to_b.get(name, name)


def _waiver(form: Form, name: str, rule: str, old: str, new: str) -> Change:
    return change(_CLAIM, form, Subject.WAIVER, name, what=rule, old=old, new=new)


def wording_changes(compared: Compared) -> Iterator[Change]:
    """The experiment's name and description."""
    for what in ("experiment", "description"):
        old, new = (getattr(index.graph, what) for index in (compared.a, compared.b))
        if old != new:
            yield change(
                _COSMETIC,
                Form.CHANGED,
                Subject.EXPERIMENT,
                what,
                old=old or "none",
                new=new or "none",
            )


def _said(compared: Compared, tree: Mapping[str, Any]) -> str:
    return _text(_translated(compared, tree))


def _text(tree: Mapping[str, Any]) -> str:
    return json.dumps(_unordered(tree), sort_keys=True)


def _unordered(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {
            name: sorted(item) if name == "over" else _unordered(item)
            for name, item in tree.items()
        }
    if isinstance(tree, list | tuple):
        return [_unordered(item) for item in tree]
    return tree


def _translated(compared: Compared, tree: Any) -> Any:
    """An expression of A in the names that B has for the same things."""
    if isinstance(tree, list | tuple):
        return [_translated(compared, item) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    if "table" in tree:
        pair = compared.measures.pairs.get(tree["table"])
        select = {
            _axis(compared, axis): _point(compared, axis, point)
            for axis, point in tree["select"].items()
            if axis != "of"
        }
        if "of" in tree["select"]:
            of = tree["select"]["of"]
            select["of"] = pair.ofs.get(of, f"{of} of a") if pair else of
        return {**tree, "table": pair.b.name if pair else tree["table"], "select": select}
    translated = {name: _translated(compared, item) for name, item in tree.items()}
    if "over" in tree:
        translated["over"] = [_axis(compared, axis) for axis in tree["over"]]
    if "along" in tree:
        translated["along"] = _axis(compared, tree["along"])
    return translated


def _axis(compared: Compared, axis: str) -> str:
    match = compared.axes.matched.get(axis)
    return match.b.name if match else axis


def _point(compared: Compared, axis: str, point: str) -> str:
    match = compared.axes.matched.get(axis)
    return match.points.get(point, point) if match else point
