"""``w2sdl figures``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.options import debug_option, store_option
from w2sdl.cli.past import opened_run
from w2sdl.location import StoreChoice
from w2sdl.messages.suggest import nearest_names
from w2sdl.wording import first_of

if TYPE_CHECKING:
    from w2sdl_runtime.report.paper import NamedPlot

FORMATS = ("pdf", "svg", "png", "json")
#: Points in a unit of length.
_UNITS = {"in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "pt": 72 / 72.27}
_LEAST, _MOST = 72.0, 20 * 72.0


class _Length(click.ParamType):  # type: ignore[type-arg]
    """A length with its unit, as points of 1/72 inch."""

    name = "length"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(in|cm|mm|pt)\s*", str(value))
        if match is None:
            self.fail(f"`{value}` is no length: write 3.3in, 84mm, 8.4cm or 240pt", param, ctx)
        points = float(match[1]) * _UNITS[match[2]]
        if not _LEAST <= points <= _MOST:
            self.fail(f"`{value}` is not between 1in and 20in", param, ctx)
        return points


@click.command("figures")
@click.argument("run", default="last")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    required=True,
    help="The folder to write to, in place of files of the same names.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="pdf",
    help="What to write; json is Vega-Lite with its data, to be changed by hand.",
)
@click.option(
    "--width",
    type=_Length(),
    default="3.3in",
    metavar="LENGTH",
    help="As wide as a column (3.3in, 84mm) or as two of them (6.75in).",
)
@store_option
@debug_option
def command(
    *, run: str, names: tuple[str, ...], out: Path, form: str, width: float, store: StoreChoice,
    debug: bool,
) -> None:  # fmt: skip
    """Write the figures of RUN's report (an id, a word pair, or "last"), all or those of NAME.

    NAME is a figure's, or a measure's. Type is 8 points whatever the width, and titles are left to the
    paper's captions.
    """
    with environment_failures(debug):
        from w2sdl_runtime.report.paper import WRITERS, named_plots, of_figure, paper_spec
        from w2sdl_runtime.report.render import read_report
        from w2sdl_runtime.runs.table_files import replacing

        found, opened = opened_run(run, store)
        for one in _chosen(named_plots(read_report(found.folder, opened)), names, found.info.run):
            with of_figure(one.name):
                spec = paper_spec(one.plot, width)
            target = out / f"{_file_name(one.name)}.{form}"
            with replacing(target) as scratch:
                scratch.write_bytes(WRITERS[form](spec))
            click.echo(f"{target}: {_told(one)}")


def _chosen(plots: Sequence[NamedPlot], names: Sequence[str], run: str) -> list[NamedPlot]:
    if not plots:
        raise Failure(f"the report of run {run} has no figure", "`w2sdl results` has its numbers")
    known = list(dict.fromkeys([p.name for p in plots] + [m for p in plots for m in p.measures]))
    for name in names:
        if name not in known:
            near = nearest_names(name, known)
            every = f"it has {first_of([f'`{one}`' for one in known], 8)}"
            raise Failure(
                f"the report of run {run} has no figure `{name}`",
                f"did you mean `{near[0]}`?" if near else every,
            )
    return [p for p in plots if not names or p.name in names or set(p.measures) & set(names)]


def _file_name(name: str) -> str:
    """A name that every file system and LaTeX take; primes are spelled."""
    spelled = re.sub("['′]", "_prime", name)
    return re.sub(r"[^\w.-]+", "_", spelled)


def _told(one: NamedPlot) -> str:
    return " ".join(filter(None, [f"{one.plot.title}." if one.plot.title else "", one.plot.note]))
