"""Text that a command prints, or writes to the file of ``--out``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.cli.failures import Failure, environment_failures


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
