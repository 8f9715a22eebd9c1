"""Profiles and --set: they re-bind names and set single parameters, on the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from w2sdl import nodes
from w2sdl.diagnostics import Collector
from w2sdl.errors import names
from w2sdl.parse import parse_expression
from w2sdl.source import Source, Span
from w2sdl.suggest import nearest_names
from w2sdl.tree import normalise_name

_Bindable = nodes.Axis | nodes.Binding
_COMMAND_LINE = "--set"  #: no profile of a spec can have this name


def with_settings(
    module: nodes.Module, settings: Sequence[str], found: Collector, folder: str = ""
) -> nodes.Module:
    """The module with the ``path=value`` texts of the command line as one more profile.

    ``folder`` is where relative paths in ``settings`` start.
    """
    parsed = [parse_setting(text, found, folder) for text in settings]
    span = Span(module.source, 0, 0)
    profile = nodes.Profile(_COMMAND_LINE, tuple(s for s in parsed if s), span, span)
    return replace(module, declarations=(*module.declarations, profile))


def apply_overrides(
    module: nodes.Module, profiles: Sequence[str], found: Collector
) -> nodes.Module:
    """The module with profiles applied in order, then what the command line sets."""
    chosen: list[nodes.Setting] = []
    for name in (*profiles, _COMMAND_LINE):
        profile = _profile(module, name, found)
        chosen += profile.settings if profile else ()
    for setting in chosen:
        module = _apply(module, setting, found)
    return module


def _profile(module: nodes.Module, name: str, found: Collector) -> nodes.Profile | None:
    known = {d.name: d for d in module.declarations if isinstance(d, nodes.Profile)}
    wanted = normalise_name(name)
    if wanted not in known:
        listed = ", ".join(name for name in known if name != _COMMAND_LINE) or "none"
        found.add(
            names.UnknownProfile(
                span=None,
                name=name,
                advice=f"profiles of this spec: {listed}",
                near=nearest_names(wanted, known),
            )
        )
    return known.get(wanted)


def parse_setting(text: str, found: Collector, folder: str = "") -> nodes.Setting | None:
    """``path.to=value``. A bare word or path is taken as a string."""
    source = Source(f"--set {text}", text, True, folder)
    match = re.match(r"\s*([^\s=]+)\s*=\s*", text)
    if match is None:
        span = Span(source, 0, len(text))
        found.add(names.SettingWithoutValue(span=span, text=text))
        return None
    path = tuple(normalise_name(part) for part in match[1].split("."))
    span = Span(source, match.start(1), match.end(1))
    value, problems = parse_expression(source, match.end())
    literal = text[match.end() :].strip()
    if problems and re.search(r'[()\[\]{}"]', literal):
        for problem in problems:
            found.add(problem)
        return None
    if value is None or problems or _is_path(literal):
        value = nodes.Literal(literal, Span(source, match.end(), len(text)))
    return nodes.Setting(path, value, Span(source, 0, len(text)), span)


def _is_path(text: str) -> bool:
    """Shells make quoting hard, so a bare path on the command line is a string."""
    return not text.startswith(('"', "[", "{")) and "/" in text and "(" not in text


def _apply(module: nodes.Module, setting: nodes.Setting, found: Collector) -> nodes.Module:
    known = {d.name: d for d in module.declarations if isinstance(d, _Bindable)}
    starts = [".".join(setting.path[:n]) for n in range(len(setting.path), 0, -1)]
    name = next((start for start in starts if start in known), None)
    if name is None:
        if not module.broken & set(starts):
            wrong = starts[-1]
            near = nearest_names(wrong, known)
            found.add(names.UnknownSetting(span=setting.path_span, name=wrong, near=near))
        return module
    changed = _changed(known[name], setting, setting.path[name.count(".") + 1 :], found)
    declarations = [changed if d is known[name] else d for d in module.declarations]
    return replace(module, declarations=tuple(declarations))


def _changed(
    declaration: _Bindable, setting: nodes.Setting, path: tuple[str, ...], found: Collector
) -> _Bindable:
    if isinstance(declaration, nodes.Axis):
        points = _set_inside(declaration.points, path, setting, found)
        return replace(declaration, points=points)
    value = _set_inside(declaration.value, path, setting, found)
    return replace(declaration, value=value)


def _set_inside(
    expr: nodes.Expr, path: tuple[str, ...], setting: nodes.Setting, found: Collector
) -> nodes.Expr:
    """``expr`` with the argument or field at ``path`` replaced or added."""
    if not path:
        return setting.value
    match expr:
        case nodes.Call(named=entries):
            return replace(expr, named=_set_entry(entries, path, setting, found))
        case nodes.Record(entries):
            return replace(expr, entries=_set_entry(entries, path, setting, found))
        case _:
            full = ".".join(setting.path)
            parent = ".".join(setting.path[: len(setting.path) - len(path)])
            found.add(names.SettingNeedsCall(span=setting.path_span, path=full, name=parent))
            return expr


def _set_entry(
    entries: tuple[nodes.Entry, ...],
    path: tuple[str, ...],
    setting: nodes.Setting,
    found: Collector,
) -> tuple[nodes.Entry, ...]:
    name, *rest = path
    old = next((entry for entry in entries if entry.name == name), None)
    inner = old.value if old else nodes.Record((), setting.span)
    value = _set_inside(inner, tuple(rest), setting, found)
    new = nodes.Entry(name, value, setting.path_span, overrides=True)
    if old is None:
        return (*entries, new)
    return tuple(new if entry is old else entry for entry in entries)
