"""Which files the spec of a command line may name; apart from `common`, which knows no runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from w2sdl.cli.common import Loaded

if TYPE_CHECKING:
    from w2sdl_runtime.confinement import Confinement


def confinement_of(loaded: Loaded) -> Confinement:
    """The spec's project, what ``w2sdl.toml`` allows besides, and paths given by ``--set``."""
    from w2sdl_runtime.confinement import Confinement

    found = loaded.settings
    return Confinement.of(loaded.base, found.root, found.paths, loaded.overrides)
