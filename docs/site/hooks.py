"""What mkdocs.yml asks of Python: generated references, pages from elsewhere, links, and colours for specs.

A page of docs/ reads the same on a git host. What only the site can show stands behind a mark,
``<!-- generated: operations -->``, in a page that says in words where else to find it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import codes
import commands
import operations
from fences import for_pygments, outside_fences
from links import INCLUDED, ROOT, listing, rewrite, sources
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pygments.lexers import LEXERS
from pymdownx.slugs import slugify
from w2s_lexer import W2sLexer

import specs

_MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
_GENERATED: dict[str, Callable[[], str]] = {
    "operations": operations.operations,
    "variants": operations.variants,
    "commands": commands.commands,
    "exit_codes": commands.exit_codes,
    "codes": codes.codes,
    "specs": specs.specs,
}


def on_config(config: Any) -> Any:
    """Anchors as a git host makes them, and the lexer of specs by its name."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    LEXERS["W2sLexer"] = (W2sLexer.__module__, W2sLexer.name, ("w2s",), ("*.w2s",), ())
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds what pages include or link to and is not in docs/."""
    for path, page in INCLUDED.items():
        text = (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
    for path, page in sources().items():
        files.append(File.generated(config, page, content=listing(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: Any, files: Files) -> str:
    """Fills marks in, then makes links and fences those of the site."""
    filled = _MARK.sub(lambda found: _GENERATED[found[1]](), markdown)
    linked = outside_fences(filled, lambda text: rewrite(text, page.file.src_uri))
    return for_pygments(linked)


def on_post_page(output: str, page: Page, config: Any) -> str:
    """Names the search for screen readers, which the theme does not."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')
