"""The reports of all specs as a site: ``python docs/gallery.py --out gallery``, or ``make gallery``.

Each spec is run in a process of its own; results lie in the store, so the same command goes on where it was
stopped, and computes nothing that is there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from w2sdl.durations import format_seconds

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"


@dataclass(frozen=True)
class Ran:
    """How one run ended; ``run`` is "" where it never began."""

    spec: Path
    run: str
    status: str
    said: str


@click.command()
@click.argument("specs", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/gallery"),
    help="The site's folder.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path("build/gallery-store"),
    help="Where results are kept.",
)
@click.option("--profile", "-p", help="Run each spec under this profile, such as `test`.")
@click.option("--executor", default="local", help="As of `w2sdl run`.")
def main(
    specs: tuple[Path, ...], out: Path, store: Path, profile: str | None, executor: str
) -> None:
    """Run SPECS (all of specs/ without any) and write their reports with an index.

    A spec that fails is told, and the others go on; its report says what is missing.
    """
    chosen = specs or tuple(sorted(SPECS.glob("*.w2s")))
    options = ["--store", str(store), *(["--profile", profile] if profile else [])]
    begun, ran = time.monotonic(), []
    for number, spec in enumerate(chosen, 1):
        click.echo(f"{number}/{len(chosen)} {spec.stem}: {expected(spec, options)}")
        ran.append(run(spec, [*options, "--executor", executor]))
        click.echo(
            f"  {ran[-1].status}{ran[-1].said}; {format_seconds(time.monotonic() - begun)} so far"
        )
    there = [one.run for one in ran if one.run]
    if there:
        w2sdl("report", *there, "--bundle", str(out), "--store", str(store), check=True)
        click.echo(f"{out / 'index.html'}: {len(there)} reports")
    failed = [one.spec.stem for one in ran if one.status != "done"]
    if failed:
        sys.exit(f"error: not done: {', '.join(failed)}")


def expected(spec: Path, options: Sequence[str]) -> str:
    """What a run has to do, and how long it takes where that is known: the last line of its plan."""
    lines = w2sdl("plan", str(spec), *options).stdout.strip().splitlines()
    return next((line for line in lines if " nodes: " in line), "can't be planned")


def run(spec: Path, options: Sequence[str]) -> Ran:
    """Run a spec, and wait for its end."""
    found = w2sdl("run", str(spec), "--json", *options)
    events = list(_events(found.stdout))
    end = next((event for event in events if event["event"] == "end"), None)
    if end is None:
        lines = found.stderr.strip().splitlines()
        return Ran(spec, "", "failed", f": {lines[0]}" if lines else "")
    return Ran(spec, end["run"], end["status"], "")


def _events(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def w2sdl(*words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """A command of ours, in a process of its own; it is this Python's."""
    command = [sys.executable, "-m", "w2sdl", *words]
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=None if check else subprocess.PIPE,
        text=True,
        check=check,
    )


if __name__ == "__main__":
    main()
