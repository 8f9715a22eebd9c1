"""Docstrings of operations, variants and records as text for people: without what only code reads."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Note|Attributes):\s*$", re.MULTILINE)
_ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n      .*)*)", re.MULTILINE)


def summary(doc: str) -> str:
    """A docstring without its sections on arguments and errors."""
    return plain(_SECTION.split(inspect.cleandoc(doc), maxsplit=1)[0].strip())


def first_line(doc: str) -> str:
    """A docstring's first line, which stands alone."""
    return plain(doc.strip().split("\n", 1)[0])


def argument_docs(doc: str) -> Mapping[str, str]:
    """What the section ``Args`` of a docstring says of each argument."""
    found = _ARGUMENT.findall(_sections(doc).get("Args", ""))
    return {name: plain(" ".join(text.split())) for name, text in found}


def failures(doc: str) -> str:
    """What the section ``Raises`` says of when it fails, without the name of the exception."""
    found = _ARGUMENT.findall(_sections(doc).get("Raises", ""))
    return " ".join(plain(" ".join(text.split())) for _, text in found)


def _sections(doc: str) -> Mapping[str, str]:
    pieces = _SECTION.split(inspect.cleandoc(doc))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def plain(text: str) -> str:
    """Docstring text as Markdown: double back quotes are single ones there."""
    return text.replace("``", "`")
