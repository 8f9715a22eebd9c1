"""Compiles with the built-in operations and those that are marked as a user's own may be."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import own_marked_ops

from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures, read_signatures


@cache
def signatures() -> Signatures:
    return Signatures.join([load_signatures(), read_signatures([own_marked_ops])])


def compiled(text: str) -> Compilation:
    return Compilation(Source("marks.w2s", text), signatures())
