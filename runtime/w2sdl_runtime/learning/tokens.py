"""Tokenizers: training one whose tokens are whole words, and turning items into rows of tokens.

Small vocabularies that cut names into pieces leave tiny models near chance, so tiny models read
words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Rows, pack
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.train import Truncation

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Tokens of a row, and where its candidate begins and ends among them.
Row = tuple[list[int], int, int]

BEGIN, END, UNKNOWN, PAD = "<s>", "</s>", "<unk>", "<pad>"


def train_word_tokenizer(documents: Sequence[str], size: int) -> Tokenizer:
    """One token a word or punctuation mark, lower-cased (NFKC); the most frequent ``size`` of them.

    Every text starts with ``<s>``. Words that have no token become ``<unk>``.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [PAD, BEGIN, END, UNKNOWN]
    trainer = trainers.WordLevelTrainer(
        vocab_size=size, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(documents, trainer)
    begin = tokenizer.token_to_id(BEGIN)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, begin)]
    )
    return tokenizer


def as_transformers(tokenizer: Tokenizer) -> Any:
    """The same tokenizer as transformers wants it, with its special tokens named."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        unk_token=UNKNOWN,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
    )


@dataclass(frozen=True, slots=True)
class Text:
    """What a model reads of one row. ``before`` and ``after`` hold context, mostly empty."""

    prompt: str
    candidate: str
    before: str = ""
    after: str = ""

    def pieces(self) -> tuple[str, str, str, str]:
        """The four parts in reading order, with the space or line break that joins them."""
        before = f"{self.before}\n" if self.before else ""
        gap = " " if self.prompt and self.candidate else ""
        after = f"\n{self.after}" if self.after else ""
        return before, self.prompt + gap, self.candidate, after


def encode(
    tokenizer: Any, texts: Sequence[Text], max_length: int, truncation: Truncation = "context"
) -> Rows:
    """Tokenise rows as a whole; the candidate's tokens are found by their characters.

    A row that is too long never loses the tokens that the tokenizer itself adds at its ends. By
    ``truncation`` it loses:

    - "context": the end of its context first, then the start of its prompt, never its candidate;
    - "left": its start, never its candidate;
    - "right": its end. Where that takes a part of the candidate, the row has none any longer.

    Raises:
        PrerequisiteError: for a row without any token, or whose candidate can't be kept.
    """
    if not texts:  # which tokenizers of transformers refuse
        return pack([])
    pieces = [text.pieces() for text in texts]
    found = tokenizer(
        ["".join(parts) for parts in pieces],
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    rows, cut = [], []
    for parts, ids, offsets in zip(
        pieces, found["input_ids"], found["offset_mapping"], strict=True
    ):
        if not ids:
            raise PrerequisiteError("a row has no text to read", "drop rows with empty text")
        row = _locate(parts, ids, offsets)
        excess = len(ids) - max_length
        cut.append(excess > 0)
        if excess > 0:
            gone = _too_much(row, parts, offsets, truncation)[:excess]
            row = _without(row, gone, excess, max_length)
        rows.append(row)
    return pack(rows, cut, truncation)


def _locate(
    parts: tuple[str, str, str, str], ids: list[int], offsets: list[tuple[int, int]]
) -> Row:
    """(ids, first, last): the tokens that overlap the candidate's characters."""
    begin = len(parts[0]) + len(parts[1])
    end = begin + len(parts[2])
    inside = [i for i, (a, b) in enumerate(offsets) if b > begin and a < end and b > a]
    if not inside:
        return ids, 0, 0
    # The first token of a text has nothing before it that could predict it.
    return ids, max(inside[0], 1), max(inside[-1] + 1, 1)


def _too_much(
    row: Row,
    parts: tuple[str, str, str, str],
    offsets: list[tuple[int, int]],
    truncation: Truncation,
) -> list[int]:
    """Positions that a row may lose, in the order in which it loses them."""
    ids, first, last = row
    real = [i for i, (a, b) in enumerate(offsets) if b > a]
    if truncation == "right":
        return real[::-1]
    if truncation == "left":
        return [i for i in real if not first <= i < last]
    ends = [len(parts[0]), len(parts[0]) + len(parts[1]) + len(parts[2])]
    before = [i for i in real if offsets[i][1] <= ends[0]]
    after = [i for i in real if offsets[i][0] >= ends[1]]
    stop = first or len(ids)
    prompt = [i for i in real if offsets[i][1] > ends[0] and offsets[i][0] < ends[1] and i < stop]
    return after[::-1] + before[::-1] + prompt


def _without(row: Row, cut: list[int], excess: int, max_length: int) -> Row:
    ids, first, last = row
    if len(cut) < excess:
        raise PrerequisiteError(
            f"a candidate answer takes {len(ids) - len(cut):,} tokens, and max_length is {max_length:,}",
            "raise max_length, or leave such rows out for all models: fits(data, [models])",
        )
    gone = set(cut)
    kept = [token for i, token in enumerate(ids) if i not in gone]
    if gone & set(range(first, last)):
        return kept, 0, 0
    shift = sum(1 for i in cut if i < first)
    return kept, first - shift, last - shift
