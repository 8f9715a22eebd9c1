"""The family of texts that stand elsewhere: a prompt or template is written in place, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

from w2sdl.signature import Plain
from w2sdl_runtime.op import Context, FileSource, PrerequisiteError, Variant, variant
from w2sdl_runtime.templates import unreadable

V = TypeVar("V", bound=Variant)


class Text(Variant):
    """A template that is not written in place. Parameters are annotated ``str | Text``."""

    plain: ClassVar[Plain | None] = unreadable


@variant("file")
class TextOf(Text):
    """The text of a UTF-8 file; its content is in the key, its name is not."""

    path: FileSource


def text_of(ctx: Context, text: str | Text) -> str:
    """A text in place, or the text of the file, whose path starts at the spec's folder.

    Raises:
        PrerequisiteError: when there is no such file, or it is not UTF-8.
    """
    if isinstance(text, str):
        return text
    if not isinstance(text, TextOf):
        raise TypeError(f"{text.variant_name}() names no text")
    from w2sdl_runtime.data.readers import read_text

    path: Path = ctx.base / text.path
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise PrerequisiteError(
            f"`{text.path}` is {what}", "name a text file by its path from the spec"
        )
    return read_text(path, text.path)


def in_place(ctx: Context, given: V) -> V:
    """A variant whose texts are all in place: those of files are read.

    Raises:
        PrerequisiteError: as for `text_of`.
    """
    values = {name: getattr(given, name) for name in type(given).model_fields}
    read = {n: text_of(ctx, value) for n, value in values.items() if isinstance(value, Text)}
    return given.model_copy(update=read) if read else given


def written(text: str | Text) -> str:
    """A text that is in place already, as formats and debaters get it."""
    if not isinstance(text, str):
        raise TypeError("a file's text was not read before it was used")
    return text
