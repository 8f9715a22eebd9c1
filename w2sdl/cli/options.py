"""Options that several commands have, each said once; loads nothing that compiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from w2sdl.cli.failures import input_failures
from w2sdl.location import StoreChoice, parse_location

R = TypeVar("R")
Decorator = Callable[[Callable[..., R]], Callable[..., R]]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
debug_option = click.option("--debug", is_flag=True, help="Show tracebacks.")
module_option = click.option("--module", "modules", multiple=True, metavar="PYTHON_MODULE",
                             help="Load operations of your own from a module.")  # fmt: skip


def in_order(function: Callable[..., R], *options: Decorator[R]) -> Callable[..., R]:
    """A command with these options, listed in this order."""
    for option in reversed(options):
        function = option(function)
    return function


def design_options(function: Callable[..., R]) -> Callable[..., R]:
    """What changes the meaning of a spec: ``--profile``, ``--set`` and ``--module``."""
    return in_order(
        function,
        click.option("--profile", "-p", "profiles", multiple=True, metavar="NAME[,NAME]",
                     help="Apply a profile of the spec; later ones win."),
        click.option("--set", "settings", multiple=True, metavar="PATH=VALUE",
                     help="Set a value or an argument, e.g. --set S'.train.epochs=3."),
        module_option,
    )  # fmt: skip


def store_option(function: Callable[..., R]) -> Callable[..., R]:
    """``--store`` and ``--cache``, as one `StoreChoice` called ``store``."""

    @wraps(function)
    def command(*request: Any, store: str | None, cache: Path | None, **options: Any) -> R:
        with input_failures():
            location = None if store is None else parse_location(store)
        return function(*request, store=StoreChoice(location, cache), **options)

    return in_order(
        command,
        click.option("--store", metavar="PLACE",
                     help="Where results are kept: a folder, or a URL such as s3://BUCKET/PREFIX."),
        click.option("--cache", type=click.Path(path_type=Path, file_okay=False),
                     help="For a store at a URL: the folder in front of it on this machine."),
    )  # fmt: skip
