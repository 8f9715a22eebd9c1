"""Two graphs to a comparison: matched, told apart, classified, judged."""

from __future__ import annotations

from w2sdl.diff.axis_changes import axis_changes
from w2sdl.diff.bindings import binding_changes
from w2sdl.diff.changes import (
    GRAVEST_FIRST,
    Change,
    ChangeClass,
    Comparison,
    Counts,
    Form,
    Match,
    Matching,
    Subject,
)
from w2sdl.diff.claims import baseline_changes, claim_changes, waiver_changes, wording_changes
from w2sdl.diff.compared import Compared, lay_side_by_side
from w2sdl.diff.contents import ContentPair, Contents
from w2sdl.diff.gather import change
from w2sdl.diff.measure_changes import measure_changes
from w2sdl.diff.prose import in_words
from w2sdl.diff.verdict import judge
from w2sdl.graph import Graph
from w2sdl.signature import Signatures

#: Verdicts after which a list of changes does not tell what the two designs are.
_FAR_APART = ("confounded", "partial", "incomparable")


def compare(
    a: Graph,
    b: Graph,
    signatures: Signatures,
    names: tuple[str, str] = ("a", "b"),
    contents: tuple[Contents, Contents] | None = None,
    texts: tuple[str, str] | None = None,
) -> Comparison:
    """Compare two designs by meaning.

    Args:
        a: the graph of one design.
        b: the graph of the other.
        signatures: the operations of both; what is not in them is compared by the form of its values.
        names: how the two are called.
        contents: what the files and repositories of each stand for; without it, their names count.
        texts: the specs as written, to say that comments differ where nothing else does.
    """
    return told_apart(lay_side_by_side(a, b, signatures, ContentPair(contents)), names, texts)


def told_apart(
    compared: Compared,
    names: tuple[str, str] = ("a", "b"),
    texts: tuple[str, str] | None = None,
) -> Comparison:
    """What differs between two designs that lie side by side; see `compare`."""
    changes = _all_changes(compared) or _comments(texts)
    pairs = compared.measures.pairs.values()
    verdict = judge(changes, [pair.b.name for pair in pairs])
    return Comparison(
        a=names[0],
        b=names[1],
        verdict=verdict,
        changes=changes,
        matching=Matching(
            tuple(
                Match(name, other, compared.groups.by[name])
                for name, other in compared.groups.to_b.items()
            ),
            compared.axes.matches(),
            tuple(pair.match() for pair in pairs),
        ),
        counts=_counts(compared),
        in_words=in_words(compared) if verdict.kind in _FAR_APART else "",
    )


def _all_changes(compared: Compared) -> tuple[Change, ...]:
    """Gravest first; within a class in the order of the graph. Measures go first: they meet nodes."""
    measures = measure_changes(compared)
    found = [
        *binding_changes(compared),
        *axis_changes(compared),
        *measures,
        *claim_changes(compared),
        *baseline_changes(compared),
        *waiver_changes(compared),
        *wording_changes(compared),
    ]
    return tuple(sorted(found, key=lambda change: GRAVEST_FIRST.index(change.kind)))


def _comments(texts: tuple[str, str] | None) -> tuple[Change, ...]:
    if texts is None or texts[0] == texts[1]:
        return ()
    said = change(
        ChangeClass.COSMETIC,
        Form.CHANGED,
        Subject.EXPERIMENT,
        "text",
        new="comments, format or order",
    )
    return (said,)


def _counts(compared: Compared) -> Counts:
    """Where B's nodes, and those of A, stand."""
    ones, others = compared.a.nodes.keys(), compared.b.nodes.keys()
    shared = (ones & others) - compared.pairs.tainted
    met = compared.differ.met
    answered_a = compared.pairs.b_of.keys() | {x for x, _ in met}
    answered_b = compared.pairs.a_of.keys() | {y for _, y in met}
    direct = (compared.differ.direct_b & others) - shared
    new = (others - shared - answered_b) | (compared.pairs.new - shared)
    return Counts(
        a=len(ones),
        b=len(others),
        shared=len(shared),
        direct=len(direct - new),
        indirect=len(others - shared - direct - new),
        new=len(new),
        gone=len((ones - shared - answered_a) | (compared.pairs.gone - shared)),
    )
