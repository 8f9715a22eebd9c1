"""The words of a command line that `w2sdl retry` gives again, beside those of the design."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from w2sdl.cli.common import Loaded
from w2sdl.location import store_words

_DESIGN = frozenset({"spec", "profiles", "settings", "modules"})
#: What a second try must not repeat: it would throw results away, or only look, or write elsewhere.
_ONCE = frozenset({"fresh", "force", "dry_run", "out", "as_json", "quiet", "debug", "error_format"})


def words_again(context: click.Context, loaded: Loaded) -> list[str]:
    """The options of the command that is being run that a second try needs as well."""
    words: list[str] = []
    for param in context.command.params:
        name = param.name or ""
        given = context.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if given and name not in _DESIGN | _ONCE:
            words += _words(param, context.params[name])
    if Path(context.params["spec"]) != loaded.path:  # a plan: it names its store itself
        words += store_words(loaded.settings.store)
    return words


def _words(param: click.Parameter, value: Any) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(param, click.Option) and param.is_flag:
        return [param.opts[0]] if value else list(param.secondary_opts[:1])
    return [word for one in values for word in (param.opts[0], str(one))]
