"""The one sandbox that templates of specs are rendered in: no attribute or call that reaches out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

#: A product or power that would be longer than this is refused: a template is no place to compute.
_LARGEST = 1_000_000


def sandbox() -> Environment:
    """An environment where a name that is not given is an error, and products stay small."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if _size(operator, left, right) > _LARGEST:
                raise SecurityError(f"`{operator}` would make something too large")
            return super().call_binop(context, operator, left, right)

    return Sandbox(undefined=StrictUndefined, autoescape=False)


def _size(operator: str, left: Any, right: Any) -> int:
    """Characters, elements or digits of a result, roughly."""
    if operator == "**":
        both = isinstance(left, int) and isinstance(right, int)
        return left.bit_length() * right if both and right > 0 else 0
    for thing, times in ((left, right), (right, left)):
        if hasattr(thing, "__len__") and isinstance(times, int):
            return len(thing) * times
    return 0
