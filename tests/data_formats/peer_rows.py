"""Rows of our own in the columns of the peers' data sets: a few of each split, none from the sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Made = Callable[[int], dict[str, Any]]

_THINGS = ("kite", "lamp", "pebble", "spoon", "lantern", "wheel", "anchor", "ladder", "basket")


def _thing(n: int) -> str:
    return f"{_THINGS[n % len(_THINGS)]} {n}"


def _four(n: int) -> list[str]:
    return [f"the {_thing(n + k)}" for k in range(4)]


def _sciq(n: int) -> dict[str, Any]:
    one, two, three, four = _four(n)
    return {
        "question": f"What hangs in hall {n}?",
        "distractor3": four,
        "distractor1": two,
        "distractor2": three,
        "correct_answer": one,
        "support": "" if n % 4 == 3 else f"In hall {n} hangs {one}.",
    }


def _cosmos(n: int) -> dict[str, Any]:
    options = _four(n)
    place = (2 * n) % 4
    if n % 5 == 2:
        options[place] = "None of the above choices ."
    if n % 3 == 1:  # two options alike: neither is a wrong answer
        options[(place + 1) % 4] = options[place]
    return {
        "context": f"We met on {_thing(n)} street .",
        "question": f"Who came at {n} ?",
        **{f"answer{k}": option for k, option in enumerate(options)},
        "label": place,
    }


def _lettered(n: int, count: int) -> dict[str, Any]:
    return {"text": _four(n)[:count], "label": list("ABCD")[:count]}


def _scenario(n: int) -> str:
    return f"I lent {{my}} {_thing(n)} to nobody."


ROWS: dict[str, Made] = {
    "sciq": _sciq,
    "sciq_with_support": _sciq,
    "boolq": lambda n: {
        "passage": f"The {_thing(n)} is heavy.\nIt is blue.",
        "question": f"is the {_thing(n)} light",
        "answer": n % 3 != 0,
    },
    "cosmos_qa": _cosmos,
    "anthropic_hh": lambda n: {
        "chosen": f"\n\nHuman: where is the {_thing(n)}?\n\nAssistant: On the shelf.",
        "rejected": f"\n\nHuman: where is the {_thing(n)}?\n\nAssistant: Who cares about {n}?",
    },
    "amazon_polarity": lambda n: {
        "title": "" if n % 5 == 0 else f"A {_thing(n)}",
        "content": f"It broke after {n} days.",
        "label": int(n % 3 == 0),
    },
    "anli-r2": lambda n: {
        "premise": f"The {_thing(n)} is in the garden.",
        "hypothesis": f"The {_thing(n)} is outside.",
        "label": n % 3,
    },
    "cola": lambda n: {"sentence": f"The {_thing(n)} sleep sleeps.", "label": n % 2},
    "sst2": lambda n: {"sentence": f"a fine {_thing(n)} ", "label": n % 2},
    "twitter-sentiment": lambda n: {"text": f"@you my {_thing(n)} !!", "label": int(n % 4 == 0)},
    "dream": lambda n: {
        "dialogue": [f"W: Where is the {_thing(n)}?", "M: Upstairs."],
        "question": f"What is lost at {n}?",
        "choice": _four(n)[:3],
        "answer": _four(n)[n % 3],
    },
    "ethics-deontology": lambda n: {
        "scenario": "Could you close the window?",
        "excuse": f"But the {_thing(n)} is in it.",
        "label": n % 2,
    },
    "ethics-justice": lambda n: {"scenario": _scenario(n), "label": n % 2},
    "ethics-virtue": lambda n: {"scenario": f"{_scenario(n)} [SEP] calm", "label": int(n % 3 == 1)},
    "ethics-utilitarianism": lambda n: {
        "baseline": f"I found my {_thing(n)}.",
        "less_pleasant": f"I lost my {_thing(n)}.",
    },
    "mc_taco": lambda n: {
        "sentence": f"He painted the {_thing(n)}.",
        "question": "How long did it take?",
        "answer": f"{n} hours",
        "label": "yes" if n % 3 == 0 else "no",
    },
    "hellaswag": lambda n: {
        "ctx": f"A man lifts a {_thing(n)}. He",
        "endings": [f"{verb} {n} times." for verb in ("sings", "waits", "turns", "eats")],
        "label": str(n % 4),
    },
    "multirc": lambda n: {
        "paragraph": f"Page {n // 2} tells of a {_thing(n // 2)}.",
        "question": "What is told of?",
        "answer": f"a {_thing(n)}",
        "label": n % 2,
    },
    "quail": lambda n: {
        "context": f"Chapter {n} is about a {_thing(n)}.",
        "question": f"What is chapter {n} about?",
        # Of some rows two options are alike: the double of the truth is in another place, and is drawn.
        "answers": [*_four(n)[:3], _four(n)[0] if n % 3 else "not enough information"],
        "correct_answer_id": n % 4,
    },
    "quartz": lambda n: {
        "para": f"A warm {_thing(n)} grows.",
        "question": f"If the {_thing(n)} is cold, does it grow?",
        "choices": {"text": [f"more than {n}", f"less than {n}"], "label": ["A", "B"]},
        "answerKey": "AB"[n % 2],
    },
    "openbookqa": lambda n: {
        "question_stem": f"Light comes from number {n}",
        "choices": _lettered(n, 4),
        "answerKey": "ABCD"[(3 * n) % 4],
    },
    "paws": lambda n: {
        "sentence1": f"The {_thing(n)} fell on the table.",
        "sentence2": f"On the table fell the {_thing(n)}.",
        "label": int(n % 5 < 2),
    },
    "piqa": lambda n: {
        "goal": f"Clean a {_thing(n)}",
        "sol1": f"use {n} drops of water",
        "sol2": f"use {n} drops of glue",
        "label": n % 2,
    },
    "social_i_qa": lambda n: {
        "context": f"Robin gave the {_thing(n)} away.",
        "question": f"How does Robin feel at {n}?",
        "answerA": "generous",
        "answerB": f"sorry for the {_thing(n)}",
        "answerC": "hungry",
        "label": str(n % 3 + 1),
    },
    "wic": lambda n: {
        "word": "light",
        "sentence1": f"The {_thing(n)} is light.",
        "sentence2": f"Turn off light {n}.",
        "label": n % 2,
    },
}

_SPLITS = {"anli-r2": ("train_r2", "test_r2"), "mc_taco": ("test", "validation")}
_ON_VALIDATION = [
    "boolq",
    "cola",
    "cosmos_qa",
    "hellaswag",
    "multirc",
    "piqa",
    "quail",
    "social_i_qa",
    "sst2",
    "wic",
]


def splits_of(name: str) -> tuple[str, str]:
    """The train and the test split."""
    return _SPLITS.get(name, ("train", "validation" if name in _ON_VALIDATION else "test"))


def split_rows(name: str) -> list[tuple[str, dict[str, Any]]]:
    """(split, row) in the order of the source: 14 rows to train on, 8 to be measured."""
    train, test = splits_of(name)
    make = ROWS[name]
    return [(train if n < 14 else test, make(n)) for n in range(22)]
