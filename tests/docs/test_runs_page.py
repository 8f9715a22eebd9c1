"""What ``docs/runs.md`` says exists: its commands, options and events."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import click

from w2sdl.cli import cli
from w2sdl_runtime.driver import events

PAGE = (Path(__file__).parents[2] / "docs" / "runs.md").read_text("utf-8")


def test_all_events_are_listed() -> None:
    names = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", one.__name__).lower() for one in get_args(events.Event)
    }
    listed = set(re.findall(r"^\| `((?:run|node|budget|expected)_\w+)` \|", PAGE, re.MULTILINE))
    assert listed == names


def test_its_commands_and_options_exist() -> None:
    context = click.Context(cli)
    options: set[str] = set()
    for name in set(re.findall(r"`w2sdl (\w+)", PAGE)):
        command = cli.get_command(context, name)
        assert command is not None, name
        options |= {option for param in command.params for option in param.opts}
    assert set(re.findall(r"`(--?[a-z]+)[` ]", PAGE)) <= options
