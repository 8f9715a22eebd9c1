"""How templates of reports are read: everything is escaped, a name that is not there is an error."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from w2sdl.draw.style import page_style
from w2sdl.durations import format_seconds
from w2sdl.wording import first_of
from w2sdl_runtime.report import markdown, markdown_text, text
from w2sdl_runtime.report.baselines import baseline_words
from w2sdl_runtime.report.scripts import own_scripts
from w2sdl_runtime.report.tables import Figure

#: Characters of spec text shown.
SPEC_LIMIT = 400_000
#: Of what the page looks like, what stands in the sections first; then the frame around them.
STYLE_SHEETS = ("style.css", "browse.css", "frame.css")


Form = Literal["html", "md"]


class _Compiled(BytecodeCache):
    """Templates as code, kept while the process lives: sites and watched runs render many reports."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.bytecode_to_string()


#: One each, for what an environment makes of constants is in the code.
_COMPILED: dict[Form, _Compiled] = {"html": _Compiled(), "md": _Compiled()}


def own_templates(form: Form) -> Environment:
    """The templates beside this module; see `give_words` for what every printed value passes."""
    environment = Environment(
        loader=PackageLoader("w2sdl_runtime.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED[form],
    )
    give_words(environment, form)
    return environment


def give_words(environment: Environment, form: Form) -> None:
    """Give an environment the filters and functions of reports, and what makes text of all values."""
    environment.finalize = markdown_text.escaped if form == "md" else text.shown
    environment.filters |= words_of(form)
    environment.globals["keys_of"] = keys_of
    if form == "html":
        scripts = [Markup(script) for script in own_scripts()]  # noqa: S704 - our own files
        next_id = itertools.count(1).__next__  # for elements that point at each other
        environment.globals |= {"style": _style(), "scripts": scripts, "next_id": next_id}


def words_of(form: Form) -> dict[str, Callable[..., Any]]:
    """The filters of reports by name."""
    return _FILTERS | (_MARKDOWN if form == "md" else {})


def _style() -> Markup:
    folder = Path(__file__).with_name("templates")
    sheets = [(folder / name).read_text("utf-8").rstrip() for name in STYLE_SHEETS]
    return Markup("\n".join([*sheets, page_style()]))  # noqa: S704 - our own files


def keys_of(figure: Figure | None) -> str:
    """Where a number comes from: addresses and key prefixes of its nodes."""
    if figure is None:
        return ""
    known = [f"{single.address} {single.key}".strip() for single in figure.singles]
    return f"from {first_of(known, 8)}"


def words(value: Any) -> str:
    """A record of a waiver, a warning or a version as one line of text."""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name}: {words(item)}" for name, item in value.items() if item not in ("", None)
        )
    if isinstance(value, list | tuple):
        return ", ".join(map(words, value))
    return str(value)


_FILTERS: dict[str, Callable[..., Any]] = {
    "percent": text.percent,
    "number": text.number,
    "amount": text.amount,
    "span": text.span,
    "duration": format_seconds,
    "listed": text.listed,
    "whole": partial(text.shown, limit=SPEC_LIMIT),
    "words": words,
    "baseline_words": baseline_words,
}
_MARKDOWN: dict[str, Callable[..., Any]] = {
    "code": markdown_text.code,
    "block": markdown_text.block,
    "measure_table": markdown.measure_table,
    "panel_table": markdown.panel_table,
    "verdict_table": markdown.verdict_table,
    "table": markdown_text.rows,
}
