"""The smallest data that everything runs on: a few dozen made-up rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

_COLOURS = ("red", "blue", "green", "black")
_THINGS = ("science", "art")


def write_files(folder: Path) -> None:
    """All files that the prelude names."""
    rows = [_question(at) for at in range(40)]
    _write(folder / "qa.csv", rows)
    words = [
        f"{row['question']} {row['support']} {row['topic']} Answer: A or B, yes or no."
        for row in rows
    ]
    (folder / "words.txt").write_text("\n\n".join(words), "utf-8")
    _write(folder / "pairs.csv", [_pair(at) for at in range(40)])
    _write(
        folder / "said.csv",
        [{"text": f"{at} {_THINGS[at % 2]}", "answer": _COLOURS[at % 2]} for at in range(40)],
    )
    told = [
        {"prompt": f"Question: {row['question']} Answer:", "candidate": candidate, "value": at % 5 / 4}
        for at, row in enumerate(rows)
        for candidate in (row["correct_answer"], row["distractor1"])
    ]  # fmt: skip
    _write(folder / "labels.csv", told)


def _question(at: int) -> dict[str, Any]:
    right, wrong = _COLOURS[at % 4], _COLOURS[(at + 1) % 4]
    support = f"The thing {at} is {right}. It is not {wrong}. Many things are {wrong}."
    names = {f"distractor{n}": wrong for n in (1, 2, 3)}
    topic = "art" if at % 2 else "science"
    question = f"What colour is the thing {at}?"
    return {
        "question": question,
        "correct_answer": right,
        **names,
        "support": support,
        "topic": topic,
    }


def _pair(at: int) -> dict[str, str]:
    dialogue = f"\n\nHuman: What is {at}?\n\nAssistant:"
    return {"chosen": f"{dialogue} It is {at}.", "rejected": f"{dialogue} I will not say."}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
