"""What machines a cluster had when it was last looked at, kept in the store: plans ask nobody."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.files import read_json, write_json

FILE = "machines.json"


def remember(store: Path, address: str, machines: Sequence[Resources]) -> None:
    """Keep the machines of a cluster, as of now. A store that can't be written keeps none."""
    with suppress(OSError):
        store.mkdir(parents=True, exist_ok=True)
        seen = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        record = {"seen": seen, "machines": [asdict(machine) for machine in machines]}
        write_json(store / FILE, {**_all(store), address: record}, durable=False)


def recalled(store: Path, address: str) -> tuple[str, tuple[Resources, ...]]:
    """When a cluster was last looked at, and its machines; ("", ()) where it never was."""
    try:
        found = _all(store)[address]
        machines = tuple(Resources(**machine) for machine in found["machines"])
        return str(found["seen"]), machines
    except (KeyError, TypeError):
        return "", ()


def _all(store: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, TypeError):
        return dict(read_json(store / FILE))
    return {}
