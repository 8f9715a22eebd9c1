"""``w2sdl report``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2sdl.cli.failures import Failure, environment_failures
from w2sdl.cli.options import debug_option, store_option
from w2sdl.cli.past import matches, open_runs, store_location
from w2sdl.location import StoreChoice

if TYPE_CHECKING:
    from w2sdl_runtime.publishing.told import Style
    from w2sdl_runtime.report.templating import Form
    from w2sdl_runtime.runs.past import PastRun, PastRuns
    from w2sdl_runtime.storage.store import Store

_FORMS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md"}
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("report")
@click.argument("runs", nargs=-1, metavar="[RUN...]")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write; - for standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md"]),
    help="Without it, as the name of --out or of the template says; else html.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    help="A Jinja template of your own: a file, or a folder with report.html or report.md.",
)
@click.option(
    "--bundle", type=_FOLDER, help="Write a site of many reports, with an index, to this folder."
)
@click.option(
    "--filter",
    "text",
    default="",
    help="With --bundle and no RUN: only runs that have this text in a column of `w2sdl runs`.",
)
@click.option("--watch", is_flag=True, help="Write it again as nodes end, until the run has ended.")
@store_option
@debug_option
def command(
    *,
    runs: tuple[str, ...],
    out: Path | None,
    form: Form | None,
    template: Path | None,
    bundle: Path | None,
    text: str,
    watch: bool,
    store: StoreChoice,
    debug: bool,
) -> int:
    """Write the report of RUN (an id, a run's word pair, or "last"), or a site of many runs."""
    _refuse_mixed(runs, out, bundle, text, watch)
    with environment_failures(debug):
        from w2sdl_runtime.storage.opening import open_store

        style = _style(form, template, out)
        opened = open_store(store_location(store))
        if bundle is not None:
            return _write_site(bundle, runs, text, store, opened, style)
        name = runs[0] if runs else "last"
        if watch:
            return _watch(name, store, opened, style, out)
        with open_runs(store) as past:
            _write_one(past, past.find(name), opened, style, out)
    return 0


def _refuse_mixed(
    runs: Sequence[str], out: Path | None, bundle: Path | None, text: str, watch: bool
) -> None:
    """Options that say different things."""
    if bundle is not None and (out is not None or watch):
        raise click.UsageError("--bundle writes a folder: it goes with neither --out nor --watch")
    if bundle is None and len(runs) > 1:
        raise click.UsageError(f"{len(runs)} runs make a site: say where, --bundle DIR")
    if text and (bundle is None or runs):
        raise click.UsageError("--filter chooses the runs of --bundle, where no RUN is named")
    if watch and str(out) == "-":
        raise click.UsageError("--watch writes a file again and again: --out FILE")


def _style(form: Form | None, template: Path | None, out: Path | None) -> Style:
    """HTML or Markdown, and by whose template.

    Raises:
        Failure: when form, template and file say different things.
    """
    from w2sdl_runtime.publishing.told import Style
    from w2sdl_runtime.report.own_template import open_template

    own = open_template(template) if template is not None else None
    if own is not None and form not in (None, own.form):
        raise Failure(
            f"the template {own.path.name} makes {own.form}, and --format says {form}",
            "leave --format out",
        )
    named = _FORMS.get(out.suffix.lower()) if out is not None else None
    if out is not None and out.suffix and not (form or own or named):
        endings = f"end it in {', '.join(_FORMS)}, or give --format"
        raise Failure(f"the name of {out} says no format", endings)
    chosen = form or (own.form if own else named) or "html"
    if named not in (None, chosen):
        raise Failure(f"{out} would hold {chosen}", f"give it another ending: .{chosen}")
    return Style("md" if chosen == "md" else "html", own)


def _write_one(past: PastRuns, run: PastRun, store: Store, style: Style, out: Path | None) -> None:
    from w2sdl_runtime.files import write_text
    from w2sdl_runtime.publishing.told import report_of

    text = style.render(report_of(past, run, store))
    if str(out) == "-":
        click.echo(text)
        return
    target = _target(run, style, out)
    write_text(target, text)
    click.echo(str(target))


def _target(run: PastRun, style: Style, out: Path | None) -> Path:
    """The file to write, in a folder that is there; one by a user's template is not the run's own."""
    name = "report" if style.template is None else f"report.{style.template.name}"
    target = out or run.folder / f"{name}.{style.form}"
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _watch(name: str, store: StoreChoice, opened: Store, style: Style, out: Path | None) -> int:
    from w2sdl_runtime.publishing.watch import watch

    with open_runs(store) as past:
        run = past.find(name)
    target = _target(run, style, out)
    click.echo(f"{target}: {run.run} is {run.status}; Ctrl-C ends the watch, not the run")
    try:
        ended = watch(opened.root, run.run, opened, style, target)
    except KeyboardInterrupt:
        click.echo(f"{target}: as the run is now; it goes on")
        return 130
    click.echo(f"{target}: {ended.run} is {ended.status}")
    return 0


def _write_site(
    folder: Path, names: Sequence[str], text: str, store: StoreChoice, opened: Store, style: Style
) -> int:
    from w2sdl_runtime.publishing.bundle import write_bundle

    with open_runs(store) as past:
        chosen = [past.find(name) for name in names] or [
            r for r in past.every() if matches(r, text)
        ]
        if not chosen:
            with_text = f" with `{text}`" if text else ""
            advice = "`w2sdl runs` lists them" if with_text else "run a spec first: w2sdl run SPEC"
            raise Failure(f"{past.root} holds no run{with_text}", advice)
        unique = list({run.run: run for run in chosen}.values())
        counts = {"written": 0, "unchanged": 0, "left out": 0}
        for done in write_bundle(folder, past, unique, opened, style):
            counts[done.what] += 1
            if done.why:
                click.echo(f"{done.run} is left out: {done.why}", err=True)
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    click.echo(f"{folder / 'index.html'}: {told}")
    return 1 if counts["left out"] else 0
