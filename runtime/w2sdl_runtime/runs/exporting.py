"""Takes results out of the store: tables as files, models as folders that transformers opens."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl.addresses import near_addresses, nodes_meant
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.files import writing_to
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.runs.loaded_run import LoadedRun
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import (
    Activations,
    Corpus,
    Data,
    Items,
    Labels,
    Metric,
    Model,
    Predictor,
    Transcripts,
)

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what a reader should know of it."""

    address: str
    path: Path
    what: str
    notes: tuple[str, ...] = ()


def export_result(run: LoadedRun, address: str, store: Store, target: Path) -> Exported:
    """Write the result at an address of a run.

    Args:
        run: a run that has it, computed or reused.
        address: as plans and reports name it; a binding's name where it is a single node.
        store: where its objects are.
        target: a file (.parquet, .jsonl, .csv; .txt for a corpus), or a folder for a model.

    Raises:
        PrerequisiteError: for an address without a result, a form that can't hold it, or a target
            that is there already.
    """
    found, digest = find_result(run, address)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise PrerequisiteError(f"{target} is there already", "name a new file or folder")
    value = store.open(digest)
    with writing_to(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, Model):
            what, notes = _export_model(value, run, store, target)
        else:
            what, notes = _export_table(value, target), ()
    return Exported(found, target, what, notes)


def find_result(run: LoadedRun, address: str) -> tuple[str, str]:
    """The full address of a node, and the digest of its result."""
    graph = run.graph()
    names = {id_: (node.address, *node.aliases) for id_, node in graph.nodes.items()}
    ids = nodes_meant(address, names)
    if len(ids) != 1:
        known = [node.address for node in graph.order()]
        parts = [one for one in known if one.startswith(f"{address}.")]  # of a measure
        some = [graph.nodes[id_].address for id_ in ids] or parts or near_addresses(address, known)
        raise PrerequisiteError(
            f"run {run.info.run} has {len(ids) or 'no'} results called `{address}`",
            f"name one by its address, such as {' or '.join(f'`{n}`' for n in some[:4])}"
            if some
            else f"`w2sdl logs {run.info.name}` shows all addresses",
        )
    entry = run.nodes.get(ids[0])
    if entry is None or not entry.digest:
        how = entry.action if entry else "not reached"
        raise PrerequisiteError(
            f"`{address}` has no result in run {run.info.run}: it was {how}", "run the spec again"
        )
    return graph.nodes[ids[0]].address, entry.digest


# -- tables ----------------------------------------------------------------------------------------


def _export_table(value: Value, target: Path) -> str:
    writer = _WRITERS.get(target.suffix.lower())
    if isinstance(value, Corpus) and target.suffix.lower() == ".txt":
        target.write_text("\n\n".join(value.documents) + "\n", "utf-8")
        return f"{len(value.documents):,} documents"
    table = table_of(value)
    if writer is None:
        raise PrerequisiteError(
            f"{value.kind} can't be written as `{target.name}`",
            f"end the name in {', '.join(_WRITERS)}",
        )
    if isinstance(value, Transcripts | Activations) and writer is _write_csv:
        what = (
            "transcripts are lists of turns"
            if isinstance(value, Transcripts)
            else "states are lists"
        )
        raise PrerequisiteError(f"{what}, which a CSV file can't hold", "write .jsonl or .parquet")
    writer(table, target)
    return f"{table.num_rows:,} rows of {value.kind}"


def table_of(value: Value) -> pa.Table:
    """A value as one table; labels with what they are labels of beside them."""
    import pyarrow as pa

    match value:
        case Labels():
            items, table = value.open_items().table, _named_classes(value)
            rival = ("rival",) if value.label_kind == "pairwise" else ()
            for name in ("prompt", "candidate", *rival):
                table = table.append_column(name, items.column(name))
            return table
        case Items() | Transcripts() | Activations():
            return value.table
        case Metric() if value.rows is not None:
            return value.rows
        case Corpus():
            return pa.table({"text": pa.array(value.documents, pa.string())})
        case Data():
            raise PrerequisiteError(
                "a data set is several tables", "export its items, its gold labels or its corpus"
            )
        case _:
            raise PrerequisiteError(
                f"this {value.kind} has no rows", "its numbers are in the report"
            )


def _named_classes(labels: Labels) -> pa.Table:
    """The table of labels, with probabilities by the names of their classes."""
    import pyarrow as pa

    from w2sdl_runtime.data.named_classes import PROBABILITIES, chances_of

    if not labels.classes:
        return labels.table
    columns = [pa.array(column) for column in chances_of(labels).T]
    named = pa.StructArray.from_arrays(columns, names=list(labels.classes))
    place = labels.table.column_names.index(PROBABILITIES)
    return labels.table.set_column(place, PROBABILITIES, named)


def _write_parquet(table: pa.Table, target: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, target)


def _write_jsonl(table: pa.Table, target: Path) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in table.to_pylist())
    target.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _write_csv(table: pa.Table, target: Path) -> None:
    import csv

    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table.column_names)
        writer.writeheader()
        writer.writerows(
            {name: _cell(value) for name, value in row.items()} for row in table.to_pylist()
        )


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    ".parquet": _write_parquet,
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
}


# -- models ----------------------------------------------------------------------------------------


def _export_model(
    model: Model, run: LoadedRun, store: Store, target: Path
) -> tuple[str, tuple[str, ...]]:
    from w2sdl_runtime.predictors.exporting import write_model, write_predictor

    if target.suffix in _WRITERS:
        raise PrerequisiteError(
            f"a {model.kind} is a folder of files, not `{target.name}`",
            "name a folder; its labels are a result of their own: label(...)",
        )
    with ExitStack() as stack:
        work = store.scratch()
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        ctx = _context(run, store, work)
        draft = ctx.scratch()
        write = write_predictor if isinstance(model, Predictor) else write_model
        what, notes = write(model, draft, ctx)  # type: ignore[arg-type]
        shutil.copytree(draft, target, dirs_exist_ok=True)
    return what, notes


def _context(run: LoadedRun, store: Store, work: Path) -> Context:
    """As much of a context as opening a network takes."""
    return Context(
        op_name="export",
        key="",
        address="",
        work=work,
        base=Path(run.info.spec_path).absolute().parent,
        threads=os.cpu_count() or 1,
        device="cpu",
        put=store.put,
        open=store.open,
        report=lambda done, total, unit, **facts: None,
        log=lambda text: None,
    )
