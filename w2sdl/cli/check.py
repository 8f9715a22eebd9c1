"""``w2sdl check``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from w2sdl.cli.common import (
    Failure,
    Request,
    error_format_option,
    load_spec,
    print_diagnostics,
)
from w2sdl.cli.options import debug_option, design_options
from w2sdl.graph import Graph
from w2sdl.messages.diagnostics import Diagnostic, Level, has_errors
from w2sdl.messages.formats import Checked, render_checked
from w2sdl.messages.lints import (
    PEDANTIC,
    LintChoiceError,
    LintLevel,
    LintLevels,
    apply,
    lint_levels,
)
from w2sdl.wording import how_many

_ORDER = "w2sdl.order_of_options"


class _InOrder(click.Command):
    """Remembers in which order options were given: of two that name one lint, the later wins."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One spec after checking: what is said of it, and whether it passes."""

    checked: Checked
    failure: Failure | None = None
    graph: Graph | None = field(default=None)

    @property
    def failed(self) -> bool:
        return self.failure is not None or has_errors(self.checked.diagnostics)


@click.command("check", cls=_InOrder)
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@design_options
@click.option("--pedantic", is_flag=True, help="Warn of designs that are legal but say little.")
@click.option("-W", "--warn", multiple=True, metavar="LINT", help="Warn of a lint.")
@click.option("-D", "--deny", multiple=True, metavar="LINT", help="Make a lint an error.")
@click.option("-A", "--allow", multiple=True, metavar="LINT", help="Say nothing of a lint.")
@error_format_option
@debug_option
def command(
    *,
    specs: tuple[Path, ...],
    profiles: tuple[str, ...],
    settings: tuple[str, ...],
    modules: tuple[str, ...],
    error_format: str,
    debug: bool,
    **choices: Any,
) -> None:
    """Say what is wrong with SPECS, all of it at once; run nothing.

    Of --pedantic, -W, -D and -A, later ones win; `w2sdl explain` lists the lints. Messages go to standard
    error, those of the other formats to standard output, with nothing else.

    Exits with 1 if there are errors. Loads neither torch nor ray.
    """
    levels = _levels(click.get_current_context().meta[_ORDER], choices)
    outcomes = []
    for spec in specs:
        outcome = _check(Request(spec, profiles, settings, modules, debug), levels)
        outcomes.append(outcome)
        if error_format == "human":
            _show(outcome)
    if error_format != "human":
        click.echo(render_checked(error_format, [o.checked for o in outcomes]), nl=False)
    if any(outcome.failed for outcome in outcomes):
        raise click.exceptions.Exit(1)


def _levels(order: list[str | None], choices: dict[str, Any]) -> LintLevels:
    """The lint options, in the order in which they were given."""
    waiting = {name: iter(given) for name, given in choices.items() if name != PEDANTIC}
    chosen = []
    for name in order:
        if name == PEDANTIC:
            chosen.append((LintLevel.WARN, PEDANTIC))
        elif name in waiting:
            chosen.append((LintLevel(name), next(waiting[name])))
    try:
        return lint_levels(chosen)
    except LintChoiceError as problem:
        raise Failure(str(problem), problem.help) from problem


def _check(request: Request, levels: LintLevels) -> _Outcome:
    name = str(request.spec)
    try:
        compilation = load_spec(request).compilation
    except Failure as problem:
        return _Outcome(Checked(name, failure=problem.message, help=problem.help), problem)
    found: tuple[Diagnostic, ...] = compilation.diagnostics
    graph = compilation.graph
    if graph is not None and levels.ask_pedantic:
        from w2sdl.checking.pedantic import pedantic

        found = (*found, *pedantic(compilation.program, compilation.signatures))
    shown = apply(levels, found)
    return _Outcome(Checked(name, shown, len(graph.nodes) if graph else None), graph=graph)


def _show(outcome: _Outcome) -> None:
    """Messages and a last line about one spec, for people."""
    if outcome.failure is not None:
        outcome.failure.show()
        return
    print_diagnostics(outcome.checked.diagnostics)
    counts = Counter(diagnostic.level for diagnostic in outcome.checked.diagnostics)
    found = ", ".join(
        how_many(counts[level], level) for level in (Level.ERROR, Level.WARNING) if counts[level]
    )
    if outcome.failed or outcome.graph is None:
        click.echo(f"{outcome.checked.spec}: {found}", err=True)
        return
    axes = ", ".join(f"{axis.name} × {len(axis.points)}" for axis in outcome.graph.axes)
    size = f"{len(outcome.graph.nodes)} nodes" + (f" ({axes})" if axes else "")
    click.echo(", ".join(filter(None, [f"{outcome.checked.spec}: ok", size, found])))
