"""One SELECT over tables in memory, by DuckDB; it reaches no file, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.text import listed

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
        several = f"{len(kinds)} statements" if len(kinds) > 1 else ""
        found = several or ", ".join(kinds) or "empty"
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
    if missing := re.search(r"Table with name (\S+) does not exist", said):
        more = [f"did you mean `{near}`?" for near in nearest_names(missing[1], tables)[:1]]
    known = f"the tables are {listed(tables)}; `describe results` lists columns"
    return PrerequisiteError(f"{said}{_at(text)}", "; ".join(more) or known)


def _at(text: str) -> str:
    """What stands where DuckDB points to."""
    place = re.search(r"\n(?P<head>LINE \d+: )(?P<line>.*)\n(?P<blank> *)\^", text)
    if place is None:
        return ""
    start = max(0, len(place["blank"]) - len(place["head"]))
    return f" (at `{place['line'][start:][:40].strip()}`)"
