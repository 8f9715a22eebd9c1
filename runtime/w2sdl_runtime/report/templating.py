"""How templates of reports are read: everything is escaped, a name that is not there is an error."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from w2sdl.draw.style import page_style
from w2sdl.durations import format_seconds
from w2sdl.wording import first_of
from w2sdl_runtime.report import text
from w2sdl_runtime.report.scripts import content_policy, own_scripts
from w2sdl_runtime.report.tables import Figure

#: Characters of spec text shown.
SPEC_LIMIT = 400_000
#: Of what the page looks like, what stands in the sections first; then the frame around them.
STYLE_SHEETS = ("style.css", "frame.css")


def own_templates() -> Environment:
    """The templates beside this module; every value that is printed passes `text.shown` first."""
    environment = Environment(
        loader=PackageLoader("w2sdl_runtime.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_words(environment)
    sheets = [environment.get_template(name).render() for name in STYLE_SHEETS]
    style = "\n".join([*sheets, page_style()])
    scripts = own_scripts(environment)
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 - our own files
        "scripts": [Markup(script) for script in scripts],  # noqa: S704
        "policy": content_policy(scripts),
        "next_id": itertools.count(1).__next__,
    }
    return environment


def add_words(environment: Environment) -> None:
    """Give an environment the filters and functions of reports."""
    environment.filters |= {
        "percent": text.percent,
        "number": text.number,
        "duration": format_seconds,
        "listed": text.listed,
        "whole": partial(text.shown, limit=SPEC_LIMIT),
        "words": words,
    }
    environment.globals["keys_of"] = keys_of


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
