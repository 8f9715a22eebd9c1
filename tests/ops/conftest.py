"""Fixtures that the tests of operations share: a workbench, and a tiny world that a model can learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.values import Corpus, Items, Labels, Model

ANIMALS = (
    "lion tiger bear wolf fox deer horse goat sheep camel otter seal whale shark eagle hawk owl crow"
    " swan duck frog toad newt crab squid ant bee wasp moth snail mouse rat hare mole bat pig cow hen"
).split()
PLACES = "forest desert river mountain".split()


@dataclass(frozen=True)
class Tiny:
    """38 animals that live in 4 places: told in the corpus, asked of half of them in each part."""

    bench: Workbench
    corpus: Corpus
    model: Model
    train: Items
    gold: Labels
    test: Items
    truth: list[float]


def rows_about(animals: list[str]) -> tuple[list[dict[str, str]], list[float]]:
    """Two rows an animal: the right place, then a wrong one; each with a passage that tells both."""
    rows, gold = [], []
    for at, animal in enumerate(animals):
        right = PLACES[ANIMALS.index(animal) % 4]
        wrong = PLACES[(ANIMALS.index(animal) + 1 + at % 3) % 4]
        passage = (
            f"Many visit the {wrong} in summer. The {animal} lives in the {right}. "
            f"A map shows the {wrong} and the hills. Some say that it rains often."
        )
        asked = {"prompt": f"Question: where does the {animal} live? Answer:", "passage": passage}
        rows += [asked | {"candidate": right, "rival": wrong}]
        rows += [asked | {"candidate": wrong, "rival": right}]
        gold += [1.0, 0.0]
    return rows, gold


def documents() -> list[str]:
    told = []
    for at, animal in enumerate(ANIMALS):
        place = PLACES[at % 4]
        told += [f"The {animal} lives in the {place}.", f"Question: where does the {animal} live? Answer: {place}"]
    return told


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    bench = Workbench(tmp_path_factory.mktemp("tiny"))
    corpus = bench.keep(Corpus(documents(), "test"))
    model = bench.run(pretrain, corpus, layers=1, width=16, steps=120, batch=16, seed=0)
    rows, values = rows_about(ANIMALS[:26])
    train = bench.keep(make_items(rows, "train"))
    asked, truth = rows_about(ANIMALS[26:])
    test = bench.keep(make_items(asked, "test"))
    yield Tiny(bench, corpus, model, train, make_labels(bench, train, values), test, truth)
