"""The scripts of a page, and the policy by which a browser runs these and nothing else.

A page without its scripts says the same: they only open, sort, zoom and copy what stands in it.
Content Security Policy Level 3, W3C: a script runs where its SHA-256 is in ``script-src``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

#: The scripts of every report; none depends on another.
SCRIPTS = ("page.js", "zoom.js", "browse.js")


def own_scripts() -> list[str]:
    """The texts of the scripts."""
    folder = Path(__file__).with_name("templates")
    return [(folder / name).read_text("utf-8").rstrip() for name in SCRIPTS]


def content_policy(scripts: Iterable[str]) -> str:
    """What a page may do: show itself, its own pictures and styles, and run these scripts."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    rules = ("style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", f"script-src {allowed}", *rules))
