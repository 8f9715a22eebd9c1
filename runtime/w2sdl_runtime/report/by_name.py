"""Nodes by the name of the spec that they come from: how many, what became of them, how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.durations import format_seconds
from w2sdl.graph import Graph, Node
from w2sdl_runtime.report.outcome import Totals

#: Characters of parameters that a box of the picture tells.
PARAMS_LENGTH = 400
#: Keys of nodes that a box of the picture tells.
KEYS_SHOWN = 4


@dataclass(slots=True)
class NameRow(Totals):
    """All nodes of a name, or of a call without one. ``place`` is the row's id in the page."""

    name: str = ""
    place: str = ""
    op: str = ""
    params: str = ""  #: of its first node
    first: str = ""  #: id of its first node
    keys: list[str] = field(default_factory=list)  #: the first ones

    @property
    def told(self) -> str:
        """The row in lines of text, for who points at its box in the picture."""
        lines = [f"{self.op}({self.params})", f"{self.nodes:,} nodes: {self.became}"]
        if self.seconds or self.saved:
            saved = f"; reuse saved {format_seconds(self.saved)}" if self.saved else ""
            lines.append(f"computed in {format_seconds(self.seconds)}{saved}")
        more = " …" if self.nodes > len(self.keys) else ""
        lines += [f"keys {' '.join(self.keys)}{more}"] if self.keys else []
        return "\n".join(lines)


def rows_by_name(graph: Graph, nodes: Mapping[str, Any]) -> list[NameRow]:
    """A row for each name of the graph, in the order in which they are computed."""
    rows: dict[str, NameRow] = {}
    for node in graph.order():
        row = rows.get(node.name) or _new_row(node, len(rows))
        rows[node.name] = row
        record = nodes.get(node.id) or {}
        row.add(record)
        if record.get("key") and len(row.keys) < KEYS_SHOWN:
            row.keys.append(str(record["key"])[:12])
    return list(rows.values())


def _new_row(node: Node, number: int) -> NameRow:
    params = ", ".join(f"{name}: {param_text(value)}" for name, value in node.params.items())
    cut = params if len(params) <= PARAMS_LENGTH else f"{params[:PARAMS_LENGTH]} …"
    return NameRow(
        name=node.name, place=f"by-{number}", op=node.op, params=cut, first=f"n-{node.id[:12]}"
    )


def param_text(value: Any) -> str:
    """A parameter as the spec would write it: ``debate(turns: 3)``, ``[1, 3]``, ``none``."""
    if isinstance(value, Mapping):
        fields = ", ".join(f"{k}: {param_text(v)}" for k, v in value.items() if k != "variant")
        return f"{value['variant']}({fields})" if "variant" in value else f"{{{fields}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(param_text, value))}]"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
