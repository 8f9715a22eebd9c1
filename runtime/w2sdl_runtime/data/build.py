"""The one path from source rows to a Data value: columns, format, repeats, groups, parts, lint."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from w2sdl_runtime.data.disjoint import check_disjoint, without_later
from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.groups import Group, group_entries
from w2sdl_runtime.data.parts import Cut, cut_parts
from w2sdl_runtime.data.pieces import put_together
from w2sdl_runtime.data.rows import DropRow, Row, has_column, rename_columns, require_columns
from w2sdl_runtime.data.strata import cut_strata, strata_counts
from w2sdl_runtime.data.tables import Line, concat_gold, concat_items, gold_of, items_of
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Corpus, Data, Items, Labels, PartRef
from w2sdl_runtime.variants.duplicates import DropLater, Duplicates, KeepTogether
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.parts import PartSize
from w2sdl_runtime.variants.texts import Text, in_place


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make of source rows; the parameters that `science_qa`, `table` and `hub` share."""

    format: Format
    parts: Mapping[str, int | PartSize]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    template: str | Text | None = None  #: in place of the format's prompt
    group: str | None = None
    key: Sequence[str] = ()
    stratify: str | None = None  #: a column whose cells have the same shares in all parts
    deduplicate: Duplicates = field(default_factory=KeepTogether)
    draw: int = 0
    corpus: str | None = None  #: a column whose texts make up the corpus
    corpus_of: str | None = None  #: the one split that these texts come from

    def renamed(self, rows: Sequence[Row]) -> Recipe:
        """With the new names of columns that group, key, stratify and corpus call by their old ones."""
        new = {names[0]: name for name, names in self.columns.items() if len(names) == 1}
        moved = {old: name for old, name in new.items() if not has_column(rows[0], old)}

        def named(column: str | None) -> str | None:
            return None if column is None else moved.get(column, column)

        return replace(
            self,
            group=named(self.group),
            key=[moved.get(column, column) for column in self.key],
            stratify=named(self.stratify),
            corpus=named(self.corpus),
        )


def build_data(
    ctx: Context, rows: Sequence[Row], recipe: Recipe, corpus: Corpus | None = None
) -> Data:
    """Format rows, cut them into parts, and store items, gold labels and corpus.

    Args:
        ctx: where to store, and where randomness comes from.
        rows: the source, all splits; not empty.
        recipe: columns, format, groups, parts.
        corpus: documents that belong to the source as such.

    Raises:
        PrerequisiteError: for whatever the spec or the file can mend.
    """
    rows = rename_columns(rows, recipe.columns)
    rows, form = put_together(ctx, rows, in_place(ctx, recipe.format), recipe.template)
    recipe = replace(recipe.renamed(rows), format=form)
    if recipe.corpus is not None:
        corpus = _column_corpus(_of_split(rows, recipe.corpus_of), recipe.corpus, form)
    elif recipe.corpus_of is not None:
        raise PrerequisiteError(
            "corpus_of: chooses a split, but no column is declared as corpus",
            'add corpus: "..." with a column, or leave out corpus_of',
        )
    entries, dropped = _entries(ctx, rows, recipe)
    groups = group_entries(entries, recipe.group, recipe.key)
    cut = _cut(ctx, groups, recipe)
    check_disjoint(ctx, cut, form, recipe.key)
    notes = _notes(rows, entries, groups, dropped, cut)
    if recipe.stratify is not None:
        notes["strata"] = strata_counts(ctx, cut, groups, _stratum(recipe.stratify))
    for remark in form.remarks(rows, entries):
        ctx.warn(remark)
    _warn(ctx, notes, recipe.parts)
    made = _store(ctx, cut, form.answers, _row_draw(ctx, recipe.draw))
    notes["guessability"] = _lint(ctx, concat_items(made.items), concat_gold(made.gold, ""))
    return Data(made.parts, ctx.put(corpus) if corpus is not None else "", notes)


def _entries(
    ctx: Context, rows: Sequence[Row], recipe: Recipe
) -> tuple[list[Entry], dict[str, int]]:
    """What is left of the rows, and how many were dropped for which reason."""
    entries, dropped = _format_rows(ctx, rows, recipe)
    steps = [drop_repeats]
    if isinstance(recipe.deduplicate, DropLater):
        steps.append(without_later)
    for step in steps:
        entries, more = step(entries)
        dropped = {**dropped, **more}
    if not entries:
        raise PrerequisiteError(
            f"none of {len(rows):,} rows can be used: {_counts_text(dropped)}",
            "check the format's columns",
        )
    return entries, dropped


def _cut(ctx: Context, groups: Sequence[Group], recipe: Recipe) -> Cut:
    draw = _row_draw(ctx, recipe.draw)

    def weigh(part: str, group: str) -> int:
        return draw(f"part {part}", group)

    column, balanced = recipe.stratify, recipe.format.balanced
    if column is None:
        return cut_parts(groups, recipe.parts, weigh, balanced=balanced)
    require_columns([entry.row for group in groups for entry in group.entries], (column,))
    balanced = balanced and column not in recipe.format.gold_columns()
    return cut_strata(groups, recipe.parts, weigh, _stratum(column), balanced=balanced)


def _stratum(column: str) -> Callable[[Entry], str]:
    return lambda entry: entry.row.word(column)


def _row_draw(ctx: Context, draw: int) -> Draw:
    return lambda purpose, row: ctx.row_stream(f"{purpose}, draw {draw}", row)


def _of_split(rows: Sequence[Row], split: str | None) -> Sequence[Row]:
    """The rows of one split, so that a corpus can leave out what is measured."""
    if split is None:
        return rows
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        known = ", ".join(sorted({row.split for row in rows if row.split})) or "none"
        raise PrerequisiteError(
            f'corpus_of: "{split}" names no split of this source', f"its splits are: {known}"
        )
    return chosen


