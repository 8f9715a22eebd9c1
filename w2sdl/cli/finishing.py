"""The end of a run on the command line: results, report, exit code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.past import command_again
from w2sdl.cli.summary import outcome, print_results
from w2sdl.cli.watching import expectation_code, print_event
from w2sdl.graph import Graph
from w2sdl.location import shown_location

if TYPE_CHECKING:
    from w2sdl_runtime.driver.execute import RunResult
    from w2sdl_runtime.runs.run_record import RunRecord
    from w2sdl_runtime.storage.store import Store

INCOMPLETE = 3  #: exit code of a run that was cancelled, or has spent its budget


def finish(
    graph: Graph, store: Store, record: RunRecord, result: RunResult, options: Mapping[str, Any]
) -> int:
    """Print what came out, write the report, and choose the exit code.

    With ``--json`` the end is one more event line, and nothing else goes to standard output.
    """
    report = _write_report(store, record, result, options["out"])
    done = result.status == "done"
    found = outcome(graph, result.nodes, store, record.info.claims) if done else ([], [])
    tables, verdicts = found
    code = expectation_code(verdicts, options["strict"]) or _exit_code(
        record, result, options["is_plan"]
    )
    if options["as_json"]:
        facts = {"run": record.run, "status": result.status, "exit_code": code}
        said = {verdict.name: verdict.verdict for verdict in verdicts}
        paths = {"report": str(report), "store": shown_location(store.location)}
        print_event("end", {**facts, "expectations": said, **paths})
        return code
    print_results(tables, verdicts)
    if result.status == "done" and not graph.measures:
        click.echo("nothing is measured: add `measure NAME = accuracy(...) on DATA.PART`")
    click.echo(f"report  {report}")
    click.echo(f"store   {shown_location(store.location)}")
    if result.status in ("failed", "interrupted"):  # a plan may be of a part of its spec
        again = command_again(record.info.model_dump())
        click.echo(f"go on   {'the same command' if options['is_plan'] else again}")
    return code


def _write_report(store: Store, record: RunRecord, result: RunResult, out: Path | None) -> Path:
    """The report of this run, or the earlier one that says the same: nothing was computed."""
    from w2sdl_runtime.driver.standing import REPORT, standing_report

    report = standing_report(store, record, result)
    if report is None:
        from w2sdl_runtime.report.render import write_report

        report = record.folder / REPORT
        write_report(record.folder, store, report)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(report.read_bytes())
    return out or report


def _exit_code(record: RunRecord, result: RunResult, is_plan: bool) -> int:
    if result.status == "interrupted" and (record.folder / "cancelled.json").exists():
        click.echo("cancelled; the same command goes on from here", err=True)
        return INCOMPLETE
    if result.status == "interrupted":
        click.echo("interrupted; the same command goes on from here", err=True)
        return 128 + (result.signal or 2)
    if result.status == "incomplete":
        click.echo(_left_text(record, result, is_plan), err=True)
        return INCOMPLETE
    return 0 if result.status == "done" else 1


def _left_text(record: RunRecord, result: RunResult, is_plan: bool) -> str:
    """What a spent budget left, and how to go on."""
    from w2sdl.budget import amounts_text

    info, counts = record.info, result.counts
    why = f"the budget of {info.budget} was reached"
    left = sum(entry.because == why for entry in result.nodes.values())
    done = counts["executed"] + counts["reused"]
    # A plan may be of a part of the spec.
    again = "the same command" if is_plan else command_again(info.model_dump())
    return (
        f"incomplete: {why}; spent: {amounts_text(info.spent, result.seconds)}\n"
        f"  {len(result.nodes)} nodes: {done} done, {left} left\n"
        f"  go on with: {again}"
    )
