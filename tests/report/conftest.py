"""One experiment for all report tests: building it once takes longest."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import sample as sampling


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> sampling.Sample:
    root: Path = tmp_path_factory.mktemp("sample")
    return sampling.build(root)


@pytest.fixture
def sample(finished: sampling.Sample) -> sampling.Sample:
    """A copy whose nodes a test may change; the store is shared."""
    return sampling.Sample(
        finished.graph, finished.store, finished.spec, copy.deepcopy(finished.nodes)
    )
