"""The released code's rules read a second time, plainly: it shares no code with the formats.

What each rule is: openai/weak-to-strong `datasets.py`, EleutherAI/w2s `ds_registry.py`.

``python -m tests.data_formats.peer_reading`` writes the golden vectors.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.data_formats.peer_rows import ROWS, split_rows, splits_of

GOLDEN = Path(__file__).parent / "golden_peers.json"
OPENAI = ("sciq", "boolq", "cosmos_qa", "anthropic_hh", "amazon_polarity")

#: part, label, text.
Line = tuple[str, int, str]
Example = dict[str, Any]

#: Column "text" of the tables, {ans} for the answer that the coin decides on.
TEXTS = {
    "sciq": "Q: {question} A: {ans}",
    "sciq_with_support": 'Name: Bob\n\nPassage 1:\n{support}\n\nQ1: "{question}" Is the answer "{ans}"?',
    "boolq": "Passage: {passage}\nQuestion: {question}",
    "cosmos_qa": "Context: {context}\nQuestion: {question}\nAnswer: {ans}",
    "anthropic_hh": "{ans}",
    "amazon_polarity": "{title} {content}",
    "anli-r2": "Premise: {premise}\nHypothesis: {hypothesis}\n\nDoes the premise entail the hypothesis?",
    "cola": "{sentence}",
    "sst2": "{sentence}",
    "twitter-sentiment": "{text}",
    "dream": "{lines}\n\nQ: {question} A: {ans}",
    "ethics-deontology": "Q: Is the following a morally valid excuse?\n\n{scenario}\n\n{excuse}\n\nA:",
    "ethics-justice": "Q: Does this statement exemplify justice?\n\n{scenario}\n\nA:",
    "ethics-virtue": "Q: Does this behavior match the adjective that follows?\n\n{scenario}\n\nA:",
    "ethics-utilitarianism": "Which is more pleasant?\n1) {one}\n2) {two} A: {ans}",
    "mc_taco": "{sentence}\n\nGiven the above, {question} Is the answer {answer}?",
    "hellaswag": 'Context:\n{ctx}\n\nContinuations:\n\n{lines}\n\nQ: Is "{ans}" the best continuation?',
    "multirc": 'Passage:\n\n{paragraph}\n\nQ: "{question}" Is the answer "{answer}"?',
    "quail": 'Passage:\n\n{context}\n\nQ: "{question}" Is the answer "{ans}"?',
    "quartz": 'Passage:\n{para}\n\nQ: "{question}" Is the answer "{ans}"?',
    "openbookqa": "Q: {question_stem}\n\nChoices:\n{lines}\n\nAnswer: {ans}",
    "paws": (
        "Sent 1: {sentence1}\nSent 2: {sentence2}\n\nQ: Are these sentences semantically equivalent?"
    ),
    "piqa": "Q: {goal} A: {ans}",
    "social_i_qa": (
        'Context:\n{context}\n\nQuestion: "{question}"\n\n'
        'Choices:\n{answerA}\n{answerB}\n{answerC}\n\nIs the answer "{ans}"?'
    ),
    "wic": (
        "Sentence 1:\n{sentence1}\n\nSentence 2:\n{sentence2}\n\n"
        'Q: Does "{word}" have the same meaning in the above sentences?'
    ),
}

#: Where the label is "as given".
GIVEN: dict[str, Callable[[Example], bool]] = {
    "boolq": lambda ex: ex["answer"] is True,
    "anli-r2": lambda ex: ex["label"] == 0,
    "mc_taco": lambda ex: ex["label"] == "yes",
    **{
        name: lambda ex: ex["label"] == 1
        for name in [
            "amazon_polarity",
            "cola",
            "sst2",
            "twitter-sentiment",
            "ethics-deontology",
            "ethics-justice",
            "ethics-virtue",
            "multirc",
            "paws",
            "wic",
        ]
    },
}

#: Where it is a coin: the options, and the place of the right one.
OPTIONS: dict[str, Callable[[Example], tuple[list[str], int]]] = {
    "sciq": lambda ex: ([ex["correct_answer"], *(ex[f"distractor{n}"] for n in (1, 2, 3))], 0),
    "cosmos_qa": lambda ex: ([ex[f"answer{n}"] for n in range(4)], ex["label"]),
    "anthropic_hh": lambda ex: ([ex["chosen"], ex["rejected"]], 0),
    "dream": lambda ex: (ex["choice"], ex["choice"].index(ex["answer"])),
    "hellaswag": lambda ex: (ex["endings"], int(ex["label"])),
    "quail": lambda ex: (ex["answers"], ex["correct_answer_id"]),
    "quartz": lambda ex: (ex["choices"]["text"], "AB".index(ex["answerKey"])),
    "openbookqa": lambda ex: (ex["choices"]["text"], "ABCD".index(ex["answerKey"])),
    "piqa": lambda ex: ([ex["sol1"], ex["sol2"]], ex["label"]),
    "social_i_qa": lambda ex: ([ex[f"answer{x}"] for x in "ABC"], int(ex["label"]) - 1),
}
OPTIONS["sciq_with_support"] = OPTIONS["sciq"]

#: What stands line by line.
LINES: dict[str, Callable[[Example], list[str]]] = {
    "dream": lambda ex: list(ex["dialogue"]),
    "hellaswag": lambda ex: list(ex["endings"]),
    "openbookqa": lambda ex: [
        f"{a}) {o}" for a, o in zip("ABCD", ex["choices"]["text"], strict=True)
    ],
}


def tell(name: str, ex: Example, rng: random.Random) -> tuple[str, int]:
    """The text and the label of one row, from the tables of 4.1 and 4.2."""
    shown = ex | {"lines": "\n".join(LINES[name](ex)) if name in LINES else ""}
    if name in GIVEN:
        return TEXTS[name].format(**shown), int(GIVEN[name](ex))
    if name == "ethics-utilitarianism":
        label, both = int(rng.random() < 0.5), [ex["baseline"], ex["less_pleasant"]]
        rng.shuffle(both)
        shown |= {"one": both[0], "two": both[1]}
        ans = "12"[both.index(ex["baseline"]) ^ 1 - label]
        return TEXTS[name].format(**shown, ans=ans), label
    options, place = OPTIONS[name](ex)
    none = name == "cosmos_qa" and "None of the above choices ." in options[place]
    label = 0 if none else int(rng.random() < 0.5)
    ans = options[place] if label else wrong_answer(name, options, place, rng)
    if name == "openbookqa" and label:
        ans = "ABCD"[place]
    return TEXTS[name].format(**shown, ans=ans), label


def wrong_answer(name: str, options: list[str], place: int, rng: random.Random) -> str:
    """Another place; of cosmos_qa another value; without a draw where the rule has none."""
    if name in ("anthropic_hh", "piqa", "quartz"):
        return options[1 - place]
    if name == "cosmos_qa":
        return rng.choice([option for option in options if option != options[place]])
    return rng.choice(options[:place] + options[place + 1 :])


def permuted(things: list[Any], seed: int) -> list[Any]:
    order = np.random.default_rng(seed).permutation(len(things))
    return [things[place] for place in order]


def openai(name: str, seed: int, n_docs: int, n_test: int) -> list[Line]:
    """Section 4.1: first n_docs, told by Random(seed), shuffled, halved; first n_test of the test."""
    train, test = splits_of(name)
    made = {}
    for split, most in ((train, n_docs), (test, n_test)):
        rng = random.Random(seed)
        made[split] = [tell(name, ex, rng) for of, ex in split_rows(name) if of == split][:most]
    mixed = permuted(permuted(made[train], seed), seed)
    second = math.ceil(len(mixed) * 0.5)
    parts = {"D2": mixed[:second], "D1": mixed[second:], "T": made[test]}
    return sorted((part, y, text) for part, told in parts.items() for text, y in told)


def eleuther(name: str, n_train: int, n_val: int, n_test: int) -> list[Line]:
    """Shuffle 0, tell, balance (the larger class is shuffled, then all), val first, halves with seed 42."""
    train, test = splits_of(name)
    made = {}
    for split in (train, test):
        rng = random.Random(0)
        rows = [ex for of, ex in split_rows(name) if of == split]
        told = [tell(name, ex, rng) for ex in permuted(rows, 0)]
        ones, zeros = ([one for one in told if one[1] == y] for y in (1, 0))
        ones_first = len(ones) < len(zeros) or (len(ones) == len(zeros) and told[0][1] == 0)
        few, many = (ones, zeros) if ones_first else (zeros, ones)
        made[split] = permuted(few + permuted(many, 0)[: len(few)], 0)
    pool = made[train]
    halved = permuted(pool[n_val : n_val + n_train], 42)
    second = math.ceil(len(halved) * 0.5)
    parts = {
        "V": pool[:n_val],
        "D2": halved[:second],
        "D1": halved[second:],
        "T": made[test][:n_test],
    }
    return sorted((part, y, text) for part, told in parts.items() for text, y in told)


def vectors() -> dict[str, Any]:
    """All of it, with three lines of each in clear and a digest of them all."""
    found = {f"openai2024 {name}": openai(name, 5, 13, 7) for name in OPENAI}
    for name in ROWS:
        if not name.startswith("sciq"):  # these pool their splits, and set 3,000 rows aside
            found[f"eleuther2024 {name}"] = eleuther(name, 8, 2, 4)
    return {name: vector(lines) for name, lines in sorted(found.items())}


def vector(lines: list[Line]) -> dict[str, Any]:
    """What the golden file keeps of a reading."""
    text = json.dumps(lines, ensure_ascii=False)
    return {
        "rows": len(lines),
        "labels": "".join(str(y) for _, y, _ in lines),
        "digest": hashlib.sha256(text.encode()).hexdigest()[:16],
        "first": [list(line) for line in lines[:2]],
    }


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", "utf-8")
