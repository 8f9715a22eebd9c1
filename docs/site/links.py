"""Links as a git host follows them, made links of the site.

A link within docs/ stays. One to a file elsewhere in the repository leads to the page that includes it,
or to a page that shows its text.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path, PurePosixPath

from fences import outside_fences

ROOT = Path(__file__).parents[2]
#: file of the repository -> page of the site
INCLUDED = {
    "benchmarks/README.md": "benchmarks.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")
_SPEC = re.compile(r"(?<!\[)`((?:specs/|examples/)?\w+\.w2s)`(?!\])")
_LANGUAGES = {".w2s": "w2s", ".py": "python", ".sh": "sh", ".yaml": "yaml", ".toml": "toml"}


@cache
def sources() -> dict[str, str]:
    """Files that have a page which shows their text: all specs and examples, and whatever is linked to."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("specs", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {*_LANGUAGES, ".j2"}
    }
    pages = {f"docs/{path.relative_to(ROOT / 'docs').as_posix()}" for path in _pages()}
    for page in (*pages, *INCLUDED):
        text = (ROOT / page).read_text("utf-8")
        targets: list[str] = []
        outside_fences(
            text, lambda part, to=targets: to.extend(m[1] for m in _LINK.finditer(part)) or part
        )
        found |= {path for link in targets if _is_source(path := _resolved(page, link))}
    return {path: f"source/{path}.md" for path in sorted(found)}


def _pages() -> list[Path]:
    return sorted((ROOT / "docs").rglob("*.md"))


def _is_source(path: str) -> bool:
    inside = path.startswith("docs/") and not path.endswith(".py")
    return not inside and path not in INCLUDED and path != "README.md" and (ROOT / path).is_file()


def _resolved(page: str, link: str) -> str:
    """A link of a page as a path in the repository."""
    return os.path.normpath(PurePosixPath(page).parent / link)


def listing(path: str) -> str:
    """A page with the text of a file."""
    language = _LANGUAGES.get(Path(path).suffix, "text")
    text = (ROOT / path).read_text("utf-8").rstrip("\n")
    fence = "`" * (1 + max(map(len, re.findall(r"`+", text)), default=2))
    return f"# {path}\n\n{max(fence, '```', key=len)}{language}\n{text}\n{max(fence, '```', key=len)}\n"


def rewrite(text: str, page: str) -> str:
    """The links of a page, which ``page`` names by its place on the site."""
    there = {made: path for path, made in INCLUDED.items()}
    origin = there.get(page, f"docs/{page}")
    named = _SPEC.sub(lambda found: _to_spec(found[0], found[1], page), text)
    return _LINK.sub(lambda found: _link(found, origin, page), named)


def _to_spec(code: str, path: str, page: str) -> str:
    """The name of a spec, as a link to its text."""
    known = [p for p in (path, f"specs/{path}", f"examples/{path}") if p in sources()]
    return f"[{code}]({_to(sources()[known[0]], page)})" if known else code


def _link(found: re.Match[str], origin: str, page: str) -> str:
    """One link; whatever mkdocs does not know is left, and the strict build says so."""
    path, anchor = _resolved(origin, found[1]), found[2] or ""
    if (ROOT / path).is_dir() and (ROOT / path / "README.md").is_file():
        path += "/README.md"
    target = INCLUDED.get(path) or sources().get(path)
    if path == "README.md":
        target = "index.md"
    if target is None and path.startswith("docs/"):
        target = path.removeprefix("docs/")
    return f"]({_to(target, page)}{anchor})" if target else found[0]


def _to(target: str, page: str) -> str:
    return os.path.relpath(target, PurePosixPath(page).parent)
