"""What is wrong with a template that is written in place: rules for ``check``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from w2sdl.dotted import value_at
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.op import ParameterCheck, PrerequisiteError

Problem = tuple[str, str]

#: A name in single braces, as Python's own templates have it.
_SINGLE = re.compile(r"(?<!\{)\{\s*([A-Za-z_]\w*)\s*\}(?!\})")


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
    unknown = sorted(names_used(text) - {*variables})
    if not unknown:
        return None
    near = nearest_names(unknown[0], variables)
    meant = f"did you mean `{near[0]}`? " if near else ""
    fact = f"the template `{name}` names `{unknown[0]}`, which it can't see"
    return fact, f"{meant}it may use {', '.join(variables)}"


def names_used(text: str) -> set[str]:
    """The names that a template uses; none where it can't be read (`unreadable` says why)."""
    from jinja2 import TemplateError, meta

    from w2sdl_runtime.data.sandbox import sandbox

    try:
        return meta.find_undeclared_variables(sandbox().parse(text))
    except TemplateError:
        return set()


def unreadable(text: str, name: str) -> Problem | None:
    """A mistake of writing: what the sandbox can't compile, or names that are plain text in it."""
    single = _SINGLE.search(text)
    if single and not {"{{", "{%"} & {text[at : at + 2] for at in range(len(text))}:
        word = single[1]
        fact = f"the template `{name}` says `{{{word}}}` to every row: that is plain text in it"
        return fact, f"in a template a name stands in two braces: `{{{{ {word} }}}}`"
    from jinja2 import TemplateError

    from w2sdl_runtime.data.sandbox import sandbox

    try:
        sandbox().from_string(text)
    except (TemplateError, PrerequisiteError) as problem:
        line = getattr(problem, "lineno", None)
        where = f" in line {line}" if line else ""
        return f"the template `{name}` has a mistake{where}: {problem}", "correct the template"
    return None


def prompt_of_format(
    *roles: str, passage: Callable[[Mapping[str, Any]], bool] = lambda form: False
) -> ParameterCheck:
    """The rule of a format's ``prompt``: it names its roles, and the columns that a text is made of.

    Args:
        roles: what every row of the format has.
        passage: whether a format with these fields shows a passage.
    """

    def rule(given: Mapping[str, Any]) -> Problem | None:
        form = given["format"]
        text = form.get("prompt")
        if not isinstance(text, str):
            return None
        shows = passage(form)
        if not shows and "passage" in names_used(text) and "passage" not in roles:
            fact = "the template `prompt` names `passage`, and the format shows none"
            return fact, "name the column of the passages (passage: ...), and show it"
        columns = given.get("columns") or {}
        pieces = [name for names in columns.values() if len(names) > 1 for name in names]
        known = dict.fromkeys((*roles, *pieces, *(["passage"] if shows else [])))
        return names_more(text, "prompt", tuple(known))

    return rule
