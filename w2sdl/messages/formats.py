"""Diagnostics for machines: a line each, or one JSON document with the facts. SARIF is in `sarif`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl import __version__
from w2sdl.messages.columns import visible
from w2sdl.messages.diagnostics import Diagnostic, Label, Level
from w2sdl.messages.excerpt import place
from w2sdl.source import Span

FORMATS = ("human", "short", "json", "sarif")
SCHEMA_VERSION = 1  #: of the JSON document; raised when a field changes its meaning or goes away


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one spec. ``nodes`` is None where there is no graph, for errors."""

    spec: str
    diagnostics: tuple[Diagnostic, ...] = ()
    nodes: int | None = None
    failure: str = ""  #: why it could not even be read
    help: str = ""


def render_checked(form: str, checked: Sequence[Checked]) -> str:
    """One text in a machine's format for all specs of a command. It ends its last line."""
    if form == "short":
        return "".join(f"{line}\n" for spec in checked for line in short_lines(spec))
    if form == "json":
        return json.dumps(diagnostics_json(checked), indent=1, ensure_ascii=False) + "\n"
    from w2sdl.messages.sarif import sarif_log

    return json.dumps(sarif_log(checked), indent=1, ensure_ascii=False) + "\n"


def short_lines(spec: Checked) -> Iterator[str]:
    """``file:line:column: error[W2S0301]: title``."""
    if spec.failure:
        yield f"{visible(spec.spec)}: error: {visible(spec.failure)}"
    for diagnostic in spec.diagnostics:
        where = place(diagnostic.span) if diagnostic.span else visible(spec.spec)
        head = f"{diagnostic.level}[{diagnostic.code}]"
        yield f"{where}: {head}: {visible(diagnostic.title())}"


def diagnostics_json(checked: Sequence[Checked]) -> dict[str, Any]:
    """The document of ``--error-format json``. Lines and columns begin at 1, ends are exclusive."""
    return {
        "schema": "w2sdl.diagnostics",
        "schema_version": SCHEMA_VERSION,
        "w2sdl": __version__,
        "specs": [_spec_json(spec) for spec in checked],
        "diagnostics": [
            {"spec": spec.spec, **diagnostic_json(d)} for spec in checked for d in spec.diagnostics
        ],
    }


def _spec_json(spec: Checked) -> dict[str, Any]:
    counts = Counter(diagnostic.level for diagnostic in spec.diagnostics)
    failure = {"message": spec.failure, "help": spec.help} if spec.failure else None
    return {
        "spec": spec.spec,
        "ok": not spec.failure and not counts[Level.ERROR],
        "errors": counts[Level.ERROR],
        "warnings": counts[Level.WARNING],
        "notes": counts[Level.NOTE],
        "nodes": spec.nodes,
        "failure": failure,
    }


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """All facts of one message, and its texts."""
    notes = list(diagnostic.notes())
    return {
        "code": diagnostic.code,
        "level": diagnostic.level.value,
        "lint": diagnostic.lint or None,
        "title": diagnostic.title(),
        "span": span_json(diagnostic.span) if diagnostic.span else None,
        "label": diagnostic.label_text(),
        "related": [_label_json(label) for label in diagnostic.related],
        "notes": [text for kind, text in notes if kind == "note"],
        "help": [text for kind, text in notes if kind == "help"],
        "near": list(diagnostic.near),
        "facts": {name: _plain(value) for name, value in diagnostic.facts().items()},
    }


def _label_json(label: Label) -> dict[str, Any]:
    return {"span": span_json(label.span), "label": label.text}


def span_json(span: Span) -> dict[str, Any]:
    """Where a span begins and ends: line, column in characters, and offset in characters."""
    return {
        "file": span.source.name,
        "command_line": span.source.from_command_line,
        "from": _position_json(span, span.start),
        "to": _position_json(span, span.end),
    }


def _position_json(span: Span, offset: int) -> dict[str, int]:
    line, column = span.source.position(offset)
    return {"line": line, "column": column, "offset": offset}


def _plain(value: Any) -> Any:
    """A fact as JSON; what JSON has no form for becomes its text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
