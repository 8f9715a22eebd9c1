"""What is wrong with a template that is written in place: rules for ``check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl.dotted import value_at
from w2sdl_runtime.op import ParameterCheck, PrerequisiteError

Problem = tuple[str, str]


def names_only(place: str, variables: Sequence[str], usual: str = "") -> ParameterCheck:
    """The rule of a template that is written in place: it names nothing but what it is shown.

    That it can be read is a rule of all of them: see `unreadable`.
    """

    def rule(given: Mapping[str, Any]) -> Problem | None:
        text = value_at(given, place)
        if not isinstance(text, str) or text == usual:  # a file is read where the operation runs
            return None
        return names_more(text, place.split(".")[-1], variables)

    return rule


def names_more(text: str, name: str, variables: Sequence[str]) -> Problem | None:
    """What a template that can be read names beside what it is shown."""
    from jinja2 import meta

    from w2sdl_runtime.data.sandbox import sandbox

    unknown = sorted(meta.find_undeclared_variables(sandbox().parse(text)) - {*variables})
    if not unknown:
        return None
    fact = f"the template `{name}` names `{unknown[0]}`, which it can't see"
    return fact, f"it may use {', '.join(variables)}"


def unreadable(text: str, name: str) -> Problem | None:
    """A mistake of writing: what the sandbox can't compile."""
    from jinja2 import TemplateError

    from w2sdl_runtime.data.sandbox import sandbox

    try:
        sandbox().from_string(text)
    except (TemplateError, PrerequisiteError) as problem:
        line = getattr(problem, "lineno", None)
        where = f" in line {line}" if line else ""
        return f"the template `{name}` has a mistake{where}: {problem}", "correct the template"
    return None
