"""Which rows are wrong, and how many, as controls and tables of errors need it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.classes import THRESHOLD
from w2sdl_runtime.measuring.resampling import Numbers
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Labels


def share_wrong(ids: list[str], truth: NDArray[np.bool_], told: Numbers, labels: Labels) -> float:
    """Share of wrong classes among the rows that labels keep; ``told`` are theirs, by ``ids``.

    Raises:
        PrerequisiteError: where they keep no row.
    """
    named: list[str] = labels.table.column("item_id").to_pylist()
    flags = dict(zip(named, labels.table.column("keep").to_pylist(), strict=True))
    kept = np.array([flags[item] for item in ids], dtype=bool)
    if not kept.any():
        raise PrerequisiteError(
            "the labels whose mistakes are counted keep no row", "name labels that keep some"
        )
    return float(((told > THRESHOLD) != truth)[kept].mean())
