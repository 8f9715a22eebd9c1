"""Reads a report as a browser would, as far as tests need: structure, attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from w2sdl_runtime.report.refresh import refresh_scripts
from w2sdl_runtime.report.scripts import own_scripts

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
        if "script" in self.stack and not self._is_data:
            self.scripts.append(data)

    @property
    def _is_data(self) -> bool:
        """Whether the script that is open is none: a block of JSON, which no browser runs."""
        return self.tags[-1][1].get("type") == "application/json"

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def foreign_scripts(self) -> list[str]:
        """Scripts that are none of our files; of ours, each must be there once."""
        own = [*own_scripts(), *refresh_scripts(0)]
        count = sum(tag == "script" and "type" not in attrs for tag, attrs in self.tags)
        missing = [
            f"not in the page: {script[:80]}" for script in own if script not in self.scripts
        ]
        more = ["a script without text, or one twice"] if count != len(own) else []
        return [script for script in self.scripts if script not in own] + missing + more

    def links(self) -> list[str]:
        """Values of attributes that lead somewhere."""
        return [
            value
            for _, attrs in self.tags
            for name, value in attrs.items()
            if name in ACTIVE or name.startswith("on")
        ]
