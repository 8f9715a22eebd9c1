"""A site of reports in a folder: an index, and a folder for each run. It is opened from disk.

Files are replaced one by one, whole; what the index says of a run is written after its files. So a reader
sees nothing torn, nor does a second process that writes the same site, and the index has what is there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import write_text, writing_to
from w2sdl_runtime.publishing.entry import Entry, digest_of, entry_of
from w2sdl_runtime.publishing.index import render_index
from w2sdl_runtime.publishing.told import Style, report_of
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.runs.loaded_run import read_run
from w2sdl_runtime.runs.past import PastRun, PastRuns
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.storage.store import Store

MARK = ".w2sdl-reports"  #: a file that says that a folder is such a site
RUNS, ENTRY = "runs", "entry.json"
#: Files of a run beside its report.
SPEC, RESULTS = "spec.txt", "results.csv"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one run: "written", "unchanged" or "left out", and why."""

    run: str
    what: Literal["written", "unchanged", "left out"]
    why: str = ""


def write_bundle(
    folder: Path, runs: PastRuns, chosen: Sequence[PastRun], store: Store, style: Style
) -> Iterator[Written]:
    """Write what has changed of these runs, and the index of all that the folder has.

    Raises:
        PrerequisiteError: when the folder holds something else or can't be written, or the template
            of ``style`` is wrong. A run whose record is damaged is left out.
    """
    _begin(folder)
    for run in chosen:
        yield _write_run(folder / RUNS / safe_name(run.run), runs, run, store, style)
    write_index(folder)


def safe_name(run: str) -> str:
    """A folder's name for a run: its id, unless that could mean anything to a disk or in a link."""
    if _SAFE.fullmatch(run):
        return run
    plain = re.sub(r"[^A-Za-z0-9]+", "-", run)[:60].strip("-") or "run"
    return f"{plain}-{hashlib.sha256(run.encode(errors='replace')).hexdigest()[:8]}"


def write_index(folder: Path) -> None:
    """Write the index anew: of all runs that are there, whoever wrote them; one process at a time."""
    from filelock import FileLock

    with FileLock(folder / ".lock"):
        found = dict(_entries(folder))
        write_text(folder / "index.html", render_index(found))


def _entries(folder: Path) -> Iterator[tuple[str, Entry]]:
    """What the site has: names of folders, and the runs in them."""
    for path in sorted((folder / RUNS).glob(f"*/{ENTRY}")):
        with suppress(ValueError):  # another program's, or another version's
            yield path.parent.name, Entry.model_validate_json(path.read_bytes())


def _begin(folder: Path) -> None:
    """Make the folder, and mark it as ours.

    Raises:
        PrerequisiteError: when it holds other things, or can't be written.
    """
    if folder.exists() and not folder.is_dir():
        raise PrerequisiteError(f"{folder} is a file", "name a folder: --bundle DIR")
    is_ours = (folder / MARK).exists()
    if folder.is_dir() and not is_ours and any(folder.iterdir()):
        raise PrerequisiteError(
            f"{folder} holds other files than reports",
            "name a new or an empty folder: --bundle DIR",
        )
    with writing_to(folder.parent if folder.parent.exists() else Path.cwd()):
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()


def _write_run(folder: Path, runs: PastRuns, run: PastRun, store: Store, style: Style) -> Written:
    page = f"report.{style.form}"
    made_of = digest_of(run, f"{page} {style.template.digest if style.template else ''}")
    if made_of and _is_there(folder, made_of, page):
        return Written(run.run, "unchanged")
    try:
        report = report_of(runs, run, store)
    except PrerequisiteError as error:
        return Written(run.run, "left out", error.message)
    with writing_to(folder.parent):
        folder.mkdir(exist_ok=True)
        write_text(folder / page, style.render(report))
        write_text(folder / SPEC, str(report.run.get("spec_text") or ""))
        write_text(folder / RESULTS, numbers_csv(run, store, report))
        entry = entry_of(report, run, page, made_of)
        write_text(folder / ENTRY, entry.model_dump_json(indent=1))
    return Written(run.run, "written")


def _is_there(folder: Path, made_of: str, page: str) -> bool:
    """Whether this very content was written before."""
    with suppress(OSError, ValueError):
        files = [folder / name for name in (page, SPEC, RESULTS)]
        entry = Entry.model_validate_json((folder / ENTRY).read_bytes())
        return entry.made_of == made_of and all(file.is_file() for file in files)
    return False


def numbers_csv(run: PastRun, store: Store, report: Report) -> str:
    """All numbers of a run, a row each, with the address and the key that each is from."""
    if not report.graph.measures:
        return ""
    text: str = Run(read_run(run.folder), store).metrics().to_csv(index=False)
    return text
