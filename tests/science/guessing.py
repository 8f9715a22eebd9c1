"""How far a candidate answer gives itself away without its question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from w2sdl_runtime.science import Question
from w2sdl_runtime.science.dice import Dice

# Each view turns a candidate answer into the text that a bag-of-words model is shown.
VIEWS: dict[str, Callable[[str], str]] = {
    "length": lambda answer: f"chars{len(answer)} words{len(answer.split())}",
    "first token": lambda answer: answer.split()[0],
    "last token": lambda answer: answer.split()[-1],
    "bag of words": lambda answer: answer,
}


def guessability(questions: Sequence[Question]) -> dict[str, float]:
    """Give the AUROC of each view of the answer, and of its place in the passage."""
    answers, labels, groups, places = _rows(questions)
    scores = {
        name: _auroc([view(answer) for answer in answers], labels, groups)
        for name, view in VIEWS.items()
    }
    return {**scores, "place in passage": float(roc_auc_score(labels, places))}


def _rows(
    questions: Sequence[Question],
) -> tuple[list[str], list[int], list[str], list[float]]:
    """Make the balanced pairs: each question with its truth and with one of its distractors."""
    rows = []
    for question in questions:
        wrong = Dice("pair", question.question).pick(question.distractors)
        for answer, label in ((question.correct_answer, 1), (wrong, 0)):
            place = next(
                i for i, text in enumerate(question.sentences) if answer.lower() in text.lower()
            )
            rows.append((answer, label, question.group, place / len(question.sentences)))
    answers, labels, groups, places = zip(*rows, strict=True)
    return list(answers), list(labels), list(groups), list(places)


def _auroc(texts: list[str], labels: list[int], groups: list[str]) -> float:
    model = make_pipeline(CountVectorizer(token_pattern=r"\S+"), LogisticRegression())
    folds = GroupKFold(5, shuffle=True, random_state=0)
    guesses = cross_val_predict(
        model, texts, labels, groups=groups, cv=folds, method="predict_proba"
    )
    return float(roc_auc_score(labels, np.asarray(guesses)[:, 1]))
