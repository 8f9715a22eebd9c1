"""Imports and sub-graphs away: a module whose declarations stand in one flat list of names.

`one = hop(M0', M1, pool)` becomes bindings `one.y`, `one.next` for what the body binds, with the inputs
put in where they are names; an input that is computed is a binding too (`one.pool`). What a library
declares is called `burns.recipe`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from w2sdl.checking.duplicates import refuse_duplicates
from w2sdl.checking.libraries import Libraries
from w2sdl.checking.names import FileNames, Instance, Rewriter, is_plain
from w2sdl.errors import modules as errors
from w2sdl.errors import names as name_errors
from w2sdl.messages.diagnostics import Collector, Label
from w2sdl.messages.suggest import nearest_names
from w2sdl.syntax import nodes

MAX_DECLARATIONS = 20_000
_Named = nodes.Axis | nodes.Binding | nodes.Measure


def elaborate(module: nodes.Module, libraries: Libraries, found: Collector) -> nodes.Module:
    """The module with its libraries' declarations and its sub-graphs' bodies written out."""
    elaboration = _Elaboration(libraries, found)
    file = elaboration.open(module, "", ())
    declarations = tuple(elaboration.declarations(module, file))
    return replace(module, declarations=declarations, broken=frozenset(elaboration.broken))


class _TooMany(Exception):
    pass


class _Elaboration:
    def __init__(self, libraries: Libraries, found: Collector) -> None:
        self.libraries = libraries
        self.found = found
        self.broken: set[str] = set()
        self.count = 0
        self._files: list[tuple[nodes.Module, FileNames]] = []

    # -- names ---------------------------------------------------------------------------------------

    def open(self, module: nodes.Module, prefix: str, stack: tuple[str, ...]) -> FileNames:
        """What a file's names stand for; opens the libraries that it imports."""
        refuse_duplicates(module, self.found)
        file = FileNames(prefix, broken=self.broken)
        self.broken |= {prefix + name for name in module.broken}
        for declaration in module.declarations:
            match declaration:
                case nodes.Axis() | nodes.Binding() | nodes.Measure():
                    file.own.add(declaration.name)
                case nodes.Definition():
                    self._define(declaration, file)
                case nodes.Import():
                    self._import(declaration, module, file, stack)
        for declaration in module.declarations:
            if isinstance(declaration, nodes.Binding):
                called = self._definition(declaration.value, file)
                if called is not None:
                    definition, _ = called
                    file.instances[declaration.name] = Instance(definition.outputs)
        return file

    def _define(self, definition: nodes.Definition, file: FileNames) -> None:
        if definition.name in file.definitions:
            self.found.add(
                name_errors.DuplicateName(span=definition.name_span, name=definition.name)
            )
            return
        file.definitions[definition.name] = definition
        bound = {binding.name for binding in definition.body}
        for output in definition.outputs:
            if output not in bound:
                near = nearest_names(output, bound)
                self.found.add(
                    errors.UnboundOutput(
                        span=definition.name_span, name=definition.name, output=output, near=near
                    )
                )

    def _import(
        self, line: nodes.Import, module: nodes.Module, file: FileNames, stack: tuple[str, ...]
    ) -> None:
        opened = self.libraries.open(line, module.source, stack, self.found)
        if opened is None:
            self.broken.add(line.name)
            return
        path, library = opened
        self._refuse_measures(library)
        names = self.open(library, f"{file.prefix}{line.name}.", (*stack, path))
        file.libraries[line.name] = names
        self._files.append((library, names))

    def _refuse_measures(self, library: nodes.Module) -> None:
        words = {
            nodes.Experiment: "an experiment line",
            nodes.Measure: "a measure",
            nodes.Expect: "an expectation",
            nodes.Baseline: "a baseline",
            nodes.Profile: "a profile",
        }
        for declaration in library.declarations:
            word = words.get(type(declaration))
            if word is not None:
                self.found.add(
                    errors.NotInLibrary(
                        span=declaration.span, what=word, library=library.source.name
                    )
                )

    def _definition(
        self, expr: nodes.Expr, file: FileNames
    ) -> tuple[nodes.Definition, FileNames] | None:
        """The definition that a call names, with the file it stands in."""
        if not isinstance(expr, nodes.Call):
            return None
        match expr.callee:
            case nodes.Name(name) if name in file.definitions:
                return file.definitions[name], file
            case nodes.Field(nodes.Name(alias), name) if alias in file.libraries:
                library = file.libraries[alias]
                if name in library.definitions:
                    return library.definitions[name], library
        return None

    # -- declarations ----------------------------------------------------------------------------------

    def declarations(self, module: nodes.Module, file: FileNames) -> Iterator[nodes.Declaration]:
        """Everything in one list: the libraries' declarations first."""
        try:
            everything: list[nodes.Declaration] = []
            for library, names in self._files:
                everything += [d for d in self._rewritten(library, names) if isinstance(d, _Named)]
            everything += list(self._rewritten(module, file))
        except _TooMany:
            kept = [
                d for d in module.declarations if isinstance(d, nodes.Experiment | nodes.Profile)
            ]
            span = next((d.span for d in kept if isinstance(d, nodes.Experiment)), None)
            self.broken |= file.own
            self.found.add(errors.TooManyDeclarations(span=span, limit=MAX_DECLARATIONS))
            self.broken |= {d.name for d in module.declarations if isinstance(d, _Named)}
            return iter(kept)
        return iter(everything)

    def _rewritten(self, module: nodes.Module, file: FileNames) -> Iterator[nodes.Declaration]:
        rewriter = Rewriter(file, self.found)
        for declaration in module.declarations:
            match declaration:
                case nodes.Binding():
                    yield from self._binding(declaration, file, rewriter, file.prefix, ())
                case nodes.Import() | nodes.Definition():
                    pass
                case _:
                    yield rewriter.declaration(declaration)

    def _binding(
        self,
        binding: nodes.Binding,
        file: FileNames,
        rewriter: Rewriter,
        prefix: str,
        open_: tuple[nodes.Definition, ...],
    ) -> Iterator[nodes.Binding]:
        self.count += 1
        if self.count > MAX_DECLARATIONS:
            raise _TooMany
        called = self._definition(binding.value, file)
        name = prefix + binding.name
        if called is None:
            value = rewriter.expression(binding.value)
            yield replace(binding, name=name, value=value)
        else:
            assert isinstance(binding.value, nodes.Call)  # noqa: S101 (a definition is named by a call)
            yield from self._call(binding, binding.value, called, (rewriter, name, open_))

    def _call(
        self,
        binding: nodes.Binding,
        call: nodes.Call,
        called: tuple[nodes.Definition, FileNames],
        where: tuple[Rewriter, str, tuple[nodes.Definition, ...]],
    ) -> Iterator[nodes.Binding]:
        """A sub-graph written out: its arguments, then its body, under the name of the binding."""
        definition, home = called
        rewriter, name, open_ = where
        if definition in open_:
            path = " → ".join(d.name for d in (*open_[open_.index(definition) :], definition))
            self.found.add(
                name_errors.CyclicDefinition(
                    span=definition.name_span, name=definition.name, path=path
                )
            )
            return
        given = {
            parameter: rewriter.expression(expr)
            for parameter, expr in self._arguments(call, definition).items()
        }
        for parameter, expr in given.items():
            if not is_plain(expr):
                full = f"{name}.{parameter}"
                yield nodes.Binding(full, expr, "", (), expr.span, expr.span, called=call.span)
        self.broken |= {f"{name}.{missing}" for missing in set(definition.inputs) - set(given)}
        plain = {parameter: expr for parameter, expr in given.items() if is_plain(expr)}
        file = self._inner_names(definition, home, name, plain)
        yield from self._body(binding, definition, file, name, (*open_, definition))

    def _inner_names(
        self,
        definition: nodes.Definition,
        home: FileNames,
        name: str,
        given: Mapping[str, nodes.Expr],
    ) -> FileNames:
        """What names stand for inside a sub-graph."""
        bound = {inner.name for inner in definition.body}
        local = {n: f"{name}.{n}" for n in (*definition.inputs, *bound)}
        put_in = {n: expr for n, expr in given.items() if n not in bound}
        instances = {n: one for n, one in home.instances.items() if n not in local}
        file = replace(home, local=local, given=put_in, instances=instances)
        for inner in definition.body:
            called = self._definition(inner.value, file)
            if called is not None:
                file.instances[inner.name] = Instance(called[0].outputs)
        return file

    def _body(
        self,
        binding: nodes.Binding,
        definition: nodes.Definition,
        file: FileNames,
        name: str,
        open_: tuple[nodes.Definition, ...],
    ) -> Iterator[nodes.Binding]:
        rewriter = Rewriter(file, self.found)
        for inner in definition.body:
            placed = replace(
                inner, waivers=(*inner.waivers, *binding.waivers), called=binding.value.span
            )
            yield from self._binding(placed, file, rewriter, f"{name}.", open_)

    def _arguments(self, call: nodes.Call, definition: nodes.Definition) -> dict[str, nodes.Expr]:
        """What a sub-graph is called with, by the names of its inputs."""
        shown = f"{definition.name}({', '.join(definition.inputs)})"
        related = (Label(definition.name_span, "defined here"),)
        given: dict[str, nodes.Expr] = {}
        for number, expr in enumerate(call.positional):
            if number < len(definition.inputs):
                given[definition.inputs[number]] = expr
                continue
            self.found.add(
                errors.TooManyInputs(
                    span=expr.span, name=definition.name, signature=shown, related=related
                )
            )
        for entry in call.entries:
            if entry.name not in definition.inputs:
                near = nearest_names(entry.name, definition.inputs)
                self.found.add(
                    errors.UnknownInput(
                        span=entry.name_span, name=definition.name, input=entry.name,
                        signature=shown, near=near, related=related,
                    )
                )  # fmt: skip
            elif entry.name in given:
                self.found.add(name_errors.DuplicateLabel(span=entry.name_span, name=entry.name))
            else:
                given[entry.name] = entry.value
        missing = [name for name in definition.inputs if name not in given]
        if missing and len(call.entries) + len(call.positional) <= len(given):  # none is misspelled
            self.found.add(
                errors.MissingInputs(
                    span=call.callee.span, name=definition.name, signature=shown,
                    missing=", ".join(f"`{name}`" for name in missing), related=related,
                )
            )  # fmt: skip
        return given
