"""The words that make a run's results again, and those that go on with it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from w2sdl.cli.common import Loaded
from w2sdl.location import Location, split_cache

_DESIGN = frozenset({"spec", "profiles", "settings", "modules"})
#: What a second try must not repeat: it would throw results away, or only look, or write elsewhere.
_ONCE = frozenset({"fresh", "force", "dry_run", "out", "as_json", "quiet", "debug", "error_format"})


def reproducing_command(loaded: Loaded) -> str:
    """The command that makes these results again: only what changes a result is in it."""
    from w2sdl_runtime.provenance import masked

    return masked(shlex.join(["w2sdl", *_design(loaded)]))


def words_again(context: click.Context, loaded: Loaded) -> dict[str, Any]:
    """``folder`` and ``arguments`` of the command that is being run, for `w2sdl retry`.

    A command line that holds what looks like a secret is not kept: {}.
    """
    from w2sdl_runtime.provenance import masked

    words = _design(loaded)
    for param in context.command.params:
        name = param.name or ""
        given = context.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if given and name not in _DESIGN | _ONCE:
            words += _words(param, context.params[name])
    if Path(context.params["spec"]) != loaded.path:  # a plan: it names its store itself
        words += _store_words(loaded.settings.store)
    secret = masked(shlex.join(words)) != shlex.join(words)
    return {} if secret else {"folder": str(Path.cwd()), "arguments": words}


def _design(loaded: Loaded) -> list[str]:
    words = ["run", str(loaded.path)]
    for profile in loaded.profiles:
        words += ["--profile", profile]
    for setting in loaded.overrides:
        words += ["--set", setting]
    for module in loaded.modules:
        words += ["--module", module]
    return words


def _store_words(location: Location) -> list[str]:
    if isinstance(location, Path):
        return ["--store", str(location)]
    url, cache = split_cache(location)
    return ["--store", url, *(["--cache", str(cache)] if cache else [])]


def _words(param: click.Parameter, value: Any) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(param, click.Option) and param.is_flag:
        return [param.opts[0]] if value else list(param.secondary_opts[:1])
    return [word for one in values for word in (param.opts[0], str(one))]
