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

if TYPE_CHECKING:
    from tokenizers import Tokenizer

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


def encode(tokenizer: Any, texts: Sequence[Text], max_length: int) -> Rows:
    """Tokenise rows as a whole; the candidate's tokens are found by their characters.

    A row that is too long loses the end of its context first, then the start of its prompt, never
    its candidate or the tokens that the tokenizer puts at the start.

    Raises:
        PrerequisiteError: for a row without any token, or whose candidate alone is too long.
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
        cut.append(len(ids) > max_length)
        rows.append(_shorten(row, parts, offsets, max_length) if cut[-1] else row)
    return pack(rows, cut)


def _locate(
    parts: tuple[str, str, str, str], ids: list[int], offsets: list[tuple[int, int]]
) -> tuple[list[int], int, int]:
    """(ids, first, last): the tokens that overlap the candidate's characters."""
    begin = len(parts[0]) + len(parts[1])
    end = begin + len(parts[2])
    inside = [i for i, (a, b) in enumerate(offsets) if b > begin and a < end and b > a]
    if not inside:
        return ids, 0, 0
    # The first token of a text has nothing before it that could predict it.
    return ids, max(inside[0], 1), max(inside[-1] + 1, 1)


def _shorten(
    row: tuple[list[int], int, int],
    parts: tuple[str, str, str, str],
    offsets: list[tuple[int, int]],
    max_length: int,
) -> tuple[list[int], int, int]:
    ids, first, last = row
    excess = len(ids) - max_length
    ends = [len(parts[0]), len(parts[0]) + len(parts[1]) + len(parts[2])]
    real = [i for i, (a, b) in enumerate(offsets) if b > a]
    before = [i for i in real if offsets[i][1] <= ends[0]]
    after = [i for i in real if offsets[i][0] >= ends[1]]
    stop = first or len(ids)
    prompt = [i for i in real if offsets[i][1] > ends[0] and offsets[i][0] < ends[1] and i < stop]
    cut = (after[::-1] + before[::-1] + prompt)[:excess]
    if len(cut) < excess:
        raise PrerequisiteError(
            f"a candidate answer has more than max_length = {max_length} tokens",
            "raise train.max_length",
        )
    gone = set(cut)
    kept = [token for i, token in enumerate(ids) if i not in gone]
    shift = sum(1 for i in cut if i < first)
    return kept, first - shift, last - shift
