"""Text that a command prints, or writes to the file of ``--out``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from w2sdl.cli.failures import Failure, environment_failures


def format_by_name(form: str | None, out: Path | None, endings: Mapping[str, str]) -> str:
    """The format that is asked for: by its own name, or by that of the file; text without either.

    Args:
        form: the format, if it is named.
        out: the file, if there is one.
        endings: what files of an ending hold.

    Raises:
        Failure: when the file is named after another format, or after one that is not known.
    """
    ending = endings.get(out.suffix.lower()) if out is not None else None
    if form and ending and form != ending:
        fitting = " or ".join(name for name, held in endings.items() if held == form)
        raise Failure(f"{out} would hold {form}", f"give it another ending: {fitting}")
    if out is not None and out.suffix and not (form or ending):
        fitting = f"end it in {', '.join(endings)}, or give --format"
        raise Failure(f"the name of {out} says no format", fitting)
    return form or ending or "text"


def print_or_write(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file and print its name."""
    if out is None:
        click.echo(text, nl=False)
        return
    if out.is_dir():
        raise Failure(f"--out {out} is a folder", "name the file to write")
    with environment_failures():
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8")
    click.echo(str(out))
