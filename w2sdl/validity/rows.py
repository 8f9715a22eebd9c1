"""What is known of results with a row for each item: labels, transcripts, items, activations, texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from w2sdl.kinds import Kind
from w2sdl.validity.facts import (
    Cell,
    Channel,
    Fact,
    Fits,
    Form,
    GoldOf,
    Golds,
    Origin,
    Part,
    Step,
    Trace,
    beside,
    extended,
    first,
    merged,
    through,
)
from w2sdl.validity.ports import Inflow

ROWS = frozenset({Kind.DATA, Kind.ITEMS, Kind.LABELS, Kind.TRANSCRIPTS, Kind.ACTIVATIONS})
_MODELS = frozenset({Kind.MODEL, Kind.PREDICTOR, Kind.INSTRUMENT})
#: What is made of data without a look at its gold labels.
_WITHOUT_GOLD = frozenset({Kind.ITEMS, Kind.CORPUS})


def templates_of(facts: Iterable[Fact]) -> frozenset[str]:
    """All templates that texts were made with."""
    return frozenset(template for fact in facts for template in fact.templates)


def forms_of(facts: Iterable[Fact]) -> frozenset[Form]:
    """All forms in which rows were told."""
    return frozenset(form for fact in facts for form in fact.forms)


def with_gold(flow: Inflow, fact: Fact) -> Fact:
    """A data set as an operation sees it that may read gold labels out of it."""
    if flow.kind is not Kind.DATA:
        return fact
    rows = {
        part: replace(
            cell,
            origins=cell.origins | {Origin.GOLD},
            gold=first({GoldOf(part, Channel.VALUE, cell.folded): cell.path}, cell.gold),
        )
        for part, cell in fact.rows.items()
    }
    return replace(fact, rows=rows)


def applied(fact: Fact, part: Part) -> tuple[Golds, Fits]:
    """What a model carries into what it says of the rows of a part, its context of them included.

    A model that left out the fold of a row knows nothing of that row's gold.
    """
    gold = {of: trace for of, trace in fact.gold.items() if not (of.folded and of.part == part)}
    said = beside(fact.context, part)
    if said is None:
        return gold, fact.fits
    read = {of._replace(channel=Channel.CONTEXT): trace for of, trace in said.gold.items()}
    return first(gold, read), first(fact.fits, said.fits)


def inflow(flow: Inflow, fact: Fact, part: Part, step: Step) -> tuple[Golds, Fits]:
    """What comes in beside the rows themselves, for one part."""
    if flow.channel is Channel.CONTROL:
        return {}, {}
    channel = Channel.VALUE if flow.channel is Channel.SAW else flow.channel
    if flow.kind in _MODELS:
        gold, fits = applied(fact, part)
        return through(gold, channel, step), extended(fits, step)
    # A threshold is tuned on all rows it sees; what is given row by row is joined by row.
    is_joined = part in fact.rows and flow.channel is not Channel.SAW
    is_joined = is_joined and not (flow.in_variant and channel is Channel.SELECT)
    cells = [fact.rows[part]] if is_joined else list(fact.rows.values())
    gold = first(*(through(cell.gold, channel, step) for cell in cells)) if cells else {}
    fits = first(*(cell.fits for cell in cells)) if cells else {}
    if flow.channel is Channel.SAW:
        fits = first(fits, {known: cell.path for known, cell in fact.rows.items()})
    return gold, fits


class RowWise:
    """A result with a row for each item."""

    def __init__(
        self,
        result: Kind,
        is_control: bool,
        flows: Sequence[tuple[Inflow, Fact]],
        step: Step,
    ) -> None:
        self.result = result
        self.is_control = is_control
        self.step = step
        self.flows = [
            (f, fact if self._is_blind(f, flows) else with_gold(f, fact)) for f, fact in flows
        ]

    def _is_blind(self, flow: Inflow, flows: Sequence[tuple[Inflow, Fact]]) -> bool:
        """Whether data comes in without its gold, or as nothing but gold (of which `_cell` knows)."""
        if flow.channel is Channel.SAW:
            return False
        alone = all(f.kind is not Kind.LABELS and f.kind not in _MODELS for f, _ in flows)
        return self.result in _WITHOUT_GOLD or (self.result is Kind.LABELS and alone)

    def fact(self) -> Fact:
        """The result, part by part."""
        values = [(f, fact) for f, fact in self.flows if self._gives_rows(f)]
        labels = [(f, fact) for f, fact in values if f.kind is Kind.LABELS]
        if self.result is Kind.LABELS and labels:
            values = labels
        parts = dict.fromkeys(part for _, fact in values for part in fact.rows)
        rows = {part: self._cell(part, values, bool(labels)) for part in parts}
        controls = tuple(dict.fromkeys(name for _, fact in self.flows for name in fact.controls))
        if self.is_control or any(flow.channel is Channel.CONTROL for flow, _ in self.flows):
            controls = tuple(dict.fromkeys((*controls, self.step.name)))
        templates = templates_of(fact for _, fact in values)
        forms = forms_of(fact for _, fact in values)
        elsewhere = self._reads_elsewhere(values)
        return Fact(rows, elsewhere, controls=controls, templates=templates, forms=forms)

    def _reads_elsewhere(self, values: Sequence[tuple[Inflow, Fact]]) -> bool:
        """Whether rows may be of no part that is known here: labels beside items may be of either."""
        beside = [one for one in self.flows if self._gives_rows(one[0]) and one not in values]
        if not values or any(flow.port.rows != "joined" for flow, _ in beside):
            return True
        return any(fact.elsewhere for _, fact in values)

    def _gives_rows(self, flow: Inflow) -> bool:
        if flow.in_variant or flow.channel is not Channel.VALUE:
            return False
        # The documents of a data set are not its items: a content check clears them when it runs.
        return flow.kind in ROWS and not (flow.kind is Kind.DATA and self.result is Kind.CORPUS)

    def _cell(self, part: Part, values: Sequence[tuple[Inflow, Fact]], of_labels: bool) -> Cell:
        own = merged(fact.rows[part] for _, fact in values if part in fact.rows)
        path = own.path.then(self.step) if own and own.path.step.name else Trace(self.step)
        gold: Golds = extended(own.gold, self.step) if own else {}
        fits: Fits = own.fits if own else {}
        marked: dict[Part, Trace] = dict(own.marked) if own else {}
        for flow, fact in self.flows:
            if (flow, fact) in values:
                continue
            more_gold, more_fits = inflow(flow, fact, part, self.step)
            gold, fits = first(gold, more_gold), first(fits, more_fits)
            marked |= self._marks(flow, fact, part)
        origins = self._origins(own, of_labels)
        if self.result is Kind.LABELS and origins == {Origin.GOLD} and not of_labels:
            folded = own.folded if own else False
            gold = first({GoldOf(part, Channel.VALUE, folded): Trace(self.step)}, gold)
            path = Trace(self.step)
        if self.is_control:
            gold, origins, marked = {}, frozenset({Origin.CONTROL}), {}
        return Cell(path, origins, gold, fits, marked, own.folded if own else False)

    def _marks(self, flow: Inflow, fact: Fact, part: Part) -> dict[Part, Trace]:
        """Whether rows are labelled by one who was fitted on their gold (rule R3)."""
        if flow.channel is Channel.SAW:
            cell = fact.rows.get(part)
            knows = cell is not None and Origin.GOLD in cell.origins
            return {part: cell.path.then(self.step)} if cell is not None and knows else {}
        if flow.port.role != "supervisor" or fact.direct.get(part, True):
            return {}
        golds = [trace for of, trace in fact.gold.items() if of.part == part]
        return {part: golds[0].then(self.step)} if golds else {}

    def _origins(self, own: Cell | None, of_labels: bool) -> frozenset[Origin]:
        if self.result is not Kind.LABELS:
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
        from_data = any(f.kind is Kind.DATA and self._gives_rows(f) for f, _ in self.flows)
        return frozenset({Origin.GOLD if from_data else Origin.IMPORTED})

    @property
    def _mixes(self) -> bool:
        """Whether several labels of a row become one (`was_right`), not stand side by side (`concat`)."""
        ports = [f.port for f, _ in self.flows if f.kind is Kind.LABELS and self._gives_rows(f)]
        return len({port.name for port in ports}) > 1
