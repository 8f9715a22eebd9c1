"""Transformers folders that a spec may name: models of one layer that read letters, or words."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def letters() -> dict[str, int]:
    """A vocabulary in which "!" is token 0, as in GPT-2."""
    return {letter: at for at, letter in enumerate("!?. abcdefghijklmnopqrstuvwxyz0123456789:")}


def words(texts: list[str]) -> dict[str, int]:
    """A vocabulary of whole words; again "!" is token 0."""
    found = dict.fromkeys(word for text in texts for word in text.split())
    return {word: at for at, word in enumerate(["!", "?", *(w for w in found if w not in "!?")])}


def model_folder(folder: Path, vocabulary: dict[str, int], by: str, positions: int = 256) -> Any:
    """A GPT-2 with this vocabulary, as transformers saves it; ``by`` is "letters" or "words"."""
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Split(Regex("."), "isolated")
        if by == "letters"
        else pre_tokenizers.WhitespaceSplit()
    )
    # GPT-2 has no padding token; peers took id 0, which is "!".
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?").save_pretrained(folder)
    torch.manual_seed(0)
    size = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": positions}
    config = GPT2Config(vocab_size=len(vocabulary), bos_token_id=0, eos_token_id=0, **size)
    module = GPT2LMHeadModel(config).eval()
    module.save_pretrained(folder)
    return module
