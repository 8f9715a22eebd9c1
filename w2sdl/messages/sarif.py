"""Diagnostics as SARIF 2.1.0, the format of code scanners: results, and a rule for each code used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from w2sdl import __version__
from w2sdl.explain import explanation
from w2sdl.messages.codes import messages
from w2sdl.messages.diagnostics import Diagnostic, Label
from w2sdl.messages.formats import Checked
from w2sdl.source import Span

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_log(checked: Sequence[Checked]) -> dict[str, Any]:
    """A log with one run. Columns count characters, and the run says so."""
    found = [(spec, diagnostic) for spec in checked for diagnostic in spec.diagnostics]
    codes = sorted({diagnostic.code for _, diagnostic in found})
    driver = {
        "name": "w2sdl",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(checked)],
        "results": [_result(spec, diagnostic, codes) for spec, diagnostic in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(checked: Sequence[Checked]) -> dict[str, Any]:
    failed = [spec for spec in checked if spec.failure]
    notes = [
        {"level": "error", "message": {"text": f"{spec.failure} {spec.help}".strip()}}
        for spec in failed
    ]
    invocation: dict[str, Any] = {"executionSuccessful": not failed}
    return {**invocation, "toolExecutionNotifications": notes} if notes else invocation


def _rule(code: str) -> dict[str, Any]:
    text = explanation(code)
    kind = messages()[code]
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": text.title},
        "help": {"text": text.body, "markdown": text.body},
        "defaultConfiguration": {"level": kind.level.value},
    }
    return {**rule, "name": kind.lint} if kind.lint else rule


def _result(spec: Checked, diagnostic: Diagnostic, codes: list[str]) -> dict[str, Any]:
    texts = [diagnostic.title(), *(f"{kind}: {text}" for kind, text in diagnostic.notes())]
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.level.value,
        "message": {"text": "\n".join(texts)},
        "locations": [_location(diagnostic.span, spec.spec, diagnostic.label_text())],
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, **_related(label)}
            for number, label in enumerate(diagnostic.related, start=1)
        ]
    return result


def _location(span: Span | None, spec: str, text: str) -> dict[str, Any]:
    if span is None:
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(spec)}}}
    if span.source.from_command_line:  # no file: said in words
        return {"message": {"text": f"on the command line: {span.source.name}"}}
    location: dict[str, Any] = {"physicalLocation": _physical(span)}
    return {**location, "message": {"text": text}} if text else location


def _related(label: Label) -> dict[str, Any]:
    return _location(label.span, label.span.source.name, label.text)


def _physical(span: Span) -> dict[str, Any]:
    first, column = span.source.position(span.start)
    last, end = span.source.position(span.end)
    region: dict[str, Any] = {
        "startLine": first,
        "startColumn": column,
        "endLine": last,
        "endColumn": end,
    }
    if span.text:
        region["snippet"] = {"text": span.text}
    return {"artifactLocation": {"uri": _uri(span.source.name)}, "region": region}


def _uri(name: str) -> str:
    """A file's name as a URI reference: relative ones stay relative."""
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
