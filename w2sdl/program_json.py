"""The checked program as JSON, for other tools: what `w2sdl compile --json` prints."""

from __future__ import annotations

from typing import Any

from w2sdl.program import (
    Apply,
    BindingDecl,
    Const,
    Fix,
    ListTerm,
    MeasureDecl,
    Program,
    RecordTerm,
    Ref,
    Switch,
    Term,
)

#: Raised when a field changes its meaning or goes away.
SCHEMA = "w2sdl.program.1"


def program_to_json(program: Program) -> dict[str, Any]:
    """A program as JSON. A term has one field that says what it is: see `term_to_json`."""
    return {
        "schema": SCHEMA,
        "experiment": program.name,
        "description": program.description,
        "axes": {
            axis.name: dict(zip(axis.points, axis.texts, strict=True))
            for axis in program.axes.values()
        },
        "values": dict(program.values),
        "bindings": {name: _binding(binding) for name, binding in program.bindings.items()},
        "measures": {measure.name: _measure(measure) for measure in program.measures},
        "baseline": dict(program.baseline),
        "expectations": {e.name: {"text": e.text, "tree": e.tree} for e in program.expectations},
    }


def _binding(binding: BindingDecl) -> dict[str, Any]:
    return {
        "role": binding.role,
        "kind": binding.kind.value,
        "axes": list(binding.dims),
        "line": binding.span.source.position(binding.span.start)[0],
        "waivers": {waiver.rule: waiver.reason for waiver in binding.waivers},
        "term": term_to_json(binding.term),
    }


def _measure(measure: MeasureDecl) -> dict[str, Any]:
    return {
        "operation": measure.op,
        "on": measure.on,
        "arguments": dict(measure.arguments),
        "over": list(measure.over),
        "axes": list(measure.dims),
        "waivers": {waiver.rule: waiver.reason for waiver in measure.waivers},
        "cells": [
            {"of": cell.of, "axes": list(cell.dims), "term": term_to_json(cell.term)}
            for cell in measure.cells
        ],
    }


def term_to_json(term: Term) -> Any:
    """A term as JSON, told by its first field: value, list, record, name, along, held or call.

    ``given`` is false for a default; ``along`` is the axis that chooses among ``points``; ``held`` are
    the points at which a selection holds axes.
    """
    match term:
        case Const(value, given):
            return {"value": value, "given": given}
        case ListTerm(items):
            return {"list": [term_to_json(item) for item in items]}
        case RecordTerm(fields):
            return {"record": {name: term_to_json(item) for name, item in fields.items()}}
        case Ref(name):
            return {"name": name}
        case Switch(axis, branches):
            points = {name: term_to_json(branch) for name, branch in branches.items()}
            return {"along": axis, "points": points}
        case Fix(base, chosen):
            return {"held": dict(chosen), "of": term_to_json(base)}
        case Apply():
            return {
                "call": term.op.name,
                "version": term.op.version,
                "inputs": {n: [term_to_json(i) for i in items] for n, items in term.ports.items()},
                "parameters": {n: term_to_json(value) for n, value in term.params.items()},
                "over": list(term.over),
                "operational": {n: term_to_json(value) for n, value in term.operational.items()},
            }
