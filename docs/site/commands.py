"""The pages of commands and exit codes, read off the command line itself."""

from __future__ import annotations

from w2sdl import cli


def commands() -> str:
    """Every command with its options, by mkdocs-click: as text, since its tables show unset defaults."""
    options = {
        "module": "w2sdl.cli",
        "command": "cli",
        "prog_name": "w2sdl",
        "depth": 1,
        "style": "plain",
    }
    lines = [f"    :{name}: {value}" for name, value in options.items()]
    return "\n".join(["::: mkdocs-click", *lines, ""])


def exit_codes() -> str:
    """The exit codes that the command line's own docstring lists, as a table."""
    paragraphs = (cli.__doc__ or "").split("\n\n")
    (listed,) = [text.partition(".\n")[0] for text in paragraphs if text.startswith("0 ")]
    pairs = [" ".join(one.split()).partition(" ") for one in listed.split("·")]
    rows = [f"| {code} | {meaning} |" for code, _, meaning in pairs]
    return "\n".join(["| code | meaning |", "| --: | --- |", *rows])
