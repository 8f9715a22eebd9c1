"""What is known of a model, predictor or instrument: fitted on rows or texts, or made of other models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from w2sdl.kinds import Kind
from w2sdl.validity.facts import (
    Cell,
    Channel,
    Fact,
    Fits,
    Golds,
    Origin,
    Part,
    Step,
    beside,
    extended,
    first,
    merged,
    through,
)
from w2sdl.validity.ports import Inflow
from w2sdl.validity.rows import RowWise, forms_of, templates_of, with_gold

MODELS = frozenset({Kind.MODEL, Kind.PREDICTOR, Kind.INSTRUMENT})
_Flows = Sequence[tuple[Inflow, Fact]]


def taught_by_itself(flows: _Flows, step: Step) -> list[tuple[Inflow, Fact]]:
    """With a supervisor and items at its own ports, a training labels these items by itself."""
    teachers = [(f, fact) for f, fact in flows if f.kind in MODELS and f.port.role == "supervisor"]
    items = [(f, fact) for f, fact in flows if f.teaches and f.kind is Kind.ITEMS]
    if not teachers or not items:
        return list(flows)
    says = [(replace(f, channel=Channel.VALUE), fact) for f, fact in teachers]
    told = [
        (_as_labels(f), RowWise(Kind.LABELS, False, [*says, (f, fact)], step).fact())
        for f, fact in items
    ]
    return [one for one in flows if one not in teachers and one not in items] + told


def _as_labels(flow: Inflow) -> Inflow:
    return replace(flow, port=replace(flow.port, kind=Kind.LABELS))


class Fitting:
    """A model, predictor or instrument, from all that comes in."""

    def __init__(self, flows: _Flows, step: Step) -> None:
        self.step = step
        self.flows = [(f, with_gold(f, fact)) for f, fact in taught_by_itself(flows, step)]
        self.taught = [(flow, fact) for flow, fact in self.flows if flow.teaches]

    def fact(self, is_strong: bool) -> Fact:
        """All that is known of the model."""
        gold, fits = self._inherited()
        before = [fact for flow, fact in self.flows if flow.is_begun_from]
        lessons = [(part, cell) for _, fact in self.taught for part, cell in fact.rows.items()]
        context = self._context()
        for part, cell in lessons:
            gold = first(gold, extended(cell.gold, self.step))
            fits = first(fits, {part: cell.path.then(self.step)}, extended(cell.fits, self.step))
            said = beside(context, part)
            if said is not None:
                gold = first(gold, through(said.gold, Channel.CONTEXT, self.step))
                fits = first(fits, extended(said.fits, self.step))
        weak = _weak(before, lessons)
        return Fact(
            gold=gold,
            fits=fits,
            direct=self._direct(),
            weak=weak,
            marked=first(*(extended(cell.marked, self.step) for _, cell in lessons)),
            pool=self._pool(before),
            context=context,
            is_strong=is_strong or any(fact.is_strong for fact in before),
            is_taught=any(Origin.WEAK in cell.origins for _, cell in lessons)
            or any(fact.is_taught for fact in before),
            controls=self._controls(),
            templates=templates_of(fact for _, fact in self.flows),
            forms=forms_of(fact for _, fact in self.flows),
        )

    def _inherited(self) -> tuple[Golds, Fits]:
        """What comes in by other ways than lessons: weights, members, selections, activations."""
        gold: Golds = {}
        fits: Fits = {}
        for flow, fact in self.flows:
            channel = flow.channel
            if channel is Channel.CONTROL or (flow, fact) in self.taught:
                continue
            if flow.kind in MODELS:
                known = fact.gold
                if channel is Channel.INIT and self.taught:  # it is not out of fold any more
                    known = {of._replace(folded=False): trace for of, trace in known.items()}
                elif channel is Channel.INIT:
                    channel = Channel.VALUE  # made of models, not trained on from one
                gold = first(gold, through(known, channel, self.step))
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

    def _context(self) -> dict[Part, Cell]:
        read = [fact.rows for flow, fact in self.flows if flow.kind is Kind.TRANSCRIPTS]
        read += [fact.context for flow, fact in self.flows if flow.kind in MODELS]
        parts = dict.fromkeys(part for rows in read for part in rows)
        found = {part: merged(rows[part] for rows in read if part in rows) for part in parts}
        return {part: cell for part, cell in found.items() if cell is not None}

    def _labelled(self) -> list[tuple[Part, Cell]]:
        kinds = (Kind.LABELS, Kind.DATA)
        return [c for flow, f in self.taught if flow.kind in kinds for c in f.rows.items()]

    def _pool(self, before: Sequence[Fact]) -> dict[Part, frozenset[Origin]]:
        """The rows that it was offered with labels; of what is made of models, those of theirs."""
        labelled = [(part, cell.origins) for part, cell in self._labelled()]
        offered = labelled or [one for fact in before for one in fact.pool.items()]
        return _joined(offered)

    def _direct(self) -> Mapping[Part, bool]:
        """The parts whose gold it was fitted on -> whether by models that left out a fold each."""
        found: dict[Part, bool] = {}
        members = [
            {part: folded and not self.taught for part, folded in fact.direct.items()}
            for flow, fact in self.flows
            if flow.kind in MODELS and flow.channel is not Channel.SELECT
        ]
        saw = [c for f, fact in self.flows if f.channel is Channel.SAW for c in fact.rows.items()]
        stated = {part: False for part, cell in saw if Origin.GOLD in cell.origins}
        own = {part: cell.folded for part, cell in self._labelled() if Origin.GOLD in cell.origins}
        for known in (*members, own, stated):
            for part, folded in known.items():
                found[part] = folded and found.get(part, True)
        return found

    def _controls(self) -> tuple[str, ...]:
        names = [name for _, fact in self.flows for name in fact.controls]
        if any(flow.channel is Channel.CONTROL for flow, _ in self.flows):
            names.append(self.step.name)
        return tuple(dict.fromkeys(names))


def _weak(
    before: Sequence[Fact], lessons: Sequence[tuple[Part, Cell]]
) -> dict[Part, frozenset[Origin]]:
    """The rows that it was trained on, now or before, by labels that are not gold."""
    own = [(part, cell.origins - {Origin.GOLD, Origin.CONTROL}) for part, cell in lessons]
    every = [*(one for fact in before for one in fact.weak.items()), *own]
    return _joined([(part, origins) for part, origins in every if origins])


def _joined(
    offered: Sequence[tuple[Part, frozenset[Origin]]],
) -> dict[Part, frozenset[Origin]]:
    found: dict[Part, frozenset[Origin]] = {}
    for part, origins in offered:
        found[part] = found.get(part, frozenset()) | origins
    return found
