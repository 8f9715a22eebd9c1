"""What is wrong with a model's folder that can be seen without loading it: before anything runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError

_TOKENIZERS = ("tokenizer.json", "vocab.txt", "tokenizer.model")


def check_folder(folder: Path, name: str) -> Mapping[str, Any]:
    """The configuration of a transformers folder that has all it needs.

    Raises:
        PrerequisiteError: where there is no configuration or tokenizer, or the tokenizer has words
            that the model has no embedding for.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise PrerequisiteError(
            f'model "{name}" has no config.json', "name a transformers folder or a hub id"
        )
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise PrerequisiteError(
            f'model "{name}": config.json can\'t be read ({error})', "copy or download it again"
        ) from error
    if not any((folder / file).is_file() for file in _TOKENIZERS):
        raise PrerequisiteError(
            f'model "{name}" has no tokenizer', "save the tokenizer into the same folder"
        )
    words, embedded = _largest_id(folder) + 1, config.get("vocab_size")
    if isinstance(embedded, int) and words > embedded:
        raise PrerequisiteError(
            f'model "{name}": its tokenizer has ids up to {words - 1:,}, and the model embeds '
            f"{embedded:,} words",
            "use the tokenizer that it was trained with, or make room: "
            "module.resize_token_embeddings(len(tokenizer)), then save_pretrained",
        )
    found: Mapping[str, Any] = config
    return found


def _largest_id(folder: Path) -> int:
    """The largest id of a token; -1 where the tokenizer's file doesn't list them."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        listed = folder / "vocab.txt"
        # A word may be one of the characters that splitlines() takes for the end of a line.
        return listed.read_bytes().rstrip(b"\n").count(b"\n") if listed.is_file() else -1
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise PrerequisiteError(
            f"{path} can't be read ({error})", "copy or download it again"
        ) from error
    vocabulary = record.get("model", {}).get("vocab", ())
    ids = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary))
    added = [token["id"] for token in record.get("added_tokens", ())]
    return max([*ids, *added], default=-1)
