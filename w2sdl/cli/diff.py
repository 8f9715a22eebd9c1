"""``w2sdl diff``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    json_of,
    paired_results,
    part_of,
    refuse_wrong_files,
    shown,
    shown_options,
    write_files,
)
from w2sdl.cli.diff_inputs import Place, Side, both_signatures, open_side
from w2sdl.cli.diff_store import contents_of, reuse_of
from w2sdl.cli.options import debug_option, module_option, store_option
from w2sdl.cli.output import json_text, use_color
from w2sdl.cli.written import format_by_name, print_or_write
from w2sdl.diff import Comparison
from w2sdl.diff.compare import told_apart
from w2sdl.diff.compared import Compared, lay_side_by_side
from w2sdl.diff.contents import ContentPair
from w2sdl.location import Location
from w2sdl.signature import Signatures

if TYPE_CHECKING:
    from w2sdl_runtime.comparing.several import ComparedResults

_FORMATS = ("text", "md", "json", "html")


def _each_side(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--a-profile``, ``--a-set``, ``--b-profile``, ``--b-set``."""
    for side in ("b", "a"):
        more = f"for {side.upper()} only."
        for word, name, metavar in (
            ("set", "settings", "PATH=VALUE"),
            ("profile", "profiles", "NAME[,NAME]"),
        ):
            option = click.option(
                f"--{side}-{word}",
                f"{side}_{name}",
                multiple=True,
                metavar=metavar,
                help=f"Like --{word}, {more}",
            )
            function = option(function)
    return function


@click.command("diff")
@click.argument("designs", nargs=-1, metavar="A [B]")
@click.option(
    "--profile",
    "-p",
    "profiles",
    multiple=True,
    metavar="NAME[,NAME]",
    help="Apply a profile on both sides; later ones win.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a value or an argument on both sides.",
)
@_each_side
@module_option
@store_option
@click.option(
    "--results",
    is_flag=True,
    help="Compare what came out, too: of runs, and of specs as far as the store has it.",
)
@shown_options
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="How to print it; without it as the name of --out ends, else as text.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Write to this file.")
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 2 when they differ in meaning (more than in names and in how they run).",
)
@click.option("--git", "by_git", is_flag=True, help="Be git's diff driver: see docs/git_diff.md.")
@error_format_option
@debug_option
def command(
    *, designs: tuple[str, ...], by_git: bool, form: str | None, out: Path | None, **options: Any
) -> int:
    """Compare two designs by meaning: what changed, what it means, and what would run again.

    A and B are specs, specs at a git revision (SPEC@REV) or runs (an id, a word pair, "last"). With A
    alone, B is the same spec under --b-profile or --b-set.
    """
    if by_git:
        from w2sdl.cli.diff_git import drive

        return drive(designs, options["modules"])
    form = format_by_name(form, out, ENDINGS)
    _refuse_without_results(options)
    sides = _sides(designs, options)
    with environment_failures(options["debug"]):
        compared = _laid(sides)
        comparison = _compare(sides, compared)
        results = _results(sides, compared, comparison, options) if options["results"] else None
        if results is not None:
            comparison = replace(comparison, results=paired_results(results))
        color = out is None and use_color()
        text = rendered(comparison, form, color, results, options["flips"])
    print_or_write(text, out)
    if results is not None:
        with environment_failures(options["debug"]):
            write_files(results, options)
    return 2 if options["exit_code"] and comparison.differs else 0


def _refuse_without_results(options: dict[str, Any]) -> None:
    if options["results"]:
        return refuse_wrong_files(options)
    given = {"--flips": options["flips"] is not None, "--per-seed": options["per_seed"]}
    given |= {"--flips-out": options["flips_out"], "--plot": options["plot"]}
    if names := [name for name, value in given.items() if value]:
        raise Failure(f"{names[0]} is of results, and designs are compared", "add --results")


@dataclass(frozen=True)
class _Sides:
    """Both designs, opened."""

    places: tuple[Place, Place]
    one: Side
    two: Side
    signatures: Signatures
    store: Location


def _sides(designs: tuple[str, ...], options: dict[str, Any]) -> _Sides:
    first, second = _two(designs, options)
    places = Place.of(first), Place.of(second)
    signatures = both_signatures(places, options["modules"])
    store = load_settings(places[1].near, options["store"]).store
    one, two = (
        open_side(place, _request(place, side, options), signatures, store)
        for place, side in zip(places, ("a", "b"), strict=True)
    )
    return _Sides(places, one, two, signatures, store)


def _laid(sides: _Sides) -> Compared:
    contents = ContentPair(contents_of((sides.one, sides.two), sides.store))
    return lay_side_by_side(sides.one.graph, sides.two.graph, sides.signatures, contents)


def _compare(sides: _Sides, compared: Compared) -> Comparison:
    names = (sides.one.name, sides.two.name)
    comparison = told_apart(compared, names, _texts(sides.one, sides.two))
    return replace(comparison, reuse=reuse_of(sides.two, sides.store))


def _results(
    sides: _Sides, compared: Compared, comparison: Comparison, options: dict[str, Any]
) -> ComparedResults:
    """What came out of both, as far as it is there."""
    from w2sdl.cli.compare_sides import source_of
    from w2sdl_runtime.comparing.aligning import align
    from w2sdl_runtime.comparing.several import compare_all

    a = source_of(sides.one, sides.places[0], sides.store, sides.signatures)
    b = source_of(sides.two, sides.places[1], sides.store, sides.signatures)
    return compare_all([align(a, b, compared, comparison)], options["per_seed"])


def _texts(one: Side, two: Side) -> tuple[str, str] | None:
    return (one.text, two.text) if one.run is None and two.run is None else None


def _two(designs: tuple[str, ...], options: dict[str, Any]) -> tuple[str, str]:
    if len(designs) == 2:
        return designs[0], designs[1]
    sided = any(options[f"{s}_{w}"] for s in "ab" for w in ("profiles", "settings"))
    if len(designs) == 1 and sided:
        return designs[0], designs[0]
    if len(designs) == 1:
        raise Failure(
            f"{designs[0]} is compared with nothing",
            "name a second design, or change it with --b-profile or --b-set",
        )
    raise Failure(
        f"diff compares two designs, and {len(designs) or 'none'} were named",
        "w2sdl diff A B, where each is SPEC, SPEC@REV or a run",
    )


def _request(place: Place, side: str, options: dict[str, Any]) -> Request:
    return Request(
        place.near,
        (*options["profiles"], *options[f"{side}_profiles"]),
        (*options["settings"], *options[f"{side}_settings"]),
        options["modules"],
        options["debug"],
        options["error_format"],
    )


def rendered(
    comparison: Comparison,
    form: str,
    color: bool = False,
    results: ComparedResults | None = None,
    flips: int | None = None,
) -> str:
    """A comparison in one of the formats, with what came out where that was asked for."""
    match form:
        case "md":
            from w2sdl.diff.as_markdown import as_markdown

            more = "" if results is None else f"\n#### Results\n\n{shown(results, form, flips)}"
            return as_markdown(comparison) + more
        case "json":
            from w2sdl.diff.as_json import as_json

            whole = None if results is None else json_of(results, flips)
            return json_text({**as_json(comparison), "compared": whole})
        case "html":
            from w2sdl.diff.as_html import as_html

            return as_html(comparison, "" if results is None else part_of(results, flips))
        case _:
            from w2sdl.diff.as_text import as_text

            more = (
                ""
                if results is None
                else f"\nresults\n{shown(results, form, flips, color, headed=False)}"
            )
            return as_text(comparison, color) + more
