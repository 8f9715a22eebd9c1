"""Two designs side by side in words, as a paper would tell them apart: who teaches the student."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from w2sdl.diff.compared import Compared
from w2sdl.diff.index import GraphIndex, Group
from w2sdl.diff.words import counted, listed
from w2sdl.graph import AxisInfo, Graph, Node
from w2sdl.kinds import Kind
from w2sdl.replication import Replication, replication

_MODELS = (Kind.MODEL, Kind.PREDICTOR)
_DEPTH = 4  #: teachers of teachers that a sentence tells of
#: What two designs may share, by the role that a binding is declared with or stands in.
_SHARED = {
    "declared weak": "weak model",
    "declared strong": "strong model",
    "weak": "baseline",
    "ceiling": "ceiling",
}


def in_words(compared: Compared) -> str:
    """How the student is taught in each of two experiments.

    "" for two versions of one experiment (what changed says more), without a student, or told alike.
    """
    first, other = compared.a.graph.experiment, compared.b.graph.experiment
    if first == other:
        return ""
    sides = [_Side.of(index) for index in (compared.a, compared.b)]
    told = [side.told() for side in sides]
    if not all(told) or told[0] == told[1]:
        return ""
    return f"{_common(compared)}In `{first}` {told[0]}; in `{other}` {told[1]}."


def _common(compared: Compared) -> str:
    """Weak model, strong model and ceiling, where the two designs have the very same."""
    same = []
    for a, b in compared.groups.to_b.items():
        one, two = compared.a.groups[a], compared.b.groups[b]
        roles = [words for role, words in _SHARED.items() if role in one.roles & two.roles]
        if roles and one.ids == two.ids:
            same.append(roles[0] if roles[0] == b else f"{roles[0]} `{b}`")
    return f"Both have the same {listed(same)}. " if same else ""


class _Side:
    """One design, told by its student."""

    def __init__(self, index: GraphIndex, repeated: Replication) -> None:
        self.index = index
        self.graph: Graph = index.graph
        self.repeated = repeated

    @classmethod
    def of(cls, index: GraphIndex) -> _Side:
        return cls(index, replication(index.graph))

    def told(self) -> str:
        """``the student `S'` learns from labels by ..., over losses ...``; "" without a student."""
        students = [g for g in self.index.groups.values() if "student" in g.roles]
        if not students:
            return ""
        student = students[0]
        node = self.index.nodes[student.first]
        taught = self._taught(node)
        if not taught:
            return ""
        return f"the student `{student.name}` learns from {taught}{self._varied(student)}"

    def _taught(self, node: Node) -> str:
        labels = [p for p in self._parents(node) if p.kind is Kind.LABELS]
        return listed(dict.fromkeys(self._labels(one, _DEPTH) for one in labels))

    def _labels(self, node: Node, depth: int) -> str:
        """Labels by who gives them, through whatever refines them."""
        if node.op == "gold":
            return "gold labels"
        parents = self._parents(node)
        makers = [p for p in parents if p.kind in _MODELS]
        if makers:
            return f"labels by {listed(self._maker(one, depth) for one in makers)}"
        sources = [self._labels(p, depth) for p in parents if p.kind is Kind.LABELS]
        if not sources:
            return f"`{node.name}`"
        refined = listed(dict.fromkeys(sources))
        return f"{refined}, refined by {node.op}" if node.op != "concat" else refined

    def _maker(self, node: Node, depth: int) -> str:
        """A predictor by its name, and how it came about."""
        models = [p for p in self._parents(node) if p.kind in _MODELS]
        if len(models) > 1 and depth:
            each = dict.fromkeys(self._maker(one, depth - 1) for one in models)
            kind = "the mean" if node.op == "ensemble" else node.op
            return f"`{node.name}`, {kind} of {counted(len(models), 'model')}, {listed(each)}"
        called = "(" in node.name  # the name of what has none says it all
        how = self._history(node, depth - 1) if depth and not called else ""
        return f"`{node.name}` ({how})" if how else f"`{node.name}`"

    def _history(self, node: Node, depth: int) -> str:
        parents = self._parents(node)
        models = [p for p in parents if p.kind in _MODELS]
        labels = [p for p in parents if p.kind is Kind.LABELS]
        if not labels or not models:
            return f"{node.op} of `{models[0].name}`" if models else ""
        told = listed(dict.fromkeys(self._labels(one, depth) for one in labels))
        return f"`{models[0].name}` {_TRAINED.get(node.op, node.op)} on {told}{self._read(parents)}"

    def _read(self, parents: Sequence[Node]) -> str:
        """What it reads beside the items."""
        heard = [p for p in parents if p.kind is Kind.TRANSCRIPTS]
        return "".join(f", reading {self._transcripts(one)}" for one in heard[:1])

    def _transcripts(self, node: Node) -> str:
        speakers = dict.fromkeys(f"`{p.name}`" for p in self._parents(node) if p.kind in _MODELS)
        return f"what copies of {listed(speakers)} argue" if speakers else f"`{node.name}`"

    def _varied(self, student: Group) -> str:
        """The axes that the design varies and the student follows, with their points."""
        axes = [a for a in self.graph.axes if a.name in student.dims]
        told = [_axis(a) for a in axes if a.name not in self.repeated.axes]
        return f", compared over {listed(told)}" if told else ""

    def _parents(self, node: Node) -> list[Node]:
        return [self.index.nodes[id_] for id_ in dict.fromkeys(node.parents())]


_TRAINED = {"finetune": "finetuned", "adapt": "adapted"}


def _axis(axis: AxisInfo) -> str:
    return f"{axis.name} ({', '.join(_few(axis.points))})"


def _few(points: Sequence[str]) -> Iterator[str]:
    yield from points[:6]
    if len(points) > 6:
        yield f"{len(points) - 6} more"
