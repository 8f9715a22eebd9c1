"""Processes forked from one server, which has imported what any of our tests needs.

Python has one such server in a process: what it is to import can be said once, by whoever is first.
"""

from __future__ import annotations

import multiprocessing
import pkgutil
from collections.abc import Iterator
from typing import Any

from w2sdl_runtime import learning, ops


def _modules(package: Any) -> Iterator[str]:
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        yield module.name


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "__main__",
        "tests.faults.warm",
        "peft",
        "pyarrow.parquet",
        "transformers.models.auto.modeling_auto",
        "transformers.models.auto.tokenization_auto",
        "transformers.models.gpt2.modeling_gpt2",
        "transformers.models.llama.modeling_llama",
        *_modules(ops),
        *_modules(learning),
    ]
)
