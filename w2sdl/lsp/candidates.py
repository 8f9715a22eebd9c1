"""Things that can be written, as an editor offers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from w2sdl import signature as sig
from w2sdl.docstrings import first_line, summary
from w2sdl.lsp.documentation import call_text
from w2sdl.signature import REQUIRED


class Sort(StrEnum):
    """What a candidate is, for its icon."""

    BINDING = "binding"
    AXIS = "axis"
    VALUE = "value"
    OPERATION = "operation"
    VARIANT = "variant"
    PARAMETER = "parameter"
    PART = "part"
    POINT = "point"
    WORD = "word"
    ENUM = "enum"
    FILE = "file"
    LIBRARY = "library"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be written.

    Attributes:
        label: what is shown and matched.
        sort: what it is.
        text: what is written, with ``$0`` where the cursor goes; the label if "".
        detail: one line beside the label.
        doc: Markdown, shown on request.
        rank: lower ones first.
    """

    label: str
    sort: Sort
    text: str = ""
    detail: str = ""
    doc: str = ""
    rank: int = 5


def variant_candidate(variant: sig.VariantSignature) -> Candidate:
    """A typed constructor, with its brackets."""
    needed = any(p.default is REQUIRED for p in variant.params) or variant.ports
    doc = f"```w2s\n{call_text(variant)}\n```\n{summary(variant.doc)}"
    text = f"{variant.name}($0)" if needed else ""
    detail = first_line(variant.doc)
    return Candidate(f"{variant.name}()", Sort.VARIANT, text, detail, doc, 1)


def operation_candidates(op: sig.OpSignature, rank: int) -> Iterator[Candidate]:
    """An operation under each of its names."""
    doc = f"```w2s\n{call_text(op)}\n```\n{summary(op.doc)}"
    for name in (op.name, *op.aliases):
        detail = f"→ {op.result}  {first_line(op.doc)}"
        yield Candidate(name, Sort.OPERATION, f"{name}($0)", detail, doc, rank)
