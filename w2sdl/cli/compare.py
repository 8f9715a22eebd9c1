"""``w2sdl compare``."""

from __future__ import annotations

import click


@click.command("compare")
def command() -> int:
    """Compare results."""
    return 0
