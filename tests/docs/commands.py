"""Shell text of the documentation taken apart: which of our commands it gives, and whether they exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from w2sdl.cli import cli

ROOT = Path(__file__).parents[2]
#: What else may be called. A name that is not here is a slip, or needs a look.
PROGRAMS = frozenset(
    [
        ".",
        "base64",
        "cat",
        "cd",
        "cp",
        "docker",
        "dot",
        "echo",
        "exec",
        "exit",
        "export",
        "for",
        "done",
        "do",
        "grep",
        "git",
        "if",
        "fi",
        "then",
        "else",
        "helm",
        "jq",
        "kubectl",
        "ln",
        "ls",
        "make",
        "mkdir",
        "mkdocs",
        "mv",
        "npm",
        "pip",
        "python",
        "ray",
        "rm",
        "sbatch",
        "scancel",
        "sed",
        "set",
        "shift",
        "sleep",
        "source",
        "squeue",
        "srun",
        "scontrol",
        "tail",
        "tee",
        "test",
        "trap",
        "true",
        "wait",
        "while",
        "unset",
        "[",
    ]
)
_END = {"&&", "||", "|", ";", "&", "(", ")"}
_TO_A_FILE = {">", ">>", "<", ">&"}
_ASSIGNED = re.compile(r"\w+=")


def calls(script: str) -> Iterator[list[str]]:
    """The words of each command of a script, without what assigns, redirects or controls."""
    text = re.sub(r"\\\n\s*", " ", script)
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.commenters = "#"
        lexer.whitespace_split = True  # but punctuation ends a word
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in _END:
                words.append(word)
                continue
            yield from filter(None, [_command(words)])
            words = []


def _command(words: list[str]) -> list[str]:
    """A command without variables that are set before it, files that it is joined to, and ends of paths."""
    kept = [
        word for before, word in zip(["", *words], words, strict=False) if before not in _TO_A_FILE
    ]
    kept = [word for word in kept if word not in _TO_A_FILE]
    while kept and (_ASSIGNED.match(kept[0]) or kept[0].startswith("/")):
        kept.pop(0)
    return kept


def problem(words: list[str]) -> str:
    """What is wrong with one command; "" for nothing."""
    name, *arguments = words
    if name == "w2sdl":
        return wrong_arguments(arguments)
    if name == "python" and arguments[:1] == ["-m"]:
        module = arguments[1]
        known = importlib.util.find_spec(module.split(".")[0])
        return "" if known and importlib.util.find_spec(module) else f"there is no module {module}"
    if name == "python" and arguments and arguments[0].endswith(".py"):
        return "" if (ROOT / arguments[0]).is_file() else f"there is no {arguments[0]}"
    return "" if name in PROGRAMS else f"`{name}` is no program that a page may call"


def wrong_arguments(arguments: list[str]) -> str:
    """What click would say of a command of ours without running it: its name, options, arguments."""
    command: click.Command = cli
    context = click.Context(cli, info_name="w2sdl")
    rest = list(arguments)
    try:
        while isinstance(command, click.Group):
            values, rest, _ = command.make_parser(context).parse_args(rest)
            if not rest:
                shown = {"help", "version"} & {name for name, value in values.items() if value}
                return "" if shown or command.invoke_without_command else "no command"
            _, found, rest = command.resolve_command(context, rest)
            assert found is not None
            command, context = found, click.Context(found, parent=context, info_name=found.name)
        values, rest, _ = command.make_parser(context).parse_args(rest)
        return _misfit(command, context, values, rest)
    except click.ClickException as error:
        return error.format_message()


def _misfit(
    command: click.Command, context: click.Context, values: dict[str, object], rest: list[str]
) -> str:
    if rest:
        return f"{command.name} does not take {rest}"
    for param in command.params:
        value = values.get(param.name or "")
        given = value is not None and value != () and "UNSET" not in repr(value)
        if param.required and not given:
            return f"{command.name} needs {param.human_readable_name}"
        if given and isinstance(param.type, click.Choice):
            for one in value if isinstance(value, list | tuple) else [value]:
                param.type.convert(one, param, context)
    return ""
