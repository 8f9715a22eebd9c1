"""Reads a report as a browser would, as far as tests need: structure, attributes and text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser

from w2sdl_runtime.report.scripts import own_scripts
from w2sdl_runtime.report.templating import own_templates

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr", "col", "source"}
#: Attributes through which a page can load, open or run something.
ACTIVE = {"src", "href", "xlink:href", "action", "data", "poster", "srcset", "formaction", "style"}


@dataclass
class Page(HTMLParser):
    html: str
    stack: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.stack]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.problems.append(f"<{tag}> has an attribute twice: {names}")
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack[-1] != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes {self.stack[-1:]}")
        if tag in self.stack:
            while self.stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.stack):
            self.words.append(data)
        if "script" in self.stack:
            self.scripts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def foreign_scripts(self) -> list[str]:
        """Scripts that are none of our files; of ours, each must be there once.

        One may hold data: JSON, which no browser runs, and in which nothing could end the element.
        """
        own = own_scripts(own_templates())
        kinds = [attrs.get("type", "") for tag, attrs in self.tags if tag == "script"]
        count = len(kinds) - kinds.count("application/json")
        missing = [
            f"not in the page: {script[:80]}" for script in own if script not in self.scripts
        ]
        more = ["a script without text, or one twice"] if count != len(own) else []
        scripts = [script for script in self.scripts if script not in own]
        return [script for script in scripts if not _is_data(script)] + missing + more

    def links(self) -> list[str]:
        """Values of attributes that lead somewhere."""
        return [
            value
            for _, attrs in self.tags
            for name, value in attrs.items()
            if name in ACTIVE or name.startswith("on")
        ]


def _is_data(script: str) -> bool:
    if set("<>&") & set(script):
        return False
    try:
        json.loads(script)
    except ValueError:
        return False
    return True
