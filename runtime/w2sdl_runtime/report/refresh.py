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
        f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>' if seconds else ""
    )
    scripts = "\n".join(f"<script>{script}</script>" for script in refresh_scripts(seconds))
    return Markup(f"{again}{scripts}")  # noqa: S704 - our own files


def refresh_scripts(seconds: int) -> list[str]:
    """What keeps the place, and what loads the page again, for the policy of the page to name."""
    folder = Path(__file__).with_name("templates")
    names = ["place.js", *(["refresh.js"] if seconds else [])]
    texts = [(folder / name).read_text("utf-8") for name in names]
    return [text.replace("SECONDS", str(seconds)) for text in texts]
