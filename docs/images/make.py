"""The README's pictures, from a real run: ``python docs/images/make.py --store PLACE``.

Needs Chromium, and the packages of the extra `test`. Each picture is taken in light and in dark, at the
largest scale at which both stay below 300 kB.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright

from w2sdl.input_error import InputError
from w2sdl.location import parse_location
from w2sdl_runtime.publishing.bundle import write_bundle
from w2sdl_runtime.publishing.told import Style
from w2sdl_runtime.runs.past import PastRuns
from w2sdl_runtime.storage.opening import open_store

FOLDER = Path(__file__).parent
LARGEST = 300_000  #: bytes of a picture
SCALES = (2.0, 1.5, 1.25, 1.0)
SCHEMES = {"light": "", "dark": "-dark"}

#: Its top to that of the window, below the contents that stay there.
_TO_TOP = """one => {
  const bar = document.querySelector("body > nav");
  const top = one.getBoundingClientRect().top - (bar ? bar.offsetHeight : 0) - 16;
  scrollTo({top: scrollY + top, behavior: "instant"});
}"""


@dataclass(frozen=True)
class Shot:
    """A part of a page: from the top of an element on, as large as the window; or the element alone."""

    name: str
    at: str
    width: int = 1120
    height: int = 900
    alone: bool = False
    index: bool = False


SHOTS = (
    Shot("report", '#found h3:has-text("Accuracy and recovered gap")'),
    Shot("design", "#done figure", alone=True),
    Shot("said", "#said"),
    Shot("phone", "body", width=390, height=844),
    Shot("site", "body", height=640, index=True),
)


@click.command()
@click.argument("run", default="last")
@click.option("--store", required=True, help="Where RUN is kept; the index shows all its runs.")
@click.option("--out", type=click.Path(path_type=Path), default=FOLDER, help="Where pictures go.")
def main(run: str, store: str, out: Path) -> None:
    """Write the pictures of RUN's report, and of the index of its store."""
    try:
        with tempfile.TemporaryDirectory() as folder, browser() as chromium:
            report, index = _pages(run, store, Path(folder))
            for shot in SHOTS:
                for path in _take(chromium, index if shot.index else report, shot, out):
                    click.echo(f"{path}: {path.stat().st_size // 1000} kB")
    except InputError as problem:
        sys.exit(f"error: {problem.message}\n  help: {problem.help}")


def _pages(run: str, store: str, folder: Path) -> tuple[Path, Path]:
    """The report of a run and the index of all, in a folder."""
    opened = open_store(parse_location(store))
    with PastRuns(opened.root) as runs:
        name = runs.find(run).run
        for _ in write_bundle(folder / "site", runs, runs.every(), opened, Style()):
            pass
    site = folder / "site"
    return site / "runs" / name / "report.html", site / "index.html"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, without a window.

    Raises:
        InputError: when there is none.
    """
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if program is None:
        raise InputError("no Chromium is on PATH", "Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def _take(chromium: Browser, page: Path, shot: Shot, out: Path) -> list[Path]:
    """A shot in light and dark.

    Raises:
        InputError: when the page has no such part, or it is too large at any scale.
    """
    for scale in SCALES:
        taken = {end: _png(chromium, page, shot, scheme, scale) for scheme, end in SCHEMES.items()}
        if all(len(png) < LARGEST for png in taken.values()):
            paths = [out / f"{shot.name}{end}.png" for end in taken]
            for path, png in zip(paths, taken.values(), strict=True):
                path.write_bytes(png)
            return paths
    raise InputError(f"{shot.name} is too large", f"choose a smaller part in {__file__}")


def _png(chromium: Browser, page: Path, shot: Shot, scheme: str, scale: float) -> bytes:
    context = chromium.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=scheme, device_scale_factor=scale, reduced_motion="reduce", offline=True,
    )  # fmt: skip
    opened = context.new_page()
    opened.goto(page.absolute().as_uri())
    element = opened.locator(shot.at).first
    if not element.count():
        raise InputError(f"{page.name} has no {shot.at}", f"it is what {shot.name}.png shows")
    if shot.alone:
        png = element.screenshot()
    else:
        element.evaluate(_TO_TOP)
        png = opened.screenshot()
    context.close()
    return png


if __name__ == "__main__":
    main()
