"""Texts that a spec keeps in files beside it, read for checks as if they stood in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from w2sdl.signature import Plain, Signatures

#: The text of a file by its path from the spec; None where it can't be read here and now.
ReadText = Callable[[str], str | None]
Problem = tuple[str, str]


class FileTexts:
    """The files of one spec. One that isn't there is no mistake yet: whoever runs the spec may have it."""

    def __init__(self, signatures: Signatures, read: ReadText) -> None:
        self._plain: dict[str, Plain] = {
            variant.name: variant.plain
            for family in signatures.variants.values()
            for variant in family.values()
            if variant.plain is not None
        }
        self._read = read
        self._known: dict[str, str | None] = {}

    def in_place(self, values: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
        """Parameters in JSON form with texts for files; ``problems`` gets what is wrong with these."""
        return {name: self._put(value, name, problems) for name, value in values.items()}

    def _put(self, value: Any, name: str, problems: list[Problem]) -> Any:
        match value:
            case {"variant": str(variant), "path": str(path)} if variant in self._plain:
                text = self._text(path)
                if text is None:
                    return value
                problem = self._plain[variant](text, name)
                problems += [problem] if problem is not None else []
                return text
            case Mapping():
                return self.in_place(value, problems)
            case list():
                return [self._put(item, name, problems) for item in value]
            case _:
                return value

    def _text(self, path: str) -> str | None:
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]
