"""The scripts of a page, and the policy by which a browser runs these and nothing else.

A page without its scripts says the same: they only open, sort, zoom and copy what stands in it.
Content Security Policy Level 3, W3C: a script runs where its SHA-256 is in ``script-src``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from jinja2 import Environment


def own_scripts(environment: Environment) -> list[str]:
    """The scripts beside the templates, in the order of their names; none depends on another."""
    names = sorted(name for name in environment.list_templates() if name.endswith(".js"))
    return [environment.get_template(name).render() for name in names]


def content_policy(scripts: Iterable[str]) -> str:
    """What a page may do: show itself, its own pictures and styles, and run these scripts."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    rules = ("style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", f"script-src {allowed}", *rules))
