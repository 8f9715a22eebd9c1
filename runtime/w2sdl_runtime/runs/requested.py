"""What a run was asked for, and the words of a command line that ask for it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from w2sdl.pipeline import Compilation
from w2sdl.show import program_text
from w2sdl_runtime.masking import masked
from w2sdl_runtime.runs.run_record import RunRequest


def request_of(
    spec: Path, made: Compilation, modules: Sequence[str], more: Sequence[str] = ()
) -> RunRequest:
    """The request of a run of a spec.

    Args:
        spec: its file.
        made: what it compiled to.
        modules: with the user's operations.
        more: words that `w2sdl retry` gives beside those that the results depend on.
    """
    words = ["run", str(spec)]
    options = {"--profile": made.profiles, "--set": made.settings, "--module": modules}
    for option, values in options.items():
        words += [word for value in values for word in (option, value)]
    return RunRequest(
        spec_path=str(spec),
        spec_text=made.source.text,
        resolved_text=program_text(made.program),
        profiles=made.profiles,
        overrides=made.settings,
        command=masked(shlex.join(["w2sdl", *words])),
        again=_again([*words, *more]),
        warnings=[found.title() for found in made.diagnostics],
    )


def _again(words: list[str]) -> dict[str, Any]:
    """``folder`` and ``arguments`` of a command; {} for one that holds what looks like a secret."""
    text = shlex.join(words)
    return {"folder": str(Path.cwd()), "arguments": words} if masked(text) == text else {}
