"""``w2sdl explain``."""

from __future__ import annotations

import re
import sys
from shutil import get_terminal_size
from textwrap import fill

import click

from w2sdl.cli.common import Failure
from w2sdl.cli.output import has_color
from w2sdl.errors.validity import RULES
from w2sdl.explain import Explanation, NoExplanation, explanations, find, name_of
from w2sdl.messages.codes import messages

#: The first two digits of a code, and what its messages are about.
STAGES = {
    "01": "Syntax",
    "02": "Names",
    "03": "Kinds and types",
    "04": "Graph",
    "05": "Run",
    "06": "Validity of the experiment",
}
_COLORS = {"w2s bad": "red", "w2s good": "green"}


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
            click.echo(("\n" if stage else "") + STAGES[code[3:5]])
            stage = code[3:5]
        click.echo(f"  {code}  {text.title}{named(code)}")


def named(code: str) -> str:
    """`` (single_seed, a pedantic lint)``; "" for a message without a name."""
    name = name_of(code)
    if not name:
        return ""
    if name in RULES:
        return f" ({name}, rule R{[*RULES].index(name) + 1} of validity)"
    return f" ({name}, a {'pedantic ' if messages()[code].pedantic else ''}lint)"


def _show(text: Explanation) -> None:
    """Markdown drawn for a terminal; anywhere else, and with NO_COLOR, the text as it is."""
    title = f"{text.code}: {text.title}{named(text.code)}"
    if not has_color(sys.stdout):
        click.echo(f"# {title}\n\n{text.body}", nl=False)
        return
    width = min(100, get_terminal_size().columns)
    click.echo(_inline(click.style(title, bold=True)) + "\n")
    for block in re.split(r"(```.*?```)", text.body, flags=re.DOTALL):
        click.echo(_code(block) if block.startswith("```") else _prose(block, width), nl=False)


def _prose(text: str, width: int) -> str:
    """Paragraphs filled anew to a width."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    filled = [fill(paragraph, width, break_on_hyphens=False) for paragraph in paragraphs]
    return "".join(f"{_inline(paragraph)}\n\n" for paragraph in filled)


def _code(block: str) -> str:
    """A spec, indented; red what does not compile, green what does."""
    head, _, body = block.strip("`").partition("\n")
    lines = [
        click.style(f"  {line}", fg=_COLORS.get(head)) if line else "" for line in body.splitlines()
    ]
    name = [f"{head.removeprefix('w2s ')}:"] if head not in _COLORS else []
    return "\n".join([*name, *lines]) + "\n\n"


def _inline(text: str) -> str:
    """Code and emphasis within a paragraph, also where it runs over the end of a line."""
    text = re.sub(r"`([^`]+)`", lambda found: click.style(found[1], fg="cyan"), text)
    return re.sub(r"\*(\w[^*]*)\*", lambda found: click.style(found[1], italic=True), text)
