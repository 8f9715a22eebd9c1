"""The long text behind each code: Markdown beside this file, one per code, with a bad and a good spec.

A file begins with ``# W2S0301: what it is about`` and holds fenced blocks that a test compiles:
```` ```w2s bad ````, ```` ```w2s good ````, and ```` ```w2s lib/name.w2s ```` for files that they import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from w2sdl.errors.validity import RULES, rule_of_number
from w2sdl.messages.codes import lints, messages
from w2sdl.messages.suggest import nearest_names

_FENCE = re.compile(r"^```w2s (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"# (W2S\d{4}): (.+)\n+")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code's long text. ``body`` is Markdown without the title."""

    code: str
    title: str
    body: str

    def examples(self, kind: str) -> tuple[str, ...]:
        """The specs in its blocks marked ``bad`` or ``good``."""
        return tuple(text for word, text in _FENCE.findall(self.body) if word == kind)

    def files(self) -> Mapping[str, str]:
        """The files that its examples import, by path."""
        return {word: text for word, text in _FENCE.findall(self.body) if word.endswith(".w2s")}


class NoExplanation(KeyError):
    """There is no such code or name; ``near`` are the nearest."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(name)
        self.near = near


def codes() -> list[str]:
    """All codes that need a text: those of messages, and of rules that are checked at run time."""
    return sorted({*messages(), *RULES.values()})


@cache
def explanations() -> Mapping[str, Explanation]:
    """All texts by code, in order."""
    texts = [f for f in files(__name__).iterdir() if f.name.endswith(".md")]
    found = [_read(text.name, text.read_text("utf-8")) for text in texts]
    return {text.code: text for text in sorted(found, key=lambda text: text.code)}


def _read(name: str, text: str) -> Explanation:
    head = _HEAD.match(text)
    if head is None or head[1] != name.removesuffix(".md"):
        raise ValueError(f"{name} must begin with `# {name.removesuffix('.md')}: a title`")
    return Explanation(head[1], head[2], text[head.end() :].rstrip() + "\n")


def explanation(code: str) -> Explanation:
    """The text of one code."""
    return _read(f"{code}.md", (files(__name__) / f"{code}.md").read_text("utf-8"))


def name_of(code: str) -> str:
    """The name of the lint or rule behind a code; "" for other messages."""
    named = {rule_code: name for name, rule_code in RULES.items()}
    return messages()[code].lint if code in messages() else named.get(code, "")


def find(name: str) -> tuple[Explanation, ...]:
    """The texts of a code (``W2S0301``, ``0301``), a rule's number (``R5``), or a lint's or rule's name.

    Raises:
        NoExplanation: with the nearest codes and names.
    """
    code = f"W2S{name:0>4}" if name.isdecimal() else name.upper()
    if code in explanations():
        return (explanations()[code],)
    plain = rule_of_number(name) or name.replace("-", "_").lower()
    named = [kind.code for kind in lints().get(plain, ())] or [RULES.get(plain, "")]
    if named[0]:
        return tuple(explanations()[one] for one in named)
    near = nearest_names(code if code.startswith("W2S") else plain, [*codes(), *lints(), *RULES])
    raise NoExplanation(name, near)
