"""The type of a parameter in words, as messages, hovers and `w2sdl ops` have it."""

from __future__ import annotations

from w2sdl import signature as sig
from w2sdl.syntax.quantities import EXAMPLES


def type_text(kind: sig.ParamType) -> str:  # noqa: C901 - one line a type
    """A parameter type in words."""
    match kind:
        case sig.Scalar(text):
            return text
        case sig.ListOf(item):
            return f"a list, each {type_text(item)}"
        case sig.MapOf(value):
            return f"a record, each field {type_text(value)}"
        case sig.RecordOf(name):
            return f"a {name} record"
        case sig.VariantOf(family):
            return f"a {family} variant"
        case sig.OptionalOf(inner):
            return type_text(inner)
        case sig.EitherOf(scalar, variant):
            return f"{scalar.text} or {type_text(variant)}"
        case sig.SeedOf():
            return "a seed (an integer, an axis of integers, or a list of them)"
        case sig.AxesOf():
            return "an axis or a list of axes"
        case sig.SourceOf(what):
            return f"a {what}, as a string"
        case sig.QuantityOf(what):
            return EXAMPLES[what]
        case sig.WordOf(choices):
            return " or ".join(f"`{choice}`" for choice in choices)
