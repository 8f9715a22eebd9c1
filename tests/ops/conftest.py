"""Fixtures that tests of operations share: a workbench, and a world that a model can learn."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_world import ANIMALS, Tiny, documents, rows_about
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.values import Corpus, Items


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@pytest.fixture
def four(bench: Workbench) -> Items:
    """Four rows that are nothing but rows."""
    return bench.keep(make_items([{"prompt": str(at)} for at in range(4)]))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    bench = Workbench(tmp_path_factory.mktemp("tiny"))
    corpus = bench.keep(Corpus(documents(), "test"))
    size = {"layers": 1, "width": 32, "steps": 250, "learning_rate": 1.2e-2}
    model = bench.run(pretrain, corpus, seed=0, **size)
    loss = bench.reports[-1][3]["loss"]
    rows, values = rows_about(ANIMALS[:26])
    train = bench.keep(make_items(rows, "train"))
    asked, truth = rows_about(ANIMALS[26:])
    test = bench.keep(make_items(asked, "test"))
    gold = make_labels(bench, train, values)
    return Tiny(bench, corpus, model, train, gold, test, truth, loss)
