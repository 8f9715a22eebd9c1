"""A corpus from a plain text file."""

from __future__ import annotations

import re
from typing import Literal

from w2sdl_runtime.data.readers import packing_of, read_text
from w2sdl_runtime.op import Context, FileSource, PrerequisiteError, op
from w2sdl_runtime.values import Corpus

_CUT = {"paragraph": re.compile(r"\n\s*\n"), "line": re.compile(r"\n")}


@op("text_file", version=1)
def text_file(
    ctx: Context,
    file: FileSource,
    *,
    origin: str,
    documents: Literal["paragraph", "line", "file"] = "paragraph",
) -> Corpus:
    """Documents of a UTF-8 text file.

    Args:
        ctx: the runtime.
        file: the file, relative to the spec.
        origin: where the text comes from, for the report.
        documents: what one document is; paragraphs are parted by empty lines.

    Raises:
        PrerequisiteError: missing, packed, not UTF-8, or without text.
    """
    path = ctx.base / file
    if not path.is_file():
        raise PrerequisiteError(
            f"there is no file `{file}`", "paths are relative to the folder of the spec"
        )
    packing = packing_of(path)
    if packing is not None:
        kind, tool = packing
        raise PrerequisiteError(
            f"`{file}` is packed with {kind}", f"unpack it first: {tool} {file}"
        )
    text = read_text(path, file).replace("\r\n", "\n")
    pieces = [text] if documents == "file" else _CUT[documents].split(text)
    found = [piece.strip() for piece in pieces if piece.strip()]
    if not found:
        raise PrerequisiteError(
            f"`{file}` holds no text", "check that the file was written completely"
        )
    return Corpus(found, origin)
