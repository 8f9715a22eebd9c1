"""One SELECT over tables in memory, by DuckDB; it reaches no file, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.errors import PrerequisiteError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_CONFIG = {"enable_external_access": "false", "python_enable_replacements": "false"}


def select(sql: str, sources: Mapping[str, Callable[[], pa.Table]]) -> pa.Table:
    """The result of a SELECT.

    Args:
        sql: one statement.
        sources: tables by name; one that the statement does not mention is not made.

    Raises:
        PrerequisiteError: for another statement, or a mistake in it, with DuckDB's hint.
    """
    import duckdb

    db = duckdb.connect(":memory:", config=dict(_CONFIG))
    try:
        _require_select(db, sql)
        for name, make in sources.items():
            if _mentions(sql, name):
                db.register(name, make())
        return db.sql(sql).to_arrow_table()
    except duckdb.Error as problem:
        raise _mistake(str(problem), list(sources)) from problem
    finally:
        db.close()


def _require_select(db: duckdb.DuckDBPyConnection, sql: str) -> None:
    kinds = [statement.type.name for statement in db.extract_statements(sql)]
    if kinds != ["SELECT"]:
        found = ", ".join(kinds) or "nothing"
        raise PrerequisiteError(
            f"the query is {found}, not one SELECT: results can be read, not changed",
            "write `select ... from results`, for instance",
        )


def _mentions(sql: str, table: str) -> bool:
    """Whether a table may be read: its name is a word of the query, or the query lists tables."""
    return bool(re.search(rf"\b({table}|tables)\b", sql, re.IGNORECASE))


def _mistake(text: str, tables: list[str]) -> PrerequisiteError:
    """DuckDB's message as one line, and what it hints at as the next step."""
    said, *more = [line.strip() for line in text.split("\n\nLINE")[0].splitlines() if line.strip()]
    known = f"the tables are {', '.join(tables)}; `describe results` lists columns"
    place = re.search(r"\nLINE \d+: (?P<line>.*)\n(?P<blank> *)\^", text)
    at = f" (at `{_at(place)}`)" if place else ""
    return PrerequisiteError(f"{said}{at}", "; ".join(more) or known)


def _at(place: re.Match[str]) -> Any:
    """What stands where DuckDB points to."""
    start = len(place["blank"]) - len("LINE 1: ")
    return place["line"][max(0, start) :][:40].strip()
