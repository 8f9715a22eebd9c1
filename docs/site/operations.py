"""The pages of operations and of variants, from the data of ``w2sdl ops --json``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from w2sdl.api import load_signatures
from w2sdl.cli.explain_op import better_text
from w2sdl.cli.ops_json import ops_json
from w2sdl.cli.ops_list import by_place, grouped
from w2sdl.cli.reference import Reference
from w2sdl.docstrings import failures
from w2sdl.syntax.text import literal_text


@cache
def _reference() -> Reference:
    return Reference(load_signatures())


def operations() -> str:
    """All operations, by what they give; an anchor each: ``operations.html#finetune``."""
    told = {one["name"]: one for one in ops_json(_reference())["operations"]}
    lines: list[str] = []
    for title, members in grouped(_reference().signatures.ops.values()):
        lines.append(f"## {title}\n")
        for op in members:
            lines += _operation(told[op.name], failures(op.doc))
    return "\n".join(lines)


def _operation(op: dict[str, Any], fails: str) -> Iterator[str]:
    yield f"### {', '.join([op['name'], *op['aliases']])} {{ #{op['name']} }}\n"
    yield f"{_call(op)} → {op['result']} *(version {op['version']})*\n"
    yield op["text"] + "\n"
    if op["better"]:
        yield better_text(op["better"]) + "\n"
    yield from _arguments(op)
    if fails:
        yield f"*It fails:* {fails}\n"


def variants() -> str:
    """Variants by family, then records with their presets; an anchor each: ``variants.html#loss-xent``."""
    document, signatures = ops_json(_reference()), _reference().signatures
    lines: list[str] = []
    for family in by_place(_reference()):
        lines.append(f"## {family}\n\n{_stands(_reference().taken_as(family))}\n")
        for one in document["variants"]:
            if one["family"] == family:
                lines += _variant(one)
    if missing := set(signatures.variants) - set(by_place(_reference())):
        raise ValueError(f"families that have no place: {missing}")
    for record in document["records"]:
        lines += _record(record)
    return "\n".join(lines)


def _variant(variant: dict[str, Any]) -> Iterator[str]:
    anchor = f"{variant['family'].lower()}-{variant['name']}"
    yield f"### {variant['name']} {{ #{anchor} }}\n"
    yield f"{_call(variant)}\n"
    yield variant["text"] + "\n"
    yield from _arguments(variant)


def _record(record: dict[str, Any]) -> Iterator[str]:
    yield f"## {record['name']} {{ #record-{record['name'].lower()} }}\n"
    yield f"A record. {_stands(record['taken_as'])}\n"
    yield record["text"] + "\n"
    yield from _table("field", map(_parameter, record["fields"]))
    presets = ([f"`{name}()`", _fields(values)] for name, values in record["presets"].items())
    yield from _table("preset", presets, ["sets"])


def _fields(values: dict[str, Any]) -> str:
    return (
        ", ".join(f"`{name}: {_cell(literal_text(value))}`" for name, value in values.items())
        or "the defaults"
    )


def _stands(place: str) -> str:
    return f"Where it stands: {place}." if place else "No operation takes it."


def _call(of: dict[str, Any]) -> str:
    """A signature in short: edges as they are given, parameters without which there is no call."""
    edges = [
        f"{e['name']}{'…' if e['many'] else ''}{'?' if e['optional'] else ''}" for e in of["edges"]
    ]
    needed = [f"{p['name']}: …" for p in of["parameters"] if "default" not in p]
    optional = ["…"] if any("default" in p for p in of["parameters"]) else []
    return f"`{of['name']}({', '.join([*edges, *needed, *optional])})`"


def _arguments(of: dict[str, Any]) -> Iterator[str]:
    yield from _table("edge", map(_edge, of["edges"]), ["kind", "what it is"])
    yield from _table("parameter", map(_parameter, of["parameters"]))


def _edge(edge: dict[str, Any]) -> list[str]:
    words = [
        edge["kind"],
        "any number" if edge["many"] else "",
        "optional" if edge["optional"] else "",
    ]
    return [f"`{edge['name']}`", ", ".join(filter(None, words)), _cell(edge["doc"])]


def _parameter(param: dict[str, Any]) -> list[str]:
    default = "required"
    if "default" in param:
        value = param["default"]
        default = "none" if value is None else f"`{_cell(literal_text(value))}`"
    kind = _cell(param["type"])
    if kind.endswith(" record"):
        name = kind.split()[-2]
        kind, default = f"a [{name} record](variants.md#record-{name.lower()})", "its defaults"
    neutral = "" if param["changes_results"] else " Never changes the result."
    return [f"`{param['name']}`", kind, default, _cell(param["doc"]) + neutral]


def _table(
    first: str,
    rows: Any,
    further: list[str] = ["type", "default", "what it is"],  # noqa: B006
) -> Iterator[str]:
    """A table of what there is; nothing of nothing. A last column without texts is left out."""
    shown = list(rows)
    if not shown:
        return
    heads = [first, *further]
    if not any(row[-1].strip() for row in shown):
        shown, heads = [row[:-1] for row in shown], heads[:-1]
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in shown:
        yield f"| {' | '.join(row)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
