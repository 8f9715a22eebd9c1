"""``w2sdl fmt``."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import click

from w2sdl.cli.common import Failure, input_failures, print_diagnostics
from w2sdl.cli.options import debug_option
from w2sdl.cli.output import has_color
from w2sdl.format import format_text
from w2sdl.project import MAX_SPEC_BYTES, check_size, read_source
from w2sdl.source import Source
from w2sdl.wording import how_many

STDIN = Path("-")


class _Outcome(Enum):
    SAME = auto()
    CHANGED = auto()
    FAILED = auto()


@dataclass(frozen=True)
class _Formatted:
    """A spec as it is, with its line ends and byte order mark, and as it should be."""

    before: str
    after: str


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...",
                type=click.Path(path_type=Path, allow_dash=True))  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; list what would change, exit with 2.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@debug_option
def command(*, paths: tuple[Path, ...], check: bool, diff: bool, debug: bool) -> None:
    """Write specs in the one style: files, and all .w2s files below folders.

    `-` reads standard input and writes standard output. Comments are kept, and the meaning. A spec
    with a syntax error is left as it is.
    """
    if STDIN in paths and len(paths) > 1:
        raise Failure("`-` is standard input, and stands alone", "format the files on their own")
    outcomes = Counter(_format(path, check, diff) for path in _files(paths))
    if STDIN not in paths:
        _summarise(outcomes, check or diff)
    if outcomes[_Outcome.FAILED]:
        raise click.exceptions.Exit(1)
    if check and outcomes[_Outcome.CHANGED]:
        raise click.exceptions.Exit(2)


def _files(paths: Sequence[Path]) -> Iterator[Path | Failure]:
    """The files that are meant, each once; a folder that gives none is a failure."""
    seen: set[Path] = set()
    for path in paths:
        try:
            found = _specs_below(path) if path.is_dir() else [path]
        except (OSError, Failure) as problem:
            yield problem if isinstance(problem, Failure) else _unreadable(path, problem)
            continue
        for file in found:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def _specs_below(folder: Path) -> list[Path]:
    """All specs below a folder, but for hidden folders: stores and environments lie in those."""
    found: list[Path] = []

    def refuse(problem: OSError) -> None:
        raise problem

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if name.endswith(".w2s")]
    if not found:
        raise Failure(f"there is no .w2s file in {folder}", "name a folder with specs, or a file")
    return sorted(found)


def _unreadable(path: Path, problem: OSError) -> Failure:
    return Failure(f"{problem.filename or path} can't be read: {problem.strerror}")


def _format(path: Path | Failure, check: bool, diff: bool) -> _Outcome:
    """Format one file, and say so. Mistakes are printed: the next file may do better."""
    try:
        if isinstance(path, Failure):
            raise path
        with input_failures():
            spec = _read_stdin() if path == STDIN else _read_file(path)
        if spec is None:
            return _Outcome.FAILED
        _answer(path, spec, check, diff)
    except (OSError, Failure) as problem:
        failure = problem if isinstance(problem, Failure) else _unreadable(Path(str(path)), problem)
        failure.show()
        return _Outcome.FAILED
    return _Outcome.SAME if spec.before == spec.after else _Outcome.CHANGED


def _answer(path: Path, spec: _Formatted, check: bool, diff: bool) -> None:
    if diff:
        click.echo(_diff(path, spec), nl=False)
    elif path == STDIN and not check:
        click.echo(spec.after.encode(), nl=False)
    elif spec.before != spec.after:
        if not check:
            _write(path, spec.after)
        click.echo(path)


def _read_file(path: Path) -> _Formatted | None:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise Failure(f"{path} is no file that can be written again", "`-` reads from a pipe")
    source = read_source(path)
    return _formatted(source, path.read_bytes().decode())


def _read_stdin() -> _Formatted | None:
    data = sys.stdin.buffer.read(MAX_SPEC_BYTES + 1)
    check_size("standard input", len(data))
    try:
        before = data.decode()
    except UnicodeDecodeError as problem:
        raise Failure(f"standard input is not UTF-8 text: {problem.reason}") from problem
    text = before.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _formatted(Source("<stdin>", text), before)


def _formatted(source: Source, before: str) -> _Formatted | None:
    """Nothing if the spec can't be read; then its mistakes are printed."""
    after, diagnostics = format_text(source)
    print_diagnostics(diagnostics)
    if after is None:
        click.echo(f"{source.name}: not formatted", err=True)
        return None
    return _Formatted(before, after)


def _write(path: Path, text: str) -> None:
    """Replace a file in one step: whatever happens, it holds the old text or the new."""
    target = path.resolve()  # a link stays a link
    try:
        with target.open("r+b"):
            pass  # a file that is not to be written is not to be replaced either
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(target.stat().st_mode & 0o7777)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        raise Failure(f"{path} can't be written: {problem.strerror}") from problem


def _diff(path: Path, spec: _Formatted) -> str:
    """A unified diff that `patch -p0` takes."""
    lines = difflib.unified_diff(_lines(spec.before), _lines(spec.after), str(path), str(path))
    color = has_color(sys.stdout)
    return "".join(_paint(_ended(line), color) for line in lines)


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _paint(line: str, color: bool) -> str:
    colors = {"+": "green", "-": "red", "@": "blue"}
    return click.style(line, colors[line[0]]) if color and line[0] in colors else line


def _summarise(outcomes: Counter[_Outcome], dry: bool) -> None:
    """One line on standard error, since standard output holds a list of files or a diff."""
    changed, same = outcomes[_Outcome.CHANGED], outcomes[_Outcome.SAME]
    if not changed + same:
        return
    files = how_many(changed + same, "file")
    said = "would be formatted" if dry else "formatted"
    click.echo(f"{changed} of {files} {said}" if changed else f"{files}, nothing to do", err=True)
