"""Results of a run by address, as values, tables and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.loaded_run import LoadedRun
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Labels, Model, Transcripts

if TYPE_CHECKING:
    import pyarrow as pa


class StoredResults:
    """What the nodes of a run made. An address is a node's, or the name of a binding of one node."""

    def __init__(self, record: LoadedRun, store: Store) -> None:
        self.record = record
        self.store = store

    @property
    def id(self) -> str:
        """Date, time and word pair."""
        return self.record.info.run

    def value(self, address: str) -> Value:
        """The result at an address (``S'[seed=0]``), or of a binding that is one node.

        Raises:
            PrerequisiteError: when the run has no such result.
        """
        from w2sdl_runtime.runs.exporting import find_result

        return self.store.open(find_result(self.record, address)[1])

    def rows(self, address: str) -> pa.Table:
        """The result at an address as a table, where it has one.

        Labels with the texts they are of, items, transcripts, or the rows that a number is made of.

        Raises:
            PrerequisiteError: when there is no such result, or it has no rows.
        """
        from w2sdl_runtime.runs.exporting import table_of

        return table_of(self.value(address))

    def labels(self, address: str) -> pa.Table:
        """Labels, with the prompt and the candidate that each of them is of.

        Raises:
            PrerequisiteError: when the result is no labels.
        """
        return self._of(address, Labels)

    def transcripts(self, address: str) -> pa.Table:
        """Transcripts, a row an item.

        Raises:
            PrerequisiteError: when the result is no transcripts.
        """
        return self._of(address, Transcripts)

    def _of(self, address: str, kind: type[Value]) -> pa.Table:
        from w2sdl_runtime.runs.exporting import table_of

        value = self.value(address)
        if not isinstance(value, kind):
            raise PrerequisiteError(
                f"`{address}` of run {self.id} is {value.kind}, not {kind.kind}",
                "rows(address) gives the table of anything that has one",
            )
        return table_of(value)

    def model(self, address: str, target: str | Path) -> Path:
        """Write a model as a folder that transformers opens, and return the folder.

        Raises:
            PrerequisiteError: when the result is no model, or the folder is not empty.
        """
        from w2sdl_runtime.runs.exporting import export_result

        if not isinstance(self.value(address), Model):
            raise PrerequisiteError(
                f"`{address}` of run {self.id} is no model", "rows(address) gives its table"
            )
        return export_result(self.record, address, self.store, Path(target)).path
