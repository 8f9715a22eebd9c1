"""The in-memory form of each kind, and its files in the store.

A value is made fresh by an operation and saved into an object folder, or loaded from one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from w2sdl.kinds import Kind
from w2sdl_runtime.artifacts import (
    Opener,
    Value,
    open_as,
    read_artifact,
    read_table,
    write_artifact,
    write_table,
)

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PartRef:
    """One part of a data set: digests of its Items and its gold Labels, and its size."""

    items: str
    gold: str
    rows: int


@dataclass
class Data(Value):
    """Named, disjoint parts, each with items and gold labels as objects of their own; and a corpus."""

    kind: ClassVar[Kind] = Kind.DATA
    parts: dict[str, PartRef]
    corpus: str = ""  #: digest of a Corpus, or "" where the data set has none
    notes: dict[str, Any] = field(
        default_factory=dict
    )  #: counts: read, dropped (by reason), groups
    opener: Opener | None = field(default=None, repr=False)

    def save(self, folder: Path) -> None:
        parts = {
            n: {"items": p.items, "gold": p.gold, "rows": p.rows} for n, p in self.parts.items()
        }
        # A list keeps the order of the parts, which JSON objects with sorted keys would lose.
        facts = {
            "parts": [[n, p] for n, p in parts.items()],
            "corpus": self.corpus,
            "notes": self.notes,
        }
        write_artifact(folder, self.kind, facts)

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Data:
        facts = read_artifact(folder)
        parts = {name: PartRef(**part) for name, part in facts["parts"]}
        return cls(parts, facts["corpus"], facts["notes"], opener)


#: Columns of Items. `candidate` may be "" where the text is the whole item (binary classification).
#: `rival` is another option that a debater may argue for (never shown to a model unless a template does);
#: `fields` is the source row as JSON, without its gold columns.
ITEM_COLUMNS = (
    "item_id",  # digest of the source row and candidate: independent of template, tokenizer and model
    "group",  # rows of one group never lie in two parts
    "part",
    "prompt",  # the text before the candidate
    "candidate",  # the text whose correctness is judged; model input is prompt + candidate
    "rival",
    "passage",
    "domain",
    "fields",
)
#: A further column of items that came through `folds`: the number of the fold, as text.
FOLD = "fold"


@dataclass
class Items(Value):
    """What a model may read: one row an item, all columns strings (`ITEM_COLUMNS`). Never gold.

    Items that came through `folds` have the column `FOLD` too; labels refer to their items, so
    whatever makes labels of such items keeps their folds.
    """

    kind: ClassVar[Kind] = Kind.ITEMS
    table: pa.Table

    def save(self, folder: Path) -> None:
        write_table(self.table, folder / "items.parquet")
        write_artifact(folder, self.kind, {"rows": self.table.num_rows})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Items:
        return cls(read_table(folder / "items.parquet"))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> list[str]:
        """One column as Python strings."""
        values: list[str] = self.table.column(name).to_pylist()
        return values

    def folds(self) -> list[str]:
        """The fold of every row, "" where it has none; [] for items without folds."""
        return self.column(FOLD) if FOLD in self.table.column_names else []

    def texts(self) -> list[str]:
        """What a model reads: prompt and candidate, one space between where both are there."""
        pairs = zip(self.column("prompt"), self.column("candidate"), strict=True)
        return [f"{prompt} {candidate}".strip() for prompt, candidate in pairs]


#: Columns of Labels, the one record that every producer, refiner and training shares.
LABEL_COLUMNS = ("item_id", "value", "weight", "keep", "text", "meta")


@dataclass
class Labels(Value):
    """Labels of items, one record for every producer, refiner and training.

    Columns: `item_id`, `value` (float64: P(class 1), or 0/1 when hard), `weight` (float64),
    `keep` (bool; false rows stay, so that drops can be counted), `text` (for text labels, else null),
    `meta` (JSON or null). Same rows, same order as the Items they refer to.

    Text labels may say how likely each of several words is, their `classes`: then there is a column
    `probabilities` (a list of float64 a row, in the order of `classes`), and `text` is the likeliest.
    """

    kind: ClassVar[Kind] = Kind.LABELS
    table: pa.Table
    items: str  #: digest of the Items that are labelled
    label_kind: str  #: "soft" | "hard" | "pairwise" | "text"
    origin: str  #: "gold" | "model" | "imported: ..." | "mixed: ..."
    opener: Opener | None = field(default=None, repr=False)
    classes: tuple[str, ...] = ()  #: what `probabilities` are of; () where there are none

    def save(self, folder: Path) -> None:
        write_table(self.table, folder / "labels.parquet")
        facts = {"items": self.items, "label_kind": self.label_kind, "origin": self.origin}
        named = {"classes": list(self.classes)} if self.classes else {}
        write_artifact(folder, self.kind, facts | named | {"rows": self.table.num_rows})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Labels:
        facts = read_artifact(folder)
        table = read_table(folder / "labels.parquet")
        rest = (facts["items"], facts["label_kind"], facts["origin"], opener)
        return cls(table, *rest, classes=tuple(facts.get("classes", ())))

    def open_items(self) -> Items:
        """The items that these labels belong to, row by row."""
        return open_as(self.opener, self.items, Items)


@dataclass
class Corpus(Value):
    """Pretraining documents, one string each."""

    kind: ClassVar[Kind] = Kind.CORPUS
    documents: list[str]
    origin: str = ""

    def save(self, folder: Path) -> None:
        import pyarrow as pa

        write_table(
            pa.table({"text": pa.array(self.documents, pa.string())}), folder / "corpus.parquet"
        )
        write_artifact(folder, self.kind, {"documents": len(self.documents), "origin": self.origin})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Corpus:
        documents = read_table(folder / "corpus.parquet").column("text").to_pylist()
        return cls(documents, read_artifact(folder)["origin"])


@dataclass
class Files(Value):
    """Base of values that are mostly files (weights, tokenizers): ``facts`` plus a folder of files.

    An operation writes into ``ctx.scratch()`` and returns the value over that folder; saving copies
    the files into the object.
    """

    facts: dict[str, Any]
    folder: Path | None = None  #: where the files lie; None when there are none
    opener: Opener | None = field(default=None, repr=False)

    def save(self, folder: Path) -> None:
        if self.folder is not None:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        write_artifact(folder, self.kind, {"facts": self.facts})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Self:
        return cls(read_artifact(folder)["facts"], folder, opener)


@dataclass
class Model(Files):
    """A model not yet trained for the task. ``facts``: see `w2sdl_runtime.models`."""

    kind: ClassVar[Kind] = Kind.MODEL


@dataclass
class Predictor(Model):
    """A model that gives P(candidate is right) for items, or answers in words.

    ``facts["type"]`` names one of `w2sdl_runtime.predictors`; the other facts stand in its file.
    """

    kind: ClassVar[Kind] = Kind.PREDICTOR


@dataclass
class Transcripts(Value):
    """Arguments about items, each row with where it came from.

    One row an item: `item_id`, `turns` (list of {turn: int, debater: str,
    stance: "correct" | "incorrect", text: str, quotes: list of {text: str, verified: bool}}),
    `stances` (JSON: debater -> stance), `truncated` (bool), and the provenance of the row:
    `protocol`, `node` (key), `model` (digests), `prompt` (digest), `seed` (JSON).
    """

    kind: ClassVar[Kind] = Kind.TRANSCRIPTS
    table: pa.Table

    def save(self, folder: Path) -> None:
        write_table(self.table, folder / "transcripts.parquet")
        write_artifact(folder, self.kind, {"rows": self.table.num_rows})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Transcripts:
        return cls(read_table(folder / "transcripts.parquet"))


@dataclass
class Activations(Value):
    """Numbers read off a model, one vector an item: `item_id`, `state` (list of float32)."""

    kind: ClassVar[Kind] = Kind.ACTIVATIONS
    table: pa.Table

    def save(self, folder: Path) -> None:
        write_table(self.table, folder / "activations.parquet")
        write_artifact(folder, self.kind, {"rows": self.table.num_rows})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Activations:
        return cls(read_table(folder / "activations.parquet"))

    def states(self) -> np.ndarray[Any, Any]:
        """All vectors, float32, ``[rows, width]``, in the order of the table."""
        column = self.table.column("state").combine_chunks()
        flat: np.ndarray[Any, Any] = column.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(self.table.num_rows, column.type.list_size)


@dataclass
class Metric(Value):
    """A measured number with its interval, and (where it has them) the rows it is made of.

    ``rows`` has `item_id`, and per metric: `probability`, `label`, `gold`, `right`, `seed` index ...

    Reports and expectations read these ``facts``, where they are there; a metric may have more:

    - ``unit``: "share" is shown in per cent, and lies between 0 and 1
    - ``score``: the column of ``rows`` whose mean the value is; ``among``: of the rows where that
      column is true; ``left_out``: the column with the value without each row. From these come the
      intervals over seeds and rows; without any, a metric has its own interval alone
    - ``interval``: how its own interval was formed, in words; ``resamples``: of how many draws
    - ``parts``: the same of some rows: ``name``, ``n``, ``value``, ``lower``, ``upper``, ``reason``, and
      ``where`` and ``is`` (a column and what it is there), or a ``score`` and ``unit`` of its own
    - ``warnings``: in single words, such as "unstable"
    - of `pgr`: ``accuracies`` (of "weak", "student" and "ceiling"), ``metric`` (what they are),
      ``gap`` and ``gain`` (each with ``value``, ``lower``, ``upper``), ``no_gap_share``, ``per_seed``
    """

    kind: ClassVar[Kind] = Kind.METRIC
    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    reason: str = ""  #: why ``value`` is None
    facts: dict[str, Any] = field(default_factory=dict)
    rows: pa.Table | None = None

    def save(self, folder: Path) -> None:
        if self.rows is not None:
            write_table(self.rows, folder / "rows.parquet")
        names = ("name", "value", "lower", "upper", "n", "reason", "facts")
        write_artifact(folder, self.kind, {name: getattr(self, name) for name in names})

    @classmethod
    def load(cls, folder: Path, opener: Opener) -> Metric:
        facts = read_artifact(folder)
        rows = read_table(folder / "rows.parquet") if (folder / "rows.parquet").exists() else None
        names = ("name", "value", "lower", "upper", "n", "reason", "facts")
        return cls(**{name: facts[name] for name in names}, rows=rows)


def _subclasses(cls: type[Value]) -> Iterator[type[Value]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def load_value(folder: Path, opener: Opener) -> Value:
    """Load whatever an object folder holds, by the kind it names."""
    kind = read_artifact(folder)["kind"]
    for cls in _subclasses(Value):
        if getattr(cls, "kind", None) is not None and cls.kind.value == kind:
            return cls.load(folder, opener)
    raise ValueError(f"{folder} holds an object of unknown kind {kind}")
