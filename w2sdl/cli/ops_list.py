"""All operations and variants, a line each, for ``w2sdl ops``: what data there are first, measures last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

import click

from w2sdl.cli.reference import Reference
from w2sdl.docstrings import first_line
from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature

#: (kind of the result, whether some of that kind comes in) -> the group's title, in the order of an
#: experiment. Where no group is for what some comes in of, that is in the other one.
_GROUPS = {
    (Kind.DATA, False): "Data: rows, cut into parts",
    (Kind.DATA, True): "Data from other data",
    (Kind.ITEMS, False): "Items: what is asked, without answers",
    (Kind.CORPUS, False): "Corpora: text to pretrain on",
    (Kind.MODEL, False): "Models",
    (Kind.ACTIVATIONS, False): "Activations: items as numbers",
    (Kind.PREDICTOR, False): "Predictors: models that answer, trained or asked",
    (Kind.TRANSCRIPTS, False): "Transcripts: debates and other speech about items",
    (Kind.LABELS, False): "Labels: what is said of items",
    (Kind.LABELS, True): "Labels from other labels: chosen, weighted, mended, joined",
    (Kind.INSTRUMENT, False): "Instruments",
    (Kind.METRIC, False): "Metrics",
}


def ops_list(reference: Reference, width: int | None, color: bool = False) -> Iterator[str]:
    """The lines of the list, at most ``width`` characters each; without a width, one line a thing."""
    signatures = reference.signatures
    names = [f"{name}()" for family in signatures.variants.values() for name in family]
    column = max(map(len, [*names, *signatures.ops]), default=0)
    for title, ops in grouped(signatures.ops.values()):
        yield from _heading(title, width, color)
        for op in ops:
            yield from _line(op.name, _said(op), 2, column, width)
        yield ""
    yield from _heading("Variants, by the arguments that take them", width, color)
    for family in by_place(reference):
        yield from _filled(f"{family} ({reference.taken_as(family)})", 2, 4, width)
        for variant in signatures.variants[family].values():
            yield from _line(f"{variant.name}()", first_line(variant.doc), 4, column, width)
    yield ""
    yield from _heading("Records, by the arguments that take them", width, color)
    for record in reference.every_record():
        fields = ", ".join(field.name for field in record.fields)
        yield from _filled(f"{reference.record_taken_as(record)}: {fields}", 2, 4, width)
    yield ""
    yield from _filled(
        "`w2sdl ops NAME` explains any of these, and an argument: `w2sdl ops loss`", 0, 0, width
    )


def _heading(title: str, width: int | None, color: bool) -> list[str]:
    return [click.style(line, bold=True) if color else line for line in _filled(title, 0, 0, width)]


def grouped(ops: Iterable[OpSignature]) -> Iterator[tuple[str, list[OpSignature]]]:
    """Operations under the titles of their groups, in the order of an experiment; by name within one."""
    groups: dict[str, list[OpSignature]] = {title: [] for title in _GROUPS.values()}
    for op in sorted(ops, key=lambda op: op.name):
        groups[_group_of(op)].append(op)
    yield from ((title, members) for title, members in groups.items() if members)


def _group_of(op: OpSignature) -> str:
    from_others = any(port.kind is op.result and not port.optional for port in op.ports)
    return _GROUPS.get((op.result, from_others)) or _GROUPS[op.result, False]


def by_place(reference: Reference) -> list[str]:
    """Families in the order of the operations that take them; those inside others come last."""
    listed = [op.name for _, ops in grouped(reference.signatures.ops.values()) for op in ops]
    first = {
        family: min(
            (listed.index(owner) for owner in reference.owners(family) if owner in listed),
            default=len(listed),
        )
        for family in reference.signatures.variants
    }
    return sorted(first, key=lambda family: (first[family], family))


def _said(op: OpSignature) -> str:
    text = first_line(op.doc)
    if op.aliases:
        text += f" Also called {', '.join(op.aliases)}."
    return text if op.origin == "built-in" else f"{text} From {op.origin}."


def _line(name: str, text: str, indent: int, column: int, width: int | None) -> list[str]:
    head = f"{' ' * indent}{name:<{column + 4 - indent}}  "
    room = None if width is None else max(width - len(head), 20)
    first, *further = [text] if room is None else _wrapped(text, room) or [""]
    return [(head + first).rstrip(), *(" " * len(head) + line for line in further)]


def _filled(text: str, indent: int, further: int, width: int | None) -> list[str]:
    if width is None:
        return [" " * indent + text]
    first, *rest = _wrapped(text, max(width - further, 20))
    return [" " * indent + first, *(" " * further + line for line in rest)]


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False, break_long_words=False)
