"""Texts from templates with a rule for their labels, and a corpus that tells what the rule needs."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.invented.subjects import SUBJECTS
from w2sdl_runtime.invented.world import Made, Size, corpus_of, texts_of
from w2sdl_runtime.op import CHOSEN, Changes, Context, Count, Fraction, op
from w2sdl_runtime.values import Corpus, Data
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.completion import Completion
from w2sdl_runtime.variants.parts import PartSize


def _by_subject(params: Params, given: Given) -> str:
    return "text" if SUBJECTS[params["about"]].answer else "hard"


@op("invented_texts", version=1, answers=_by_subject)
def invented_texts(
    ctx: Context,
    about: Literal["requests", "clauses", "remarks", "openings"],
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    world: int = 0,
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    group: Annotated[Literal["word", "text"], CHOSEN] = "word",
    texts: Count = 5_000,
    words: Count = 240,
    sentences: Count = 3_000,
    mentions: Count = 4,
    first: Fraction = 0.5,
) -> Data:
    """Short texts with invented words, labelled by a rule; offline and free. Our design.

    A word has a kind that no text states. The corpus tells it in passing, of some words often, of others
    once, and has sentences in which any word may stand; no text is worded as a sentence there. So what
    the rule needs beside the words can be learned from labels, and the kinds have to be known from
    before. A text's domain is the kinds that decide it.

    - ``requests``: to use an invented tool on somebody or something; 1 is safe. Unsafe is a harmful
      tool on what lives.
    - ``clauses``: a clause with an invented legal term, " [SEP] ", and a question; 1 is relevant: a
      right to look at the books is given. Another right, or one refused, is not.
    - ``remarks``: short remarks with an invented name for somebody; 1 is rude. The words are made up,
      and harmless to read.
    - ``openings``: beginnings of such remarks, with a mild one as the answer: what people should say.
      Text labels. The words are those of ``remarks``; the corpus has rude ones as often as ``first`` says.

    Args:
        ctx: the context.
        about: which texts.
        parts: texts of each part: a number, or ``rest()``.
        world: which world: its words, their kinds and its corpus.
        draw: another draw of the texts; the corpus stays the same.
        group: what never lies in two parts: a ``word`` (the kind of every word is then new), or a ``text``.
        texts: how many are written, at most, each once; the parts are cut from these.
        words: invented ones, as many of each kind.
        sentences: of the corpus in which any word may stand.
        mentions: the kind of a word is told once to so many times, by chance.
        first: share of these sentences whose word is of the first kind: harmful, audit, rude.

    Raises:
        PrerequisiteError: for parts that are larger than what there is.
    """
    subject, size = SUBJECTS[about], Size(texts, words, sentences, mentions, first)
    rows = [_row(at, one) for at, one in enumerate(texts_of(subject, size, world, draw), start=1)]
    corpus = Corpus(corpus_of(subject, size, world), f"invented texts, world {world}")
    format: Format = Completion() if subject.answer else Binary()
    chosen = "word" if group == "word" else None
    return build_data(ctx, rows, Recipe(format, parts, group=chosen, draw=draw), corpus)


def _row(number: int, made: Made) -> Row:
    label: dict[str, object] = (
        {"answer": made.answer} if made.answer else {"label": int(made.label)}
    )
    return Row(
        {"text": made.text, "word": made.word, "domain": made.kinds, **label}, f"text {number}"
    )
