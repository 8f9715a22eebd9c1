"""``--store`` and ``--cache``: where results are; loads nothing that compiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from w2sdl.cli.failures import input_failures
from w2sdl.location import StoreChoice, parse_location

R = TypeVar("R")


def store_option(function: Callable[..., R]) -> Callable[..., R]:
    """``--store`` and ``--cache``, as one `StoreChoice` called ``store``."""

    @wraps(function)
    def command(*request: Any, store: str | None, cache: Path | None, **options: Any) -> R:
        with input_failures():
            location = None if store is None else parse_location(store)
        return function(*request, store=StoreChoice(location, cache), **options)

    decorators = [
        click.option("--store", metavar="PLACE",
                     help="Where results are kept: a folder, or a URL such as s3://BUCKET/PREFIX."),
        click.option("--cache", type=click.Path(path_type=Path, file_okay=False),
                     help="For a store at a URL: the folder in front of it on this machine."),
    ]  # fmt: skip
    for decorate in reversed(decorators):
        command = decorate(command)
    return command
