"""The sides of a comparison of results: their numbers from runs, or from what a store has of a spec."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from w2sdl.cli.common import Failure
from w2sdl.cli.diff_inputs import Place, Side
from w2sdl.cli.diff_store import stored_digests
from w2sdl.cli.past import command_again
from w2sdl.location import Location
from w2sdl.messages.suggest import nearest_names
from w2sdl.signature import Signatures

if TYPE_CHECKING:
    from w2sdl_runtime.comparing.arms import Aligned
    from w2sdl_runtime.comparing.sources import Source


def source_of(side: Side, place: Place, store_path: Location, signatures: Signatures) -> Source:
    """The numbers of one side, and the command that makes those that are not there."""
    from w2sdl_runtime.comparing.sources import Source
    from w2sdl_runtime.storage.opening import open_store

    store = open_store(store_path)
    if side.run is not None:
        again = command_again(side.run.info.model_dump())
        found = Source.of_run(side.name, side.run, side.graph, store, again)
    else:
        digests, command = stored_digests(side, store), _command(side, place)
        found = Source.of_digests(side.name, side.graph, digests, store, command)
    return replace(found, better={op.name: op.better for op in signatures.ops.values()})


def _command(side: Side, place: Place) -> str:
    """How a spec is run; one at a revision in a checkout of that."""
    if not place.rev:
        return shlex.join(["w2sdl", "run", str(place.path), *side.changes])
    folder = f"../{place.rev.replace('/', '-')}"
    run = shlex.join(["w2sdl", "run", f"{folder}/{place.path}", *side.changes])
    return f"git worktree add {shlex.quote(folder)} {shlex.quote(place.rev)} && {run}"


def check_names(sources: Sequence[Source], measures: Sequence[str], ofs: Sequence[str]) -> None:
    """Refuse a measure, or a measured thing, that no side has.

    Raises:
        Failure: with the nearest name there is.
    """
    tables = [table for source in sources for table in source.graph.measures]
    known = {
        "measure": (measures, [table.name for table in tables]),
        "measured thing": (ofs, [cell.of for table in tables for cell in table.cells]),
    }
    for what, (wanted, names) in known.items():
        for name in wanted:
            if name not in names:
                near = nearest_names(name, names)
                there = ", ".join(dict.fromkeys(filter(None, names))) or "none"
                help = f"did you mean `{near[0]}`?" if near else f"there are {there}"
                raise Failure(
                    f"{' and '.join(s.name for s in sources)} have no {what} `{name}`", help
                )


def refuse_nothing(aligned: Aligned) -> None:
    """Stop where two sides have nothing to compare.

    Raises:
        Failure: with the reason, and what to do.
    """
    for source in (aligned.a, aligned.b):
        if source.measured and len(source.missing) == source.measured:
            raise Failure(source.lacking, f"`{source.command}` makes them")
    if aligned.pairs:
        return
    names = [", ".join(t.name for t in s.graph.measures) or "none" for s in (aligned.a, aligned.b)]
    common = f"{aligned.name_a} and {aligned.name_b} have no measure in common"
    whys = [f"{unmet.what}: {unmet.why}" for unmet in aligned.unmet if "only in" not in unmet.why]
    if whys:
        raise Failure(f"{common} that can be compared: {'; '.join(whys)}", aligned.verdict)
    raise Failure(common, f"a measures {names[0]}; b measures {names[1]}")
