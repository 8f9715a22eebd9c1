"""The numbers of two arms, read: a line for each seed that both have, with the rows of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl_runtime.comparing.arms import Aligned, ArmPair
from w2sdl_runtime.comparing.rows import RowTable, row_tables
from w2sdl_runtime.comparing.sources import Source
from w2sdl_runtime.report.metric_numbers import undefined
from w2sdl_runtime.report.results import Missing
from w2sdl_runtime.values import Metric

#: The one key of a number whose rows name no seeds.
_WHOLE = ""
#: The warning of a recovered gap that is too near to none: its differences tell nothing.
UNSTABLE = "unstable"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One seed (or member) of both arms. ``rows`` is None where either has none that can be paired."""

    unit: str
    a: Metric
    b: Metric
    rows: tuple[RowTable, RowTable] | None


@dataclass(frozen=True, slots=True)
class ReadPair:
    """All lines of two arms, the seeds that only one has, and why numbers are not there."""

    lines: tuple[ReadLine, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    notes: tuple[str, ...]
    missing: bool  #: whether a run lacks some of the numbers

    @property
    def unstable(self) -> bool:
        """Whether a number is a ratio over nearly nothing."""
        return any(_is_unstable(metric) for line in self.lines for metric in (line.a, line.b))


def read_pair(pair: ArmPair, aligned: Aligned) -> ReadPair:
    """Read what two arms have from the stores."""
    lines: list[ReadLine] = []
    only_a, only_b = dict.fromkeys(pair.only_a), dict.fromkeys(pair.only_b)
    lacking: dict[str, list[str]] = {}
    missing = False
    for unit, node_a, node_b in pair.lines:
        one, two = aligned.a.results.metric(node_a), aligned.b.results.metric(node_b)
        for side, metric in (("a", one), (aligned.label, two)):
            for why in _cautions(side, metric):
                lacking.setdefault(why, []).append(unit)
        if isinstance(one, Missing) or isinstance(two, Missing):
            missing = True
            continue
        rows_a = _by_seed(aligned.a, node_a, one, unit)
        rows_b = _by_seed(aligned.b, node_b, two, unit)
        only_a |= dict.fromkeys(seed for seed in rows_a if seed not in rows_b)
        only_b |= dict.fromkeys(seed for seed in rows_b if seed not in rows_a)
        for seed, table in rows_a.items():
            if seed in rows_b:
                other = rows_b[seed]
                both = (table, other) if table and other else None
                lines.append(ReadLine(seed, one, two, both))
    notes = (*pair.notes, *(_noted(why, units, pair) for why, units in lacking.items()))
    return ReadPair(tuple(lines), tuple(only_a), tuple(only_b), notes, missing)


def _cautions(side: str, metric: Metric | Missing) -> list[str]:
    """Why a side has no number, or what it warns of."""
    if isinstance(metric, Missing):
        return [f"{side} has no number: {metric.why}"]
    if metric.value is None:
        return [f"{side}: {undefined(metric, metric.reason)}"]
    return [f"{side}: {metric.name} is {UNSTABLE}"] if _is_unstable(metric) else []


def _is_unstable(metric: Metric) -> bool:
    return UNSTABLE in metric.facts.get("warnings", ())


def _noted(why: str, units: Sequence[str], pair: ArmPair) -> str:
    """A reason, with the seeds that it holds of where these are not all."""
    return why if len(units) == len(pair.lines) else f"{why} (seed {', '.join(units)})"


def _by_seed(source: Source, node: str, metric: Metric, unit: str) -> Mapping[str, RowTable | None]:
    """The rows of a number by seed: of a measure ``over`` seeds, its rows name them."""
    tables = row_tables(metric)
    if unit or not tables:
        return {unit: tables[0] if len(tables) == 1 else None}
    names = _seed_names(source, node)
    if len(names) != len(tables):
        return {_WHOLE: tables[0] if len(tables) == 1 else None}
    return dict(zip(names, tables, strict=True))


def _seed_names(source: Source, node: str) -> list[str]:
    """The seeds that a measure averages over, in the order in which its rows number them."""
    nodes, unit = source.graph.nodes, source.repeated.unit
    ports = [[nodes[id_].point.get(unit, "") for id_ in ids] for ids in nodes[node].inputs.values()]
    varied = [names for names in ports if len(set(names)) == len(names) and "" not in names]
    return max(varied, key=len, default=[_WHOLE])
