"""How commands show compared results, and the files that they write of them."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.failures import Failure
from w2sdl.cli.options import in_order
from w2sdl.cli.output import json_text
from w2sdl.diff.changes import PairedResult

if TYPE_CHECKING:
    from markupsafe import Markup

    from w2sdl_runtime.comparing.several import ComparedResults

FORMATS = ("text", "md", "json", "html")
#: What files of these endings hold.
ENDINGS = {".txt": "text", ".md": "md", ".json": "json", ".html": "html", ".htm": "html"}


def shown_options(function: Any) -> Any:
    """Which rows are shown, and where else they and the picture go; `diff --results` has them too."""
    return in_order(
        function,
        click.option("--flips", type=click.IntRange(min=0), metavar="N",
                     help="Show N rows of each comparison that one has right and the other wrong "
                          "(text 0, md 3, html 10; JSON holds all)."),
        click.option("--per-seed", is_flag=True,
                     help="Flips of each seed by itself, not of the majority of seeds."),
        click.option("--flips-out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="Write all flips to a .csv, .jsonl or .parquet file."),
        click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="Write the forest plot to a .pdf, .svg, .png or .json (Vega-Lite) file."),
    )  # fmt: skip


def shown(
    found: ComparedResults, form: str, flips: int | None, color: bool = False, headed: bool = True
) -> str:
    """Compared results in one of the formats."""
    match form:
        case "md":
            from w2sdl_runtime.comparing.as_markdown import as_markdown

            return as_markdown(found, 3 if flips is None else flips)
        case "json":
            return json_text(json_of(found, flips))
        case "html":
            from w2sdl_runtime.comparing.as_html import as_html

            return as_html(found, 10 if flips is None else flips)
        case _:
            from w2sdl_runtime.comparing.as_text import as_text

            width = get_terminal_size((120, 24)).columns
            return as_text(found, width, color, flips or 0, headed)


def refuse_wrong_files(options: dict[str, Any]) -> None:
    """Refuse names of files that can't be written, before anything is compared.

    Raises:
        Failure: with the names that can.
    """
    from w2sdl_runtime.comparing.files import FORMS as TABLES
    from w2sdl_runtime.comparing.plot import FORMS as PICTURES

    wanted = (("flips", options["flips_out"], TABLES), ("a plot", options["plot"], PICTURES))
    for what, target, forms in wanted:
        if target is not None and target.suffix not in forms:
            ends = f"end the name in {', '.join(forms)}"
            raise Failure(f"{what} can't be written as `{target.name}`", ends)


def write_files(found: ComparedResults, options: dict[str, Any]) -> None:
    """The files that were asked for beside what is printed: flips, and the picture."""
    if target := options["flips_out"]:
        from w2sdl_runtime.comparing.files import write_flips

        click.echo(f"{write_flips(found, target):,} flips: {target}", err=True)
    if target := options["plot"]:
        from w2sdl_runtime.comparing.plot import write_plot

        write_plot(found, target)
        click.echo(f"forest plot: {target}", err=True)


def json_of(found: ComparedResults, flips: int | None) -> dict[str, Any]:
    """Compared results as JSON: all flips, or so many of each comparison."""
    from w2sdl_runtime.comparing.as_json import as_json

    return as_json(found, flips)


def part_of(found: ComparedResults, flips: int | None) -> Markup:
    """Compared results as a part of a page."""
    from w2sdl_runtime.comparing.as_html import as_part

    return as_part(found, 10 if flips is None else flips)


def paired_results(found: ComparedResults) -> tuple[PairedResult, ...]:
    """The differences in the form that a comparison of designs holds."""
    return tuple(
        PairedResult(
            measure=one.measure,
            of=one.of,
            point=dict(one.point),
            a=one.a,
            b=one.b,
            difference=one.delta.value if one.delta else None,
            lower=one.delta.lower if one.delta else None,
            upper=one.delta.upper if one.delta else None,
            p=one.test.p if one.test else None,
            p_holm=one.adjusted,
            rows=one.rows.shared,
            seeds=len({seed.seed for seed in one.seeds}),
            verdict=one.verdict,
            notes=one.notes,
        )
        for one in found.differences
    )