def _column_corpus(rows: Sequence[Row], column: str, form: Format) -> Corpus:
    """The texts of a declared column, each once, in source order; never of one that tells gold."""
    if column in form.gold_columns() or column.partition(".")[0] in form.gold_columns():
        raise PrerequisiteError(
            f"`{column}` tells the gold labels, so it can't be a corpus",
            "name a column of passages, or use text_file(...)",
        )
    require_columns(rows, (column,))
    documents = list(dict.fromkeys(text for row in rows if (text := row.text(column))))
    if not documents:
        raise PrerequisiteError(f"the column `{column}` holds no text", "name another column")
    return Corpus(documents, f"column {column}")


def _format_rows(
    ctx: Context, rows: Sequence[Row], recipe: Recipe
) -> tuple[list[Entry], dict[str, int]]:
    """Entries, and how many rows were dropped for which reason."""
    make = recipe.format.reader(rows, _row_draw(ctx, recipe.draw))
    entries: list[Entry] = []
    dropped: Counter[str] = Counter()
    for row in rows:
        try:
            entries.append(make(row))
        except DropRow as why:
            dropped[why.reason] += 1
    return entries, dict(dropped)


def drop_repeats(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Entries without contradictory rows (all go) and repeated ones (the first stays); counts."""
    claimed: defaultdict[str, set[float | str]] = defaultdict(set)
    for entry in entries:
        for statement, gold in entry.claims.items():
            claimed[statement].add(gold)
    agreed = [e for e in entries if all(len(claimed[statement]) == 1 for statement in e.claims)]
    kept = list({entry.identity: entry for entry in reversed(agreed)}.values())[::-1]
    counts = {
        "contradicts another row": len(entries) - len(agreed),
        "repeats another row": len(agreed) - len(kept),
    }
    return kept, {reason: count for reason, count in counts.items() if count}


def _notes(
    rows: Sequence[Row],
    entries: Sequence[Entry],
    groups: Sequence[Group],
    dropped: Mapping[str, int],
    cut: Cut,
) -> dict[str, Any]:
    placed = {name: sum(sum(g.counts()) for g in chosen) for name, chosen in cut.parts.items()}
    graded = any(isinstance(item.gold, float) for item in entries[0].items)
    right = {name: sum(g.counts()[0] for g in chosen) for name, chosen in cut.parts.items()}
    return {
        "rows_read": len(rows),
        "rows_dropped": dict(sorted(dropped.items())),
        "rows_kept": len(entries),
        "rows_with_passage": sum(entry.passage != "" for entry in entries),
        "groups": len(groups),
        "groups_across_splits_left_out": cut.straddling,
        "items": sum(len(entry.items) for entry in entries),
        "items_unused": sum(len(entry.items) for entry in entries) - sum(placed.values()),
        "parts": {
            name: {"items": n} | ({"right": right[name]} if graded else {})
            for name, n in placed.items()
        },
    }


def _warn(ctx: Context, notes: Mapping[str, Any], sizes: Mapping[str, int | PartSize]) -> None:
    if notes["rows_dropped"]:
        ctx.warn(f"{_counts_text(notes['rows_dropped'])} (of {notes['rows_read']:,} rows)")
    for name, size in sizes.items():
        asked = size if isinstance(size, int) else getattr(size, "n", None)
        got = notes["parts"][name]["items"]
        if asked is not None and got != asked:
            ctx.warn(f"part `{name}`: {got:,} items instead of {asked:,}: no more fit evenly")
            notes["parts"][name]["asked"] = asked


def _counts_text(dropped: Mapping[str, int]) -> str:
    return "rows left out: " + ", ".join(f"{count:,} ({why})" for why, count in dropped.items())


@dataclass(frozen=True, slots=True)
class _Made:
    """What is stored of the parts, in their order."""

    parts: dict[str, PartRef] = field(default_factory=dict)
    items: list[Items] = field(default_factory=list)
    gold: list[Labels] = field(default_factory=list)


def _store(ctx: Context, cut: Cut, answers: str, draw: Draw) -> _Made:
    made = _Made()
    for name, groups in cut.parts.items():
        lines = _lines(groups, draw)
        part_items = items_of(name, lines)
        digest = ctx.put(part_items)
        labels = gold_of(lines, digest, answers)
        made.parts[name] = PartRef(digest, ctx.put(labels), len(lines))
        made.items.append(part_items)
        made.gold.append(labels)
    return made


#: What a mark that tells the label means, where it isn't only a slip of the format.
_MEANING = {"bag_of_words": "a model that only counts words gets that far, and may learn that"}


def _lint(ctx: Context, items: Items, gold: Labels) -> dict[str, float]:
    from w2sdl_runtime.data.lint import guessability, suspicious_marks

    marks = guessability(items, gold)
    right = sum(value == 1.0 for value in gold.table.column("value").to_pylist())
    for mark, value in suspicious_marks(marks, right, len(items) - right).items():
        ctx.warn(
            f"the label can be guessed from the {mark.replace('_', ' ')} alone "
            f"(AUROC {value:.2f}): {_MEANING.get(mark, 'a model may learn that')} "
            "instead of the task"
        )
    return {mark: round(value, 4) for mark, value in marks.items()}


def _lines(groups: Sequence[Group], draw: Draw) -> list[Line]:
    """Items of a part in random order, so that no place tells the right candidate of a pair."""
    lines = [(g.name, entry, item) for g in groups for entry in g.entries for item in entry.items]
    return sorted(lines, key=lambda line: (draw("order", line[2].item_id), line[2].item_id))
