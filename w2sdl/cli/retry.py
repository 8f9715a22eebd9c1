"""``w2sdl retry``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.output import print_json
from w2sdl.cli.past import is_alive, open_runs, run_facts, run_json, store_options
from w2sdl.location import StoreChoice


@click.command("retry")
@click.argument("run", default="last")
@click.option("--dry-run", "-n", is_flag=True, help="Only print the command.")
@store_options
def command(*, run: str, dry_run: bool, store: StoreChoice, as_json: bool, debug: bool) -> int:
    """Give the command of RUN again: what it computed is reused, the rest is done.

    Its spec is read anew: if the text has changed since, that is said.
    """
    from w2sdl_runtime.runs.past import damaged_record

    with environment_failures(debug):
        with open_runs(store) as runs:
            found = runs.find(run)
        if is_alive(found):
            raise Failure(
                f"{found.run} still runs, as process {found.pid} on {found.host}",
                f"w2sdl status {found.name}, or w2sdl cancel {found.name}",
            )
        info = run_facts(found)
        if not info.keys() >= {"run", "command", "spec_path", "spec_text"}:
            raise damaged_record(found.folder)
        folder, words = _again(info)
    spec = Path(folder) / info["spec_path"]
    changed = _has_changed(spec, info)
    words = [*words, "--json"] if as_json and not dry_run else words
    if as_json and dry_run:
        print_json({**run_json(found), "in": folder, "arguments": words, "spec_changed": changed})
    else:
        click.echo(f"in {folder}: {shlex.join(['w2sdl', *words])}", err=not dry_run)
        if changed:
            now = "is gone" if not spec.exists() else "has changed"
            click.echo(f"note: {spec} {now} since {found.run}", err=not dry_run)
    return 0 if dry_run else _run(folder, words)


def _again(info: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The folder where a run was started, and the words to go on with it."""
    again = info.get("again") or {}
    if not again:
        raise Failure(
            f"{info['run']} does not say how it was started: it was no `w2sdl run`, an older one, or one "
            "with a secret on its command line",
            f"this makes its results again: {info['command']}",
        )
    return str(again["folder"]), list(again["arguments"])


def _has_changed(spec: Path, info: Mapping[str, Any]) -> bool:
    try:
        return spec.read_text("utf-8-sig") != str(info["spec_text"])
    except (OSError, ValueError):
        return True


def _run(folder: str, words: list[str]) -> int:
    from w2sdl.cli import run_cli

    if not Path(folder).is_dir():
        raise Failure(f"there is no folder {folder} any more", "run the spec where it lies now")
    os.chdir(folder)
    return run_cli(words)
