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
    students = _students(compared)
    if students is None:
        return ""
    told = [side.told(student) for side, student in zip(sides, students, strict=True)]
    if not all(told) or told[0] == told[1]:
        return ""
    return f"{_common(compared)}In `{first}`, {told[0]}. In `{other}`, {told[1]}."


def _students(compared: Compared) -> tuple[Group, Group] | None:
    """The students to tell of: a pair that the comparison matched, else the first of each design."""
    ours, theirs = _by_measure(compared.a), _by_measure(compared.b)
    for name, student in ours.items():
        if (same := compared.groups.to_b.get(name)) in theirs:
            return student, theirs[same]
    if not ours or not theirs:
        return None
    return next(iter(ours.values())), next(iter(theirs.values()))


def _by_measure(index: GraphIndex) -> dict[str, Group]:
    """The students of a design, those first that its first measures are about."""
    found = {name: group for name, group in index.groups.items() if "student" in group.roles}
    asked = [m.arguments.get("student", "").partition("[")[0] for m in index.graph.measures]
    first = [name for name in dict.fromkeys(asked) if name in found]
    return {name: found[name] for name in [*first, *(n for n in found if n not in first)]}


def _common(compared: Compared) -> str:
    """Weak model, strong model and ceiling, where the two designs have the very same."""
    same = []
    for a, b in compared.groups.to_b.items():
        one, two = compared.a.groups[a], compared.b.groups[b]
        roles = [words for role, words in _SHARED.items() if role in one.roles & two.roles]
        if roles and _same(one, compared.a.graph, two, compared.b.graph):
            same.append(roles[0] if roles[0] == b else f"{roles[0]} `{b}`")
    return f"Both have the same {listed(same)}. " if same else ""


def _same(one: Group, a: Graph, two: Group, b: Graph) -> bool:
    """Whether two bindings are the same things: one may have more seeds, but no more variants."""
    nested = one.ids <= two.ids or one.ids >= two.ids
    return nested and _variants(one, a) == _variants(two, b)


def _variants(group: Group, graph: Graph) -> int:
    """How many points a binding has beside those of axes that repeat the experiment."""
    repeating = replication(graph).axes
    return len({tuple(at for at in place if at[0] not in repeating) for place in group.slots})


class _Side:
    """One design, told by its student."""

    def __init__(self, index: GraphIndex, repeated: Replication) -> None:
        self.index = index
        self.graph: Graph = index.graph
        self.repeated = repeated

    @classmethod
    def of(cls, index: GraphIndex) -> _Side:
        return cls(index, replication(index.graph))

    def told(self, student: Group) -> str:
        """``the student `S'` learns from labels by ...; what varies is ...``; "" where nothing teaches."""
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
            return f"`{node.name}`, {self._several(node, models, depth - 1)}"
        how = self._came_about(node, depth)
        if not how:
            return f"`{node.name}`"
        # Brackets hold a plain history; one that tells of another teacher goes on as a sentence.
        return f"`{node.name}`, which is {how}" if " by `" in how else f"`{node.name}` ({how})"

    def _came_about(self, node: Node, depth: int) -> str:
        called = "(" in node.name  # the name of what has none says it all
        return self._history(node, depth - 1) if depth and not called else ""

    def _several(self, node: Node, models: Sequence[Node], depth: int) -> str:
        """``an ensemble of four models `W'` (each ...)``, or of models that differ, each by its name."""
        kind = "an ensemble" if node.op == "ensemble" else f"the {node.op}"
        many = f"{kind} of {counted(len(models), 'model')}"
        each = dict.fromkeys(self._maker(one, depth) for one in models)
        if len(each) > 1:
            return f"{many}, {listed(each)}"
        how = self._came_about(models[0], depth)
        return f"{many} `{models[0].name}`" + (f" (each {how})" if how else "")

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
        speakers = list(dict.fromkeys(p.name for p in self._parents(node) if p.kind in _MODELS))
        if not speakers:
            return f"`{node.name}`"
        told = listed(f"`{name}`" for name in speakers)
        return f"what {'two copies of ' if len(speakers) == 1 else ''}{told} argue"

    def _varied(self, student: Group) -> str:
        """The axes that the design varies and the student follows, with their points."""
        axes = [a for a in self.graph.axes if a.name in student.dims]
        told = [_axis(a) for a in axes if a.name not in self.repeated.axes]
        return f"; what varies is {listed(told)}" if told else ""

    def _parents(self, node: Node) -> list[Node]:
        return [self.index.nodes[id_] for id_ in dict.fromkeys(node.parents())]


_TRAINED = {"finetune": "finetuned", "adapt": "adapted"}


def _axis(axis: AxisInfo) -> str:
    return f"the {axis.name} ({', '.join(_few(axis.points))})"


def _few(points: Sequence[str]) -> Iterator[str]:
    yield from points[:6]
    if len(points) > 6:
        yield f"{len(points) - 6} more"
