"""Keeps secrets out of what is written: logs, events, manifests, run records and messages.

A secret is the value of an environment variable whose name says so (``HF_TOKEN``), the login of the
Hugging Face hub, or what looks like a well-known kind of token. A reader finds ``[HF_TOKEN]`` instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAME = re.compile(r"TOKEN|SECRET|KEY|PASSW(OR)?D|CREDENTIAL", re.IGNORECASE)
#: Names that say where a secret is, not what it is.
_ELSEWHERE = re.compile(r"(_PATH|_FILE|_DIR|_URI|_URL|_MODE|_SOCK)$", re.IGNORECASE)
#: Says which variables hold keys of endpoints, and holds none.
NAMES_ONLY = "W2SDL_API_KEYS"
_SHORTEST = 8  #: shorter values are words such as "true", and would be masked everywhere
#: Kinds of tokens that are known by how they begin.
_TOKEN = re.compile(r"\b(?:hf_|sk-|ghp_|github_pat_|AKIA)[A-Za-z0-9_-]{12,}")
_LOGIN = re.compile(r"(?P<name>://)[^/\s@]+(?=@)")
_NAMED = re.compile(
    r"(?P<name>(?:token|password|passwd|secret|api_?key|access_?key)[\"']?\s*[=:]\s*[\"']?)[^\s'\"&,)]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Masker:
    """Replaces known secrets: value -> what stands for it."""

    names: Mapping[str, str]
    pattern: re.Pattern[str] | None

    @classmethod
    def of_environment(cls) -> Masker:
        """The secrets that this process has now."""
        names = {value: f"[{name}]" for name, value in _secrets().items()}
        longest = sorted(names, key=len, reverse=True)  # one may be a part of another
        pattern = re.compile("|".join(map(re.escape, longest))) if longest else None
        return cls(names, pattern)

    def text(self, text: str) -> str:
        """A text without secrets."""
        if self.pattern is not None:
            text = self.pattern.sub(lambda found: self.names[found.group()], text)
        return _TOKEN.sub("***", text)

    def json(self, value: Any) -> Any:
        """A JSON value without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.json(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        return value

    def found_in(self, value: Any) -> str:
        """The name of a secret of the environment that a JSON value holds; "" where it holds none."""
        if self.pattern is None:
            return ""
        if isinstance(value, str):
            found = self.pattern.search(value)
            return self.names[found.group()].strip("[]") if found else ""
        items: list[Any] = []
        if isinstance(value, Mapping):
            items = [*value, *value.values()]
        elif isinstance(value, list | tuple):
            items = list(value)
        return next((name for item in items if (name := self.found_in(item))), "")

    def file(self, path: Path) -> None:
        """Overwrite secrets in a file with stars, byte for byte, so that its readers stay in place.

        For what subprocesses and libraries in C wrote past `text`.
        """
        values = [value.encode() for value in self.names]
        if not values or not path.is_file():  # a device may have no end
            return
        with suppress(OSError), path.open("r+b") as file:
            overlap, start = max(map(len, values)), 0
            while len(block := _at(file, start, 1 << 20)) > 0:
                for value in values:
                    place = block.find(value)
                    while place >= 0:
                        file.seek(start + place)
                        file.write(b"*" * len(value))
                        place = block.find(value, place + len(value))
                if len(block) < 1 << 20:
                    break
                start += len(block) - overlap


def _at(file: Any, start: int, size: int) -> bytes:
    file.seek(start)
    return bytes(file.read(size))


def is_masked_name(name: str) -> bool:
    """Whether the name of a variable says that its value is a secret."""
    return bool(_NAME.search(name)) and not _ELSEWHERE.search(name) and name != NAMES_ONLY


def _secrets() -> dict[str, str]:
    """Names and values of what is secret here."""
    named = {name: value.strip() for name, value in os.environ.items() if is_masked_name(name)}
    return {
        name: value
        for name, value in {"Hugging Face login": _hub_login(), **named}.items()
        if len(value) >= _SHORTEST and "\n" not in value
    }


def _hub_login() -> str:
    """The token that ``hf auth login`` keeps in a file."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "huggingface"
    )
    path = Path(os.environ.get("HF_TOKEN_PATH") or Path(home) / "token")
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def masked(text: str) -> str:
    """A command line or URL without secrets, nor what a name before it says is one."""
    text = _NAMED.sub(r"\g<name>***", _LOGIN.sub(r"\g<name>***", text))
    return Masker.of_environment().text(text)
