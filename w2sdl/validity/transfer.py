"""From what is known of a node's inputs to what is known of its result: the flow of information.

Decided by kinds, roles and channels alone, so that an operation of one's own is judged like a built-in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature
from w2sdl.validity.facts import (
    EMPTY,
    Cell,
    Channel,
    Fact,
    Fits,
    GoldOf,
    Golds,
    Origin,
    Part,
    Step,
    Trace,
    extended,
    first,
    merged,
    through,
)
from w2sdl.validity.ports import Inflow

#: A port with what is known of all that comes in.
Arrived = tuple[Inflow, tuple[Fact, ...]]
_ROWS = frozenset({Kind.DATA, Kind.ITEMS, Kind.LABELS, Kind.TRANSCRIPTS, Kind.ACTIVATIONS})
_MODELS = frozenset({Kind.MODEL, Kind.PREDICTOR, Kind.INSTRUMENT})


def result_fact(node: Node, op: OpSignature, arrived: Sequence[Arrived], is_strong: bool) -> Fact:
    """What is known of the result of ``node``. ``is_strong``: it is declared a strong model."""
    step = Step(node.name, node.id)
    if op.result is Kind.DATA:
        return _data(node, arrived, step)
    if op.result in _MODELS:
        return _Fitting(op, arrived, step).fact(is_strong)
    if op.result is Kind.METRIC:
        return EMPTY
    return _RowWise(op, arrived, step).fact()


def _data(node: Node, arrived: Sequence[Arrived], step: Step) -> Fact:
    """A source has the parts that it declares; what is made of data has some or all of theirs."""
    sources = [(flow, fact) for flow, facts in arrived for fact in facts if flow.kind is Kind.DATA]
    if not sources:
        names = list(node.params.get("parts") or [""])
        template = node.params.get("template")
        parts = [
            Part(node.id, name, f"{node.name}.{name}" if name else node.name) for name in names
        ]
        known = frozenset([template] if isinstance(template, str) else [])
        return Fact(rows={part: Cell(Trace(step)) for part in parts}, templates=known)
    wanted = node.params.get("name") if node.op == "part" else None
    folds = any(flow.channel is Channel.FOLDS for flow, _ in sources)
    rows = {
        part: replace(cell, path=Trace(step), folded=cell.folded or folds)
        for _, fact in sources
        for part, cell in fact.rows.items()
        if wanted is None or part.name == wanted or not part.name
    }
    return Fact(rows=rows, templates=_templates(fact for _, fact in sources))


def _templates(facts: Iterator[Fact]) -> frozenset[str]:
    return frozenset(template for fact in facts for template in fact.templates)


def applied(fact: Fact, part: Part) -> tuple[Golds, Fits]:
    """What a model carries into what it says of the rows of a part, its context of them included.

    A model that left out the fold of a row knows nothing of that row's gold.
    """
    gold = {of: trace for of, trace in fact.gold.items() if not (of.folded and of.part == part)}
    beside = fact.context.get(part)
    if beside is None:
        return gold, fact.fits
    read = {of._replace(channel=Channel.CONTEXT): trace for of, trace in beside.gold.items()}
    return first(gold, read), first(fact.fits, beside.fits)


class _RowWise:
    """A result with a row for each item: labels, transcripts, items, activations, a corpus of them."""

    def __init__(self, op: OpSignature, arrived: Sequence[Arrived], step: Step) -> None:
        self.op = op
        self.step = step
        self.flows = [(flow, fact) for flow, facts in arrived for fact in facts]

    def fact(self) -> Fact:
        """The result, part by part."""
        values = [(f, fact) for f, fact in self.flows if self._gives_rows(f)]
        labels = [(f, fact) for f, fact in values if f.kind is Kind.LABELS]
        if self.op.result is Kind.LABELS and labels:
            values = labels
        parts = dict.fromkeys(part for _, fact in values for part in fact.rows)
        rows = {part: self._cell(part, values, bool(labels)) for part in parts}
        controls = tuple(dict.fromkeys(name for _, fact in self.flows for name in fact.controls))
        if self.op.control:
            controls = (*controls, self.step.name)
        return Fact(rows=rows, controls=controls, templates=_templates(fact for _, fact in values))

    def _gives_rows(self, flow: Inflow) -> bool:
        if flow.in_variant or flow.channel is not Channel.VALUE:
            return False
        # The documents of a data set are not its items: a content check clears them when it runs.
        return flow.kind in _ROWS and not (flow.kind is Kind.DATA and self.op.result is Kind.CORPUS)

    def _cell(self, part: Part, values: Sequence[tuple[Inflow, Fact]], of_labels: bool) -> Cell:
        own = merged(fact.rows[part] for _, fact in values if part in fact.rows)
        path = own.path.then(self.step) if own and own.path.step.name else Trace(self.step)
        gold: Golds = extended(own.gold, self.step) if own else {}
        fits: Fits = own.fits if own else {}
        marked: dict[Part, Trace] = dict(own.marked) if own else {}
        for flow, fact in self.flows:
            if (flow, fact) in values:
                continue
            more_gold, more_fits = self._inflow(flow, fact, part)
            gold, fits = first(gold, more_gold), first(fits, more_fits)
            marked |= self._marks(flow, fact, part)
        origins = self._origins(own, of_labels)
        if self.op.result is Kind.LABELS and origins == {Origin.GOLD} and not of_labels:
            folded = own.folded if own else False
            gold = first({GoldOf(part, Channel.VALUE, folded): Trace(self.step)}, gold)
            path = Trace(self.step)
        if self.op.control:
            gold, origins, marked = {}, frozenset({Origin.CONTROL}), {}
        return Cell(path, origins, gold, fits, marked, own.folded if own else False)

    def _inflow(self, flow: Inflow, fact: Fact, part: Part) -> tuple[Golds, Fits]:
        """What comes in beside the rows themselves, for one part."""
        if flow.channel is Channel.CONTROL:
            return {}, {}
        channel = Channel.VALUE if flow.channel is Channel.SAW else flow.channel
        if flow.kind in _MODELS:
            gold, fits = applied(fact, part)
            return through(gold, channel, self.step), extended(fits, self.step)
        # A threshold is tuned on all rows it sees; what is given row by row is joined by row.
        is_joined = part in fact.rows and flow.channel is not Channel.SAW
        is_joined = is_joined and not (flow.in_variant and channel is Channel.SELECT)
        cells = [fact.rows[part]] if is_joined else list(fact.rows.values())
        gold = first(*(through(cell.gold, channel, self.step) for cell in cells)) if cells else {}
        fits = first(*(cell.fits for cell in cells)) if cells else {}
        if flow.channel is Channel.SAW:
            fits = first(fits, {known: cell.path for known, cell in fact.rows.items()})
        return gold, fits

    def _marks(self, flow: Inflow, fact: Fact, part: Part) -> dict[Part, Trace]:
        """Whether rows are labelled by one who was fitted on their gold (rule R3)."""
        if flow.channel is Channel.SAW and part in fact.rows:
            return {part: fact.rows[part].path.then(self.step)}
        if flow.port.role != "supervisor" or fact.direct.get(part, True):
            return {}
        golds = [trace for of, trace in fact.gold.items() if of.part == part]
        return {part: golds[0].then(self.step)} if golds else {}

    def _origins(self, own: Cell | None, of_labels: bool) -> frozenset[Origin]:
        if self.op.result is not Kind.LABELS:
            return own.origins if own else frozenset()
        if of_labels:
            origins = own.origins if own else frozenset()
            # What was made by comparing with gold tells gold.
            return frozenset({Origin.GOLD}) if Origin.GOLD in origins and self._mixes else origins
        models = [flow for flow, _ in self.flows if flow.kind in _MODELS and not flow.in_variant]
        if any(flow.port.role == "supervisor" for flow in models):
            return frozenset({Origin.WEAK})
        if models:
            return frozenset({Origin.DERIVED})
        from_data = any(flow.kind is Kind.DATA for flow, _ in self.flows)
        return frozenset({Origin.GOLD if from_data else Origin.IMPORTED})

    @property
    def _mixes(self) -> bool:
        """Whether several labels of a row become one (`was_right`), not stand side by side (`concat`)."""
        ports = [f.port for f, _ in self.flows if f.kind is Kind.LABELS and self._gives_rows(f)]
        return len({port.name for port in ports}) > 1


class _Fitting:
    """A model, predictor or instrument: fitted on labels or texts, or made of other models."""

    def __init__(self, op: OpSignature, arrived: Sequence[Arrived], step: Step) -> None:
        self.step = step
        self.flows = [(flow, fact) for flow, facts in arrived for fact in facts]
        self.taught = [
            (flow, fact)
            for flow, fact in self.flows
            if flow.channel is Channel.VALUE
            and flow.kind in (Kind.LABELS, Kind.CORPUS)
            and not flow.in_variant
        ]

    def fact(self, is_strong: bool) -> Fact:
        """All that is known of the model."""
        gold, fits = self._inherited()
        before = [fact for flow, fact in self.flows if flow.kind in _MODELS]
        lessons = [(part, cell) for _, fact in self.taught for part, cell in fact.rows.items()]
        context = self._context(before)
        for part, cell in lessons:
            gold = first(gold, extended(cell.gold, self.step))
            fits = first(fits, {part: cell.path.then(self.step)}, extended(cell.fits, self.step))
            if part in context:
                beside = context[part]
                gold = first(gold, through(beside.gold, Channel.CONTEXT, self.step))
                fits = first(fits, extended(beside.fits, self.step))
        own_weak = {p: c.origins for p, c in lessons if c.origins - {Origin.GOLD, Origin.CONTROL}}
        weak: dict[Part, frozenset[Origin]] = {}
        for known in (*(fact.weak for fact in before), own_weak):
            for part, origins in known.items():
                weak[part] = weak.get(part, frozenset()) | origins
        inherits = not lessons
        labelled = [
            c for flow, f in self.taught if flow.kind is Kind.LABELS for c in f.rows.items()
        ]
        return Fact(
            gold=gold,
            fits=fits,
            direct=self._direct(before, labelled),
            weak=weak,
            marked=first(*(extended(cell.marked, self.step) for _, cell in lessons)),
            pool=frozenset(part for part, _ in labelled)
            if labelled
            else frozenset(part for fact in before for part in fact.pool),
            context=context,
            is_strong=is_strong or any(f.is_strong for flow, f in self.flows if _starts(flow)),
            is_taught=any(Origin.WEAK in origins for origins in own_weak.values())
            or (inherits and any(fact.is_taught for fact in before)),
            controls=self._controls(),
            templates=_templates(fact for _, fact in self.flows),
        )

    def _inherited(self) -> tuple[Golds, Fits]:
        """What comes in by other ways than lessons: weights, members, selections, activations."""
        gold: Golds = {}
        fits: Fits = {}
        for flow, fact in self.flows:
            channel = flow.channel
            if channel is Channel.CONTROL or (flow, fact) in self.taught:
                continue
            if flow.kind in _MODELS:
                if channel is Channel.INIT and not self.taught:
                    channel = Channel.VALUE  # made of models, not trained on from one
                gold = first(gold, through(fact.gold, channel, self.step))
                fits = first(fits, extended(fact.fits, self.step))
                continue
            if flow.kind is Kind.TRANSCRIPTS:
                continue  # read row by row: see `context`
            for part, cell in fact.rows.items():
                gold = first(gold, through(cell.gold, channel, self.step))
                fits = first(fits, extended(cell.fits, self.step))
                if channel in (Channel.SELECT, Channel.SAW):
                    fits = first(fits, {part: cell.path.then(self.step)})
        return gold, fits

    def _context(self, before: Sequence[Fact]) -> dict[Part, Cell]:
        read = [fact.rows for flow, fact in self.flows if flow.kind is Kind.TRANSCRIPTS]
        read += [fact.context for fact in before]
        parts = dict.fromkeys(part for rows in read for part in rows)
        found = {part: merged(rows[part] for rows in read if part in rows) for part in parts}
        return {part: cell for part, cell in found.items() if cell is not None}

    def _direct(
        self, before: Sequence[Fact], labelled: Sequence[tuple[Part, Cell]]
    ) -> Mapping[Part, bool]:
        """The parts whose gold it was fitted on -> whether by models that left out a fold each."""
        found: dict[Part, bool] = {}
        members = [
            fact.direct
            for flow, fact in self.flows
            if flow.kind in _MODELS and flow.channel is not Channel.SELECT
        ]
        saw = [f.rows for flow, f in self.flows if flow.channel is Channel.SAW]
        own = {part: cell.folded for part, cell in labelled if Origin.GOLD in cell.origins}
        for known in (*members, own, *(dict.fromkeys(rows, False) for rows in saw)):
            for part, folded in known.items():
                found[part] = folded and found.get(part, True)
        return found

    def _controls(self) -> tuple[str, ...]:
        names = [name for _, fact in self.flows for name in fact.controls]
        if any(flow.channel is Channel.CONTROL for flow, _ in self.flows):
            names.append(self.step.name)
        return tuple(dict.fromkeys(names))


def _starts(flow: Inflow) -> bool:
    return flow.channel is Channel.INIT
