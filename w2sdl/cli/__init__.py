"""The command line: the only place that prints, and the only exit codes.

0 done · 1 error · 2 there are changes · 3 cancelled or out of budget ·
100 an expectation is contradicted (--strict) · 130 interrupted · 143 terminated.
Commands load when they are called.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import click

from w2sdl import __version__
from w2sdl.cli.lazy import LazyGroup

#: command -> (module, one line of help). The help text here keeps `--help` from loading them all.
_COMMANDS = {
    "check": ("w2sdl.cli.check", "Say what is wrong with specs; run nothing."),
    "fmt": ("w2sdl.cli.fmt", "Write specs in the one style."),
    "compile": ("w2sdl.cli.compile", "Print the resolved program: every default filled in."),
    "graph": ("w2sdl.cli.graph", "Draw the graph: Mermaid, DOT, SVG, HTML or JSON."),
    "diff": ("w2sdl.cli.diff", "Compare two designs by meaning."),
    "compare": ("w2sdl.cli.compare", "Compare results of runs, row by row and seed by seed."),
    "plan": ("w2sdl.cli.plan", "Say what a run would do, and why."),
    "run": ("w2sdl.cli.run", "Run a spec and write its report."),
    "submit": ("w2sdl.cli.submit", "Run a spec on a cluster, detached from this machine."),
    "doctor": ("w2sdl.cli.doctor", "Say what this machine and a cluster lack."),
    "lock": ("w2sdl.cli.lock", "Write down what a spec stands on: commits, files, versions."),
    "cache": ("w2sdl.cli.cache", "Look after the store: what it holds, why, what may go."),
    "report": ("w2sdl.cli.report", "Write the report of an earlier run again."),
    "runs": ("w2sdl.cli.runs", "List the runs of a store."),
    "show": ("w2sdl.cli.show", "Show a run: what was asked, and what came out."),
    "results": ("w2sdl.cli.results", "Print a run's numbers: table, CSV, LaTeX; or ask by SQL."),
    "figures": ("w2sdl.cli.figures", "Write the figures of a report for a paper: PDF, SVG, PNG."),
    "trace": ("w2sdl.cli.trace", "Follow a number of a report to the files that it comes from."),
    "status": ("w2sdl.cli.status", "Say how far a run is."),
    "logs": ("w2sdl.cli.logs", "Print what happened in a run, or what a node wrote."),
    "cancel": ("w2sdl.cli.cancel", "Stop a run."),
    "retry": ("w2sdl.cli.retry", "Give the command of an earlier run again."),
    "explain": ("w2sdl.cli.explain", "Say at length what a message means, by its code or name."),
    "export": ("w2sdl.cli.export", "Write a run's labels, transcripts or model to files."),
    "lsp": ("w2sdl.cli.lsp", "Answer an editor (language server)."),
    "ops": ("w2sdl.cli.ops", "List operations and variants, or explain one."),
}


@click.group(
    cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="w2sdl")
def cli() -> None:
    """w2sdl compiles weak-to-strong experiment specs and runs them."""


def run_cli(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    try:
        code = cli.main(list(arguments), prog_name="w2sdl", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as problem:
        problem.show()
        return 1
    except SystemExit:
        return 0  # click's way to end where the reader went away: `w2sdl ... | head`
    except Exception:
        return _report_bug(arguments)


def _report_bug(arguments: Sequence[str]) -> int:
    """Anything that gets here is a bug of ours, and is said to be."""
    text = traceback.format_exc()
    if "--debug" in arguments:
        click.echo(text, err=True)
    else:
        click.echo(f"error: w2sdl itself failed: {text.strip().splitlines()[-1]}", err=True)
        click.echo("  this is a bug; `--debug` prints where it happened", err=True)
    return 1
