"""Reads JSON Lines, JSON, CSV, TSV and Parquet files, or a folder with one such file a split.

Strict on purpose: a line that can't be read stops the run with its number, and never disappears.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import PrerequisiteError

_SPLIT_ORDER = ("train", "validation", "test")
#: First bytes of packed files, which are told apart by content because their names often lie.
_PACKED = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"PK\x03\x04": ("zip", "unzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\xfd7zXZ": ("xz", "unxz"),
}
_MAX_FIELD = 1 << 26  # csv's own limit, 128 KiB, is shorter than many documents


def read_source(base: Path, name: str) -> list[Row]:
    """All rows of a file, or of a folder with ``train.jsonl`` and the like (rows know their split).

    Args:
        base: the folder that relative names start from.
        name: the file or folder, as written in the spec; messages use it in this form.

    Raises:
        PrerequisiteError: missing, empty, packed or unreadable; with the line where there is one.
    """
    path = base / name
    if path.is_dir():
        return _read_folder(path, name)
    if not path.exists():
        raise PrerequisiteError(f"there is no file `{name}`{_near(path)}", _MISSING_HELP)
    return _read_file(path, name, split="")


_MISSING_HELP = "paths are relative to the folder of the spec"


def _near(path: Path) -> str:
    import difflib

    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=3)
    return f"; nearby: {', '.join(f'`{name}`' for name in near)}" if near else ""


def _read_folder(folder: Path, name: str) -> list[Row]:
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in READERS]
    stems = [path.stem for path in files]
    if not files:
        raise PrerequisiteError(
            f"the folder `{name}` holds no data file",
            f"put files such as train.jsonl and test.jsonl into it ({', '.join(READERS)})",
        )
    if len(set(stems)) < len(stems):
        twice = next(stem for stem in stems if stems.count(stem) > 1)
        raise PrerequisiteError(
            f"the folder `{name}` holds the split `{twice}` in two forms",
            f"keep one of {', '.join(f'`{path.name}`' for path in files if path.stem == twice)}",
        )
    order = {split: place for place, split in enumerate(_SPLIT_ORDER)}
    files.sort(key=lambda path: (order.get(path.stem, len(order)), path.stem))
    return [row for path in files for row in _read_file(path, f"{name}/{path.name}", path.stem)]


def _read_file(path: Path, name: str, split: str) -> list[Row]:
    packing = packing_of(path)
    if packing is not None:
        kind, tool = packing
        raise PrerequisiteError(
            f"`{name}` is packed with {kind}, which is not read", f"unpack it first: {tool} {name}"
        )
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise PrerequisiteError(
            f"`{name}` is of no known form (its name ends in `{path.suffix}`)",
            f"use one of {', '.join(READERS)}",
        )
    rows = [Row(values, place, split) for values, place in reader(path, name)]
    if not rows:
        raise PrerequisiteError(
            f"`{name}` holds no rows", "check that the file was written completely"
        )
    return rows


def packing_of(path: Path) -> tuple[str, str] | None:
    """How a file is packed and the tool that unpacks it; None for plain files."""
    with path.open("rb") as file:
        head = file.read(8)
    return next((how for magic, how in _PACKED.items() if head.startswith(magic)), None)


def read_text(path: Path, name: str) -> str:
    """A UTF-8 text file, without a byte order mark.

    Raises:
        PrerequisiteError: with the line that is not UTF-8.
    """
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        now = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin1"
        raise PrerequisiteError(
            f"`{name}`, line {line}: not UTF-8 (byte 0x{data[problem.start]:02x})",
            f"save the file as UTF-8, for example: iconv -f {now} -t utf-8",
        ) from None


def _refuse_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


class _Twice(Exception):
    """An object of JSON that gives a name two values: which one is meant?"""


def _one_value_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _parse_json(text: str, place: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_number, object_pairs_hook=_one_value_each)
    except _Twice as problem:
        raise PrerequisiteError(
            f"{place} gives `{problem}` two values", "keep the one that is meant"
        ) from None
    except (ValueError, RecursionError) as problem:
        reason = problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)
        raise PrerequisiteError(
            f"{place} is not JSON: {reason}",
            "JSON Lines wants one complete object a line, names and strings in double quotes",
        ) from None


def _need_object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PrerequisiteError(
            f"{place} is a JSON {type(value).__name__}, not an object",
            'write each row as {"column": value, ...}',
        )
    return value


Parsed = Iterable[tuple[dict[str, Any], str]]


def _read_jsonl(path: Path, name: str) -> Parsed:
    # Not splitlines(): it also cuts at U+2028 and other characters that JSON strings may hold.
    for number, line in enumerate(read_text(path, name).split("\n"), start=1):
        if line.strip():
            place = f"`{name}`, line {number}"
            yield _need_object(_parse_json(line, place), place), place


def _read_json(path: Path, name: str) -> Parsed:
    rows = _parse_json(read_text(path, name), f"`{name}`")
    if not isinstance(rows, list):
        raise PrerequisiteError(
            f"`{name}` holds one JSON {type(rows).__name__}, not a list of rows",
            "write a list of objects, or JSON Lines in a file called .jsonl",
        )
    for number, row in enumerate(rows, start=1):
        place = f"`{name}`, row {number}"
        yield _need_object(row, place), place


def _read_csv(path: Path, name: str) -> Parsed:
    csv.field_size_limit(_MAX_FIELD)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    text = io.StringIO(read_text(path, name), newline="")
    reader = csv.reader(text, strict=True, delimiter=delimiter)
    header: list[str] = []
    begun = 1  # where the row that is being read began: a quote that isn't closed takes all that follows
    try:
        for cells in reader:
            place = f"`{name}`, line {reader.line_num}"
            begun = reader.line_num + 1
            if not header:
                header = _check_header(cells, place)
            elif cells:
                yield _match_cells(header, cells, place), place
    except csv.Error as problem:
        end = f" in line {reader.line_num}" if reader.line_num > begun else ""
        raise PrerequisiteError(
            f"`{name}`, line {begun}: {problem}{end}",
            "put text with commas, quotes or line ends into double quotes, and double inner quotes",
        ) from None


def _check_header(cells: list[str], place: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = next((cell for cell in header if header.count(cell) > 1), None)
    if "" in header or twice:
        fact = f"names the column `{twice}` twice" if twice else "has a column without a name"
        raise PrerequisiteError(
            f"{place}: the header {fact}", "give every column a name of its own"
        )
    return header


def _match_cells(header: list[str], cells: list[str], place: str) -> dict[str, Any]:
    if len(cells) != len(header):
        raise PrerequisiteError(
            f"{place}: {len(cells)} fields, but the header has {len(header)}",
            "put text with commas or line ends into double quotes",
        )
    return dict(zip(header, cells, strict=True))


def _read_parquet(path: Path, name: str) -> Parsed:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as problem:
        reason = str(problem).replace(str(path), name).partition("\n")[0]
        raise PrerequisiteError(
            f"`{name}` is not a readable Parquet file: {reason}",
            "write or download the file again",
        ) from None
    for number, row in enumerate(table.to_pylist(), start=1):
        yield row, f"`{name}`, row {number}"


READERS: dict[str, Callable[[Path, str], Parsed]] = {
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_json,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}
