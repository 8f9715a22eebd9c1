"""Jinja templates of pages: all that is put in is escaped, and a name that is not there is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page_templates(package: str) -> Environment:
    """The templates beside a package's modules, in its folder ``templates``."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # no other format needs it

    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
