"""One Chromium for all tests of a process, and a function that opens a file in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reports
from chromium import Chromium, Opened, Visit, started

from tests.report import sample as sampling


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser; without one, tests are skipped, and fail where CI=true says that it must be there."""
    with started() as found:
        if found is None:
            why = "needs Chromium on PATH (Debian: apt-get install chromium)"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
        yield found


@pytest.fixture
def visit(chromium: Chromium) -> Iterator[Visit]:
    """Opens files, each in a context of its own without any network.

    ``visit(path, width=360, scheme="dark", javascript=False)`` gives an `Opened`; ``options`` are
    those of `Browser.new_context`. At the end of the test no page may have a problem, and none may
    have asked for anything that is no file: a test that expects problems clears them.
    """
    opened: list[Opened] = []

    def open_file(
        path: Path,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        javascript: bool = True,
        **options: Any,
    ) -> Opened:
        context = chromium.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=javascript,
            offline=True,
            **options,
        )
        context.set_default_timeout(10_000)  # ms
        opened.append(Opened(context.new_page()))
        opened[-1].page.goto(path.absolute().as_uri())
        return opened[-1]

    with chromium.in_use():
        yield open_file
        for one in opened:
            one.page.context.close()
    assert [problem for one in opened for problem in one.problems] == []
    assert [url for one in opened for url in one.elsewhere] == []


@pytest.fixture
def watched(visit: Visit) -> Iterator[Visit]:
    """`visit`, which fails on a dialog too: for pages of hostile text."""
    dialogs: list[str] = []

    def open_file(path: Path, **options: Any) -> Opened:
        opened = visit(path, **options)
        opened.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        opened.page.reload()
        return opened

    yield open_file
    assert dialogs == []


@pytest.fixture(scope="session")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> sampling.Sample:
    """A small experiment with all its results."""
    return sampling.build(tmp_path_factory.mktemp("experiment"))


@pytest.fixture(scope="session")
def report(experiment: sampling.Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report, as a file."""
    return reports.write(experiment, tmp_path_factory.mktemp("report") / "report.html")
