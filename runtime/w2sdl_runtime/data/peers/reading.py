"""From a peer's items to ours: entries in the peer's parts, and what a user should know of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

from w2sdl_runtime.data.entries import Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.peers.order import Placed, Places
from w2sdl_runtime.data.peers.told import PeerSet
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns
from w2sdl_runtime.op import PrerequisiteError

Defects = Literal["refuse", "keep"]

#: A base rate is worth a word when it is so far from a half, and not by chance (standard errors).
_UNEVEN, _SURE = 0.05, 3.0


def peer_reader(
    rows: Sequence[Row], peer: PeerSet, arrange: Callable[[PeerSet], Places]
) -> Callable[[Row], Entry]:
    """A function from rows to entries, which lie in the splits D1, D2, V and T of the peer.

    Raises:
        PrerequisiteError: for columns and splits that aren't there, and hidden labels.
    """
    require_columns(rows, peer.columns)
    places = arrange(peer)
    placed = {id(row): places.get(n, "of another split") for n, row in enumerate(rows)}
    hidden = frozenset(peer.gold)

    def entry(row: Row) -> Entry:
        found = placed[id(row)]
        if isinstance(found, str):
            raise DropRow(found)
        return _entry(row, found, hidden)

    return entry


def _entry(row: Row, placed: Placed, hidden: frozenset[str]) -> Entry:
    told = placed.told
    known = {"peer_id": placed.peer_id} if placed.peer_id else {}
    identity = row_id({"text": told.text})
    name = item_id(identity, told.candidate)
    return Entry(
        row=replace(row, split=placed.part),
        content=(content_key("question", told.about),),
        identity=told.text,
        claims={told.text: float(told.label)},
        items=(Item(name, told.lead, told.candidate, "", float(told.label)),),
        passage=told.passage.strip(),
        fields=fields_json(replace(row, values={**row.values, **known}), hidden),
    )


def refused(
    values: Mapping[str, Any], sets: Mapping[str, PeerSet], splits: Sequence[str]
) -> tuple[str, str] | None:
    """What is wrong with a call: parts across the peer's splits, a known defect, a useless split."""
    form = values["format"]
    for name, size in values["parts"].items():
        of = size.get("of", "") if isinstance(size, Mapping) else ""
        if of not in splits:
            return _of_no_split(name, size, of, form["variant"], splits)
    peer = sets[form["dataset"]]
    if form["test_split"] and peer.pooled:
        return (
            f"{form['dataset']} pools all splits, so test_split: has no effect",
            "leave out test_split:",
        )
    if not peer.defect or form["defects"] == "keep":
        return None
    return _defective(f'{form["variant"]}(dataset: "{form["dataset"]}")', peer)


def _of_no_split(
    name: str, size: Any, of: str, form: str, splits: Sequence[str]
) -> tuple[str, str]:
    known = ", ".join(splits)
    fact = (
        f"part `{name}` is drawn from the split `{of}`, and the splits of {form}() are {known}"
        if of
        else f"part `{name}` would be drawn across {known}, which {form}() cuts as the peer's code does"
    )
    rows = size if isinstance(size, int) else size.get("n")
    one = "rest(of:" if rows is None else f"take({rows}, of:"
    return fact, f'name the split that it is drawn from: {name}: {one} "{splits[0]}")'


def _defective(what: str, peer: PeerSet) -> tuple[str, str]:
    return (
        f"{what} has a known defect: {peer.defect}",
        f'{peer.instead}; to reproduce the defect, write defects: "keep", and the report says so',
    )


def peer_set(name: str, sets: Mapping[str, PeerSet], test_split: str, defects: Defects) -> PeerSet:
    """The data set, measured on another split where one is named.

    Raises:
        PrerequisiteError: for a known defect that isn't asked for.
    """
    peer = sets[name]
    if peer.defect and defects == "refuse":
        raise PrerequisiteError(*_defective(name, peer))
    return replace(peer, test=test_split or peer.test)


def remarks(peer: PeerSet, entries: Sequence[Entry]) -> Iterator[str]:
    """A defect that was asked for, base rates far from a half, and passages in two parts."""
    if peer.defect:
        yield f"a known defect is kept: {peer.defect}"
    parts = sorted({entry.row.split for entry in entries})
    for part in parts:
        golds = [e.items[0].gold for e in entries if e.row.split == part]
        share = sum(map(float, golds)) / len(golds)
        if abs(share - 0.5) > max(_UNEVEN, _SURE / (2 * math.sqrt(len(golds)))):
            yield f"{part} is not balanced, as in the peer's code: {share:.1%} of it has label 1"
    passages = {part: _passages(entries, part) for part in parts}
    for one, other in combinations(parts, 2):
        shared = passages[one] & passages[other]
        if shared:
            yield (
                f"{one} and {other} share {len(shared):,} passages, as in the peer's code; "
                "their questions differ"
            )


def _passages(entries: Sequence[Entry], part: str) -> set[str]:
    return {
        content_key("passage", entry.passage)
        for entry in entries
        if entry.passage and entry.row.split == part
    }
