"""``w2sdl explain``."""

from __future__ import annotations

import os
import re
import sys
from shutil import get_terminal_size
from textwrap import fill

import click

from w2sdl.cli.common import Failure
from w2sdl.codes import messages
from w2sdl.explain import Explanation, NoExplanation, explanations, find

_STAGES = {
    "01": "Syntax",
    "02": "Names",
    "03": "Kinds and types",
    "04": "Graph",
    "05": "Run",
    "06": "Validity of the experiment",
}


@click.command("explain")
@click.argument("name", metavar="[CODE | RULE | LINT]", required=False)
def command(name: str | None) -> None:
    """Say at length what a message means, with a spec that gets it and one that doesn't.

    Without an argument, list all codes, and the names of lints and rules.
    """
    if name is None:
        _list_all()
        return
    try:
        found = find(name)
    except NoExplanation as problem:
        near = " or ".join(f"`{other}`" for other in problem.near)
        hint = f"did you mean {near}?" if near else "`w2sdl explain` lists them all"
        raise Failure(f"there is no code, rule or lint `{name}`", hint) from problem
    for text in found:
        _show(text)


def _list_all() -> None:
    stage = ""
    for code, text in explanations().items():
        if code[3:5] != stage:
            click.echo(("\n" if stage else "") + _STAGES[code[3:5]])
            stage = code[3:5]
        kind = messages()[code]
        lint = f"  ({kind.lint}{', pedantic' if kind.pedantic else ''})" if kind.lint else ""
        click.echo(f"  {code}  {text.title}{lint}")


def _show(text: Explanation) -> None:
    """Markdown drawn for a terminal; anywhere else, and with NO_COLOR, the text as it is."""
    title = f"{text.code}: {text.title}"
    kind = messages()[text.code]
    if kind.lint:
        how = (
            "a pedantic lint" if kind.pedantic else "a lint" if kind.level != "error" else "a rule"
        )
        title += f" (`{kind.lint}`, {how})"
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        click.echo(f"# {title}\n\n{text.body}", nl=False)
        return
    width = min(100, get_terminal_size().columns)
    click.echo(_inline(click.style(title, bold=True)) + "\n")
    for block in re.split(r"(```.*?```)", text.body, flags=re.DOTALL):
        click.echo(_code(block) if block.startswith("```") else _prose(block, width), nl=False)


def _prose(text: str, width: int) -> str:
    """Paragraphs filled anew to a width; lists keep their lines."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    filled = [
        paragraph.strip()
        if paragraph.lstrip().startswith("- ")
        else fill(paragraph, width, break_on_hyphens=False)
        for paragraph in paragraphs
    ]
    return "".join(f"{_inline(paragraph)}\n\n" for paragraph in filled)


def _code(block: str) -> str:
    """A spec, indented; red what does not compile, green what does."""
    head, _, body = block.strip("`").partition("\n")
    color = {"w2s bad": "red", "w2s good": "green"}.get(head)
    lines = [click.style(f"  {line}", fg=color) if line else "" for line in body.splitlines()]
    return "\n".join(lines) + "\n\n"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", lambda found: click.style(found[1], fg="cyan"), text)
