"""Mistakes of the user's or of the environment, as one message; loads nothing that compiles."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from w2sdl.input_error import InputError

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Failure(click.ClickException):
    """A mistake of the user's or of the environment, already put into words."""

    def __init__(self, message: str, help: str = "", code: str = "") -> None:
        super().__init__(message)
        self.help = help
        self.code = code

    def show(self, file: Any = None) -> None:
        code = f"[{self.code}]" if self.code else ""
        click.echo(f"error{code}: {self.message}", err=True)
        if self.help:
            click.echo(f"  help: {self.help}", err=True)


@contextmanager
def input_failures(debug: bool = False) -> Iterator[None]:
    """Show a mistake outside the spec (a missing file, a module, a setting) as one message."""
    try:
        yield
    except InputError as problem:
        if debug:
            raise
        raise Failure(problem.message, problem.help, problem.code) from problem


@contextmanager
def environment_failures(debug: bool = False) -> Iterator[None]:
    """Turn what the environment lacks (a file, a package, disk space, a cluster) into one message."""
    try:
        with input_failures(debug):
            yield
    except BrokenPipeError:
        raise  # the reader went away: no place was wrong
    except OSError as problem:
        if debug or problem.strerror is None:
            raise
        where = f"{problem.filename}: " if problem.filename else ""
        place = "is it the place that was meant? (--store and --out say where results go)"
        full = "free some space where results go (--store, --out); what is stored stays"
        raise Failure(
            f"{where}{problem.strerror.lower()}", full if problem.errno in _FULL else place
        ) from problem
