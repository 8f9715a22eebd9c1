"""The words that go on with a run: its command line without what would compute things anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

#: What a second try must not repeat: it would throw results away, or only look, or write elsewhere.
_NOT_AGAIN = frozenset(
    {"fresh", "force", "dry_run", "out", "as_json", "quiet", "debug", "error_format"}
)


def words_again(context: click.Context) -> dict[str, Any]:
    """``folder`` and ``arguments`` of the command that is being run, for `w2sdl retry`."""
    words = [context.info_name or "run"]
    for param in context.command.params:
        name = param.name or ""
        if name in _NOT_AGAIN or context.get_parameter_source(name) != ParameterSource.COMMANDLINE:
            continue
        words += _words(param, context.params[name])
    return {"folder": str(Path.cwd()), "arguments": words}


def _words(param: click.Parameter, value: Any) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    if not isinstance(param, click.Option):
        return [str(one) for one in values]
    if param.is_flag:
        return [param.opts[0]] if value else list(param.secondary_opts[:1])
    return [word for one in values for word in (param.opts[0], str(one))]
