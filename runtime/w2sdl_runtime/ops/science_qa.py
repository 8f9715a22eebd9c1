"""Data from the built-in generator of science questions, with a corpus that teaches their facts."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import by_format
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import CHOSEN, TOLD, Changes, Context, Count, op
from w2sdl_runtime.science.world import Question, build_world
from w2sdl_runtime.values import Corpus, Data
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import PartSize

Grouping = Literal["options", "fact", "entity", "passage", "domain"]
_COLUMNS = {"passage": "support", "options": "four"}


@op("science_qa", version=2, answers=by_format)
def science_qa(
    ctx: Context,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    world: int = 0,
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    group: Annotated[Grouping, CHOSEN] = "options",
    format: Annotated[Format, TOLD] = MultipleChoice(),  # noqa: B008 (frozen)
) -> Data:
    """Science questions in the fields of SciQ, made from built-in tables; offline and free.

    Args:
        ctx: the runtime.
        parts: items of each part: a number, or ``rest()``.
        world: which world: its entities, its wording and its corpus.
        draw: another draw of rows, passages and wrong answers; the corpus stays the same.
        group: what never lies in two parts. ``options`` keeps the four facts together whose answers
            are each other's wrong answers, so that gold of one part rules out nothing in another.
        format: how a question becomes items.

    Raises:
        PrerequisiteError: for parts that are larger than the world.
    """
    made = build_world(world, draw)
    rows = [_row(number, question) for number, question in enumerate(made.questions, start=1)]
    corpus = Corpus(list(made.corpus), f"science_qa world {world}")
    recipe = Recipe(format, parts, group=_COLUMNS.get(group, group), draw=draw)
    return build_data(ctx, rows, recipe, corpus)


def _row(number: int, question: Question) -> Row:
    """A question under the column names of SciQ, and what it is about."""
    wrong = {f"distractor{n}": text for n, text in enumerate(question.distractors, start=1)}
    values = {
        "question": question.question,
        "correct_answer": question.correct_answer,
        **wrong,
        "support": question.support,
        "sentences": list(question.sentences),
        "fact": question.fact,
        "entity": question.entity,
        "domain": question.domain,
        "four": question.group,
    }
    return Row(values, f"question {number}")
