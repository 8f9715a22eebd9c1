"""One object per compilation, one cached property per stage; asking for a late one pulls the earlier.

text → (parse) Module → (elaborate, overrides) Module → (check) Program → (expand) Graph
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from w2sdl.answers import check_answers
from w2sdl.checking.check import check_module
from w2sdl.checking.duplicates import warn_of_shadowed
from w2sdl.checking.elaborate import elaborate
from w2sdl.checking.libraries import Libraries, Load
from w2sdl.checking.overrides import apply_overrides, with_settings
from w2sdl.checking.run_defaults import NO_DEFAULTS, RunDefaults
from w2sdl.collection import without_collection
from w2sdl.expand import Expansion, expand_program
from w2sdl.graph import Graph
from w2sdl.messages.diagnostics import Collector, Diagnostic, has_errors
from w2sdl.program import Program
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl.syntax.nodes import Module
from w2sdl.syntax.parse import parse_module
from w2sdl.validity.analyse import judge_validity

Parse = Callable[[Source], tuple[Module, tuple[Diagnostic, ...]]]


class Compilation:
    """A spec on its way to a graph. Pure: only ``load`` reads anything outside.

    Args:
        source: the spec.
        signatures: the operations and variants that it may use.
        profiles: names of profiles to apply, in order.
        settings: ``path=value`` texts to apply after them.
        folder: where relative paths in ``settings`` start.
        load: reads an imported file by its path below the spec's folder.
        parse: parses ``source``; an editor's remembers the declarations of the text before.
        defaults: how nodes are run where the spec does not say it.
    """

    def __init__(
        self,
        source: Source,
        signatures: Signatures,
        profiles: Sequence[str] = (),
        settings: Sequence[str] = (),
        folder: str = "",
        *,
        load: Load | None = None,
        parse: Parse = parse_module,
        defaults: RunDefaults = NO_DEFAULTS,
    ) -> None:
        self.source = source
        self.signatures = signatures
        self.profiles = tuple(profiles)
        self.settings = tuple(settings)
        self.folder = folder
        self.libraries = Libraries(load)
        self.defaults = defaults
        self._parse = parse
        self._found = Collector()

    @cached_property
    def parsed(self) -> Module:
        """The file as written."""
        module, problems = self._parse(self.source)
        self._found.extend(problems)
        self._is_readable = not has_errors(problems)
        return module

    @property
    def is_readable(self) -> bool:
        """Whether every declaration could be read; what they mean is another question."""
        _ = self.parsed
        return self._is_readable

    @cached_property
    def module(self) -> Module:
        """Imports and sub-graphs written out, profiles and settings applied."""
        module = with_settings(self.parsed, self.settings, self._found, self.folder)
        warn_of_shadowed(module, self.signatures, self._found)
        module = elaborate(module, self.libraries, self._found)
        return apply_overrides(module, self.profiles, self._found)

    @cached_property
    def program(self) -> Program:
        """The checked program. With errors it holds what could be understood."""
        return check_module(self.module, self.signatures, self._found)

    @cached_property
    def expansion(self) -> Expansion | None:
        """All nodes, with where they stand; None where the program has errors."""
        program = self.program
        if has_errors(self._found.all()):
            return None
        with without_collection():
            read = self.libraries.text
            return expand_program(program, self.signatures, self._found, self.defaults, read)

    @cached_property
    def graph(self) -> Graph | None:
        """The graph of a valid design, or None where the spec has errors."""
        expansion = self.expansion
        if expansion is None or has_errors(self._found.all()):
            return None
        graph = expansion.graph
        check_answers(graph, expansion.places, self.signatures, self._found)
        with without_collection():
            verdict = judge_validity(
                self.program, graph, expansion.places, self.signatures, self._found
            )
        if has_errors(self._found.all()):
            return None
        return replace(graph, validity=verdict)

    @property
    def checked(self) -> tuple[Diagnostic, ...]:
        """The messages of the stages up to the program, for an editor that can't wait for the graph."""
        _ = self.program
        return self._found.all()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All messages of all stages, in source order."""
        _ = self.graph
        return self._found.all()

    @property
    def is_valid(self) -> bool:
        return not has_errors(self.diagnostics)
