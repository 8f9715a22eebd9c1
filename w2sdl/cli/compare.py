"""``w2sdl compare``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import (
    Failure,
    Request,
    environment_failures,
    error_format_option,
    load_settings,
)
from w2sdl.cli.compared_output import (
    ENDINGS,
    FORMATS,
    refuse_wrong_files,
    shown,
    shown_options,
    write_files,
)
from w2sdl.cli.diff_inputs import Place, Side, both_signatures, open_side
from w2sdl.cli.options import debug_option, module_option, store_option
from w2sdl.cli.output import use_color
from w2sdl.cli.written import format_by_name, print_or_write

if TYPE_CHECKING:
    from w2sdl.location import Location
    from w2sdl.signature import Signatures
    from w2sdl_runtime.comparing.arms import Aligned, Wanted
    from w2sdl_runtime.comparing.sources import Source


@dataclass(frozen=True)
class _Opened:
    """All sides, the first being what the others are compared with."""

    sides: list[Side]
    sources: list[Source]
    signatures: Signatures
    store: Location


@click.command("compare")
@click.argument("runs", nargs=-1, metavar="RUN...")
@click.option("--baseline", default="", metavar="NAME",
              help="What the others are compared with: a run, a point of --along or one of --of. "
                   "Without it, the spec's, or the first.")  # fmt: skip
@click.option("--of", "ofs", multiple=True, metavar="NAME",
              help="Only what is called so. Of one run: compare these with one another.")  # fmt: skip
@click.option(
    "--along", default="", metavar="AXIS", help="Of one run: compare the points of an axis."
)
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="Only this measure.")
@shown_options
@module_option
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to print it; without it as the name of --out ends, else as text.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Write to this file.")
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 2 when a difference is told apart from chance (Holm's p below 0.05).",
)
@error_format_option
@debug_option
def command(
    *, runs: tuple[str, ...], form: str | None, out: Path | None, flips: int | None, **options: Any
) -> int:
    """Compare what came out: row by row and seed by seed, with intervals, tests and flips.

    RUN is a run (an id, a word pair, "last"), a spec or SPEC@REV: then what the store has of it counts.
    The first is the reference. Of one run, arms are compared: --of and --along.
    """
    form = format_by_name(form, out, ENDINGS)
    names = _in_order(runs, options)
    _refuse_wrong_numbers(names, options)
    with environment_failures(options["debug"]):
        from w2sdl_runtime.comparing.several import compare_all

        refuse_wrong_files(options)
        opened = _open(names, options)
        compared = compare_all(_aligned(opened, options), options["per_seed"])
        print_or_write(shown(compared, form, flips, color=out is None and use_color()), out)
        write_files(compared, options)
    return 2 if options["exit_code"] and compared.differs else 0


def _refuse_wrong_numbers(runs: Sequence[str], options: dict[str, Any]) -> None:
    if not runs:
        raise Failure("no run is named", "w2sdl compare RUN RUN, or RUN with --of or --along")
    if len(runs) == 1 and not (options["ofs"] or options["along"]):
        raise Failure(
            f"{runs[0]} is compared with nothing",
            "name a second run, or compare arms of this one: --along AXIS, or --of X --of Y",
        )
    if len(runs) > 1 and options["along"]:
        raise Failure(
            f"--along compares arms of one run, and {len(runs)} are named",
            "leave --along out: arms of two runs are compared at every point",
        )


def _in_order(runs: tuple[str, ...], options: dict[str, Any]) -> list[str]:
    """The reference first."""
    first = options["baseline"] if len(runs) > 1 else ""
    return [first, *(run for run in runs if run != first)] if first else list(runs)


def _open(names: Sequence[str], options: dict[str, Any]) -> _Opened:
    from w2sdl.cli.compare_sides import check_names, source_of

    places = [Place.of(name) for name in names]
    signatures = both_signatures(places, options["modules"])
    store = load_settings(places[0].near, options["store"]).store
    sides = [open_side(place, _request(place, options), signatures, store) for place in places]
    sources = [
        source_of(side, place, store, signatures) for side, place in zip(sides, places, strict=True)
    ]
    check_names(sources, options["measures"], options["ofs"] if len(names) > 1 else ())
    return _Opened(sides, sources, signatures, store)


def _request(place: Place, options: dict[str, Any]) -> Request:
    more = (options["modules"], options["debug"], options["error_format"])
    return Request(place.near, (), (), *more)


def _aligned(opened: _Opened, options: dict[str, Any]) -> list[Aligned]:
    if len(opened.sides) > 1:
        return _between(opened, options)
    from w2sdl.cli.compare_sides import refuse_nothing
    from w2sdl_runtime.comparing.within import along, among

    source, baseline = opened.sources[0], options["baseline"]
    if options["along"]:
        found = along(source, options["along"], baseline, _wanted(options))
    else:
        found = among(source, options["ofs"], baseline, options["measures"])
    refuse_nothing(found[0])
    return found


def _between(opened: _Opened, options: dict[str, Any]) -> list[Aligned]:
    """Each of the others against the first, through the diff of their designs."""
    from w2sdl.cli.compare_sides import refuse_nothing
    from w2sdl.cli.diff_store import contents_of
    from w2sdl.diff.compare import told_apart
    from w2sdl.diff.compared import lay_side_by_side
    from w2sdl.diff.contents import ContentPair
    from w2sdl_runtime.comparing.aligning import align

    (reference, *others), (first, *rest) = opened.sides, opened.sources
    found = []
    for number, (side, source) in enumerate(zip(others, rest, strict=True)):
        contents = ContentPair(contents_of((reference, side), opened.store))
        compared = lay_side_by_side(reference.graph, side.graph, opened.signatures, contents)
        design = told_apart(compared, (first.name, source.name))
        found.append(align(first, source, compared, design, _wanted(options), _letter(number)))
        refuse_nothing(found[-1])
    return found


def _wanted(options: dict[str, Any]) -> Wanted:
    from w2sdl_runtime.comparing.arms import Wanted

    return Wanted(options["measures"], options["ofs"])


def _letter(number: int) -> str:
    """b, c, ... z, b26, ...: how tables call the sides after the first."""
    return chr(ord("b") + number) if number < 25 else f"b{number + 1}"
