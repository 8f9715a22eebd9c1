"""Columns of Arrow tables as numpy arrays, without pandas, which `to_numpy` of Arrow imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column of numbers or truth values as float64; what is null is NaN."""
    return np.asarray(table.column(name).to_pylist(), dtype=np.float64)


def texts(table: pa.Table, name: str) -> list[str]:
    """A column as text; what is null is empty."""
    return ["" if value is None else str(value) for value in table.column(name).to_pylist()]
