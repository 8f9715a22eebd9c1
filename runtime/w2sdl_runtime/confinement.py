"""Which files a spec may name: those of its project, and what its user allows besides.

A spec may come from a stranger. What it names is read, is written into the store and shown in a report,
so it may not be whatever lies on the disk; links out of the project don't change that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import files_below


@dataclass(frozen=True, slots=True)
class Confinement:
    """Folders below which a spec may name files. What the user named himself may be linked anywhere."""

    project: Path
    roots: tuple[Path, ...]  #: the project among them
    named: tuple[Path, ...] = ()

    @classmethod
    def of(
        cls, base: Path, root: Path, allowed: Iterable[str] = (), settings: Iterable[str] = ()
    ) -> Confinement:
        """For a spec in ``base`` and its project in ``root``.

        Args:
            base: the folder of the spec.
            root: the folder of the project, which holds the spec.
            allowed: folders that ``w2sdl.toml`` allows, from ``root`` on.
            settings: ``PATH=VALUE`` of the command line: what a value names, from the current folder
                on, may be read.
        """
        further = [root / Path(text).expanduser() for text in allowed]
        values = [value for text in settings for value in _values(text)]
        named = [Path.cwd() / Path(value).expanduser() for value in values]
        roots = tuple(path.resolve() for path in (root, base, *further))
        return cls(root, roots, tuple(path.resolve() for path in named))

    def check(self, value: str, path: Path) -> None:
        """Refuse a path that leads out of what may be read.

        Raises:
            PrerequisiteError: when it does, or a link inside a folder does.
        """
        place = path.resolve()
        if self._is_named(place):
            return
        if not self._is_inside(place):
            leads = path.absolute() != place and self._is_inside(path.absolute())
            what = f"is a link to {place}, which lies" if leads else "lies"
            raise self._outside(f"`{value}` {what} outside the project")
        if place.is_dir():
            for file in files_below(place):
                if file.is_symlink() and not self._is_inside(file.resolve()):
                    raise self._outside(
                        f"`{value}/{file.relative_to(place)}` is a link out of the project"
                    )

    def _is_named(self, place: Path) -> bool:
        return any(place.is_relative_to(root) for root in self.named)

    def _is_inside(self, place: Path) -> bool:
        return any(place.is_relative_to(root) for root in (*self.roots, *self.named))

    def _outside(self, what: str) -> PrerequisiteError:
        return PrerequisiteError(
            f"{what} {self.project}",
            "a spec names files of its project; to read others, name their folder with --set, or "
            'allow it in w2sdl.toml: paths = ["/data"]',
        )


def _values(setting: str) -> list[str]:
    """The texts in the value of ``PATH=VALUE``, quoted or not."""
    value = setting.partition("=")[2].strip()
    quoted = re.findall(r'"([^"]*)"', value)
    return [text for text in (quoted or [value]) if text]
