"""Profiles and --set: they re-bind names and set single parameters, on the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from w2sdl.errors import names
from w2sdl.messages.diagnostics import Collector
from w2sdl.messages.suggest import nearest_names
from w2sdl.source import Source, Span
from w2sdl.syntax import nodes
from w2sdl.syntax.parse import parse_expression
from w2sdl.syntax.tree import normalise_name

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
    path = setting.path[name.count(".") + 1 :]
    changed = _Change(setting, known, found).declaration(known[name], path)
    declarations = [changed if d is known[name] else d for d in module.declarations]
    return replace(module, declarations=tuple(declarations))


class _Change:
    """One setting carried into an expression; names of plain values on its way are followed."""

    def __init__(
        self, setting: nodes.Setting, known: Mapping[str, _Bindable], found: Collector
    ) -> None:
        self._setting = setting
        self._known = known
        self._found = found

    def declaration(self, declaration: _Bindable, path: tuple[str, ...]) -> _Bindable:
        if isinstance(declaration, nodes.Axis):
            return replace(declaration, points=self._inside(declaration.points, path))
        return replace(declaration, value=self._inside(declaration.value, path))

    def _inside(
        self, expr: nodes.Expr, path: tuple[str, ...], followed: frozenset[str] = frozenset()
    ) -> nodes.Expr:
        """``expr`` with the argument or field at ``path`` replaced or added."""
        if not path:
            return self._setting.value
        match expr:
            case nodes.Call(operational=entries) if path[0] in nodes.OPERATIONAL:
                return replace(expr, operational=self._entries(entries, path))
            case nodes.Call(named=entries):
                return replace(expr, named=self._entries(entries, path))
            case nodes.Record(entries):
                return replace(expr, entries=self._entries(entries, path))
            case nodes.Name(name) if name not in followed and self._is_value(name):
                value = self._known[name]
                assert isinstance(value, nodes.Binding)  # noqa: S101 (see _is_value)
                return self._inside(value.value, path, followed | {name})
        full = self._setting.path
        self._found.add(
            names.SettingNeedsCall(
                span=self._setting.path_span,
                path=".".join(full),
                name=".".join(full[: len(full) - len(path)]),
            )
        )
        return expr

    def _is_value(self, name: str) -> bool:
        """Whether a name stands for a record (or for another name of one)."""
        declared = self._known.get(name)
        return isinstance(declared, nodes.Binding) and isinstance(
            declared.value, nodes.Record | nodes.Name
        )

    def _entries(
        self, entries: tuple[nodes.Entry, ...], path: tuple[str, ...]
    ) -> tuple[nodes.Entry, ...]:
        name, *rest = path
        old = next((entry for entry in entries if entry.name == name), None)
        inner = old.value if old else nodes.Record((), self._setting.span)
        value = self._inside(inner, tuple(rest))
        new = nodes.Entry(name, value, self._setting.path_span, overrides=True)
        if old is None:
            return (*entries, new)
        return tuple(new if entry is old else entry for entry in entries)
