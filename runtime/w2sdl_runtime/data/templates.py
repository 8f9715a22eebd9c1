"""Prompts as sandboxed Jinja templates over named roles: no gold column can be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from w2sdl_runtime.data.sandbox import LARGEST, sandbox
from w2sdl_runtime.op import PrerequisiteError


def compile_prompt(template: str, roles: tuple[str, ...], lead: str = "") -> Callable[..., str]:
    """A function from roles (keyword arguments) to the prompt, without outer blanks.

    Args:
        template: Jinja text such as ``Question: {{ question }} Answer:``.
        roles: the names that it may use, besides ``passage``.
        lead: a template for the passage, put first unless ``template`` places it; "" shows none.

    Raises:
        PrerequisiteError: for a template that can't be read or names something else.
    """
    from jinja2 import TemplateError, meta

    environment = sandbox()
    try:
        used = meta.find_undeclared_variables(environment.parse(template))
        _check_names(used, roles, bool(lead))
        if "passage" not in used:
            template = lead + template
        compiled = environment.from_string(template)
    except TemplateError as problem:
        raise _unreadable(template, problem) from None

    shown = used | ({"passage"} if lead else set())

    def render(**values: object) -> str:
        _check_sizes({name: values.get(name) for name in shown})
        try:
            return compiled.render(**values).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError) as problem:
            raise _unreadable(template, problem) from None

    return render


def _check_sizes(values: Mapping[str, object]) -> None:
    """Refuse a row that is too large for any prompt: the template would be blamed for it."""
    for name, value in values.items():
        if isinstance(value, str) and len(value) > LARGEST:
            raise PrerequisiteError(
                f"the `{name}` of a row has {len(value):,} characters, and a prompt holds "
                f"{LARGEST:,} at most (it begins {value[:40]!r})",
                "shorten the row, or take it out of the file",
            )


def _check_names(used: set[str], roles: tuple[str, ...], passage: bool) -> None:
    if "passage" in used - {*roles} and not passage:
        raise PrerequisiteError(
            "the prompt names `passage`, but the format shows none",
            "name the column of the passages (passage: ...) and, for questions, show_passage: true",
        )
    unknown = sorted(used - {*roles, "passage"})
    if unknown:
        known = dict.fromkeys((*roles, *(["passage"] if passage else [])))
        raise PrerequisiteError(
            f"the prompt names `{unknown[0]}`, which it can't see",
            f"a prompt may use {', '.join(f'`{role}`' for role in known)}",
        )


def _unreadable(template: str, problem: Exception) -> PrerequisiteError:
    line = getattr(problem, "lineno", None)
    where = f", line {line}" if line else ""
    shown = template if len(template) < 80 else template[:80] + "…"
    return PrerequisiteError(
        f"the prompt template {shown!r} can't be used{where}: {problem}",
        "write it like this: Question: {{ question }} Answer:",
    )
