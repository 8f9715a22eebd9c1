"""How commands print what they found: JSON, columns, and whether in colour."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import click


def json_text(value: Any) -> str:
    """A value as indented JSON, which ends its last line."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(json_text(value), nl=False)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, with columns that are as wide as what is in them."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ("  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]


def has_color(stream: TextIO) -> bool:
    """Whether what goes there is seen in colour: on a terminal, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def use_color() -> bool:
    """On a terminal, or on git's pager, unless NO_COLOR is set."""
    paged = os.environ.get("GIT_PAGER_IN_USE") and not os.environ.get("NO_COLOR")
    return bool(paged) or has_color(sys.stdout)
