"""The index of a site of reports: a table of runs that is sorted and filtered where it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from w2sdl.durations import format_seconds
from w2sdl_runtime.publishing.entry import Entry
from w2sdl_runtime.report import text
from w2sdl_runtime.report.scripts import content_policy

_FOLDER = Path(__file__).with_name("templates")
_STYLE = Path(text.__file__).with_name("templates") / "style.css"
#: Verdicts in the order in which they are counted.
_VERDICTS = ("contradicted", "not supported", "undecided", "supported")


def render_index(entries: Mapping[str, Entry]) -> str:
    """The page, newest run first.

    Args:
        entries: runs by the name of their folder.
    """
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": format_seconds, "clock": _clock, "counted": _counted}
    script = (_FOLDER / "index.js").read_text("utf-8")
    style = f"{_STYLE.read_text('utf-8')}{(_FOLDER / 'index.css').read_text('utf-8')}"
    return environment.get_template("index.html.j2").render(
        runs=sorted(entries.items(), key=lambda one: (-one[1].started, one[0])),
        style=Markup(style),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704 - our own file
        policy=content_policy([script]),
    )


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _counted(verdicts: list[tuple[str, str]]) -> list[tuple[str, int]]:
    """Verdicts and how many there are of each, those first that ask to be looked at."""
    found = Counter(verdict for _, verdict in verdicts)
    known = [word for word in _VERDICTS if word in found]
    return [(word, found[word]) for word in [*known, *(w for w in found if w not in known)]]
