"""A page that loads itself again while its run is watched."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup


def refreshing(seconds: int) -> Markup:
    """For the head of a page: load it again after ``seconds``, at the same place; 0 for never.

    A page from disk can't be asked whether it has changed, so it is loaded as a whole. Without
    JavaScript the browser does that, and may lose the place. The page of a run that has ended finds
    the place of the last one that was watched, and stays.
    """
    again = (
        f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>\n' if seconds else ""
    )
    script = refresh_script(seconds)
    return Markup(f"{again}<script>{script}</script>")  # noqa: S704 - our own file


def refresh_script(seconds: int) -> str:
    """The script that loads a page again, for the policy of the page to name."""
    script = Path(__file__).with_name("templates") / "refresh.js"
    return script.read_text("utf-8").replace("SECONDS", str(seconds))
