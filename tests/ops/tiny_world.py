"""38 animals that live in 4 places: a world that a tiny model learns in a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from workbench import Workbench

from w2sdl_runtime.predictors import predict
from w2sdl_runtime.values import Corpus, Items, Labels, Model

ANIMALS = [
    "lion",
    "tiger",
    "bear",
    "wolf",
    "fox",
    "deer",
    "horse",
    "goat",
    "sheep",
    "camel",
    "otter",
    "seal",
    "whale",
    "shark",
    "eagle",
    "hawk",
    "owl",
    "crow",
    "swan",
    "duck",
    "frog",
    "toad",
    "newt",
    "crab",
    "squid",
    "ant",
    "bee",
    "wasp",
    "moth",
    "snail",
    "mouse",
    "rat",
    "hare",
    "mole",
    "bat",
    "pig",
    "cow",
    "hen",
]
PLACES = ["forest", "desert", "river", "mountain"]


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
    loss: float  #: of the pretraining, at its end


def rows_about(animals: list[str]) -> tuple[list[dict[str, str]], list[float]]:
    """Two rows an animal: the right place, then a wrong one; the passage tells both."""
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
        told += [f"The {animal} lives in the {place}."]
        told += [f"Question: where does the {animal} live? Answer: {place}"]
    return told


def accuracy(tiny: Tiny, predictor, items=None, truth=None) -> float:
    """The share of rows, of the test rows if no others are given, that a predictor has right."""
    value = predict(predictor, items or tiny.test, tiny.bench.context("test"))
    return float(np.mean((value > 0.5) == (np.array(truth or tiny.truth) > 0.5)))


def both_parts(tiny: Tiny):
    """The rows of both parts as one table."""
    import pyarrow as pa

    return pa.concat_tables([tiny.train.table, tiny.test.table])
