"""How many threads an operation may use."""

from __future__ import annotations

import os
import sys

_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Threads:
    """Sets thread counts itself: a BLAS that a warm worker has loaded ignores the environment."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        for name in _VARIABLES:
            self._before[name] = os.environ.get(name)
            os.environ[name] = str(self._count)
        self._limits = threadpool_limits(self._count)
        if (torch := sys.modules.get("torch")) is not None:
            torch.set_num_threads(self._count)

    def __exit__(self, *_: object) -> None:
        self._limits.restore_original_limits()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
