"""Comparing designs by meaning: `compare` two graphs, and read what it says.

index -> match, axes, pairs -> local, bindings, measure_changes, axis_changes, claims -> verdict.
"""

from __future__ import annotations

from w2sdl.diff.changes import Change, ChangeClass, Comparison, Form, Verdict
from w2sdl.diff.compare import compare

__all__ = ["Change", "ChangeClass", "Comparison", "Form", "Verdict", "compare"]
