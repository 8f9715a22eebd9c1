"""Jobs on a cluster, for the commands that take ``--address``: status, logs, cancel."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from w2sdl.cli.common import environment_failures
from w2sdl.cli.finishing import INCOMPLETE
from w2sdl.cli.output import print_json

if TYPE_CHECKING:
    from w2sdl_runtime.cluster.ray_jobs import Job

_WORDS = {"SUCCEEDED": "done", "FAILED": "failed", "STOPPED": "cancelled"}


def print_job_status(name: str | None, address: str, as_json: bool = False) -> int:
    """Print how one job stands, or (``name`` None) all; the exit code is 1 if that one failed."""
    from w2sdl_runtime.cluster.ray_jobs import job_status, list_jobs

    with environment_failures():
        jobs = [job_status(name, address)] if name else list_jobs(address)
    if as_json:
        print_json([_json(job) for job in jobs])
    else:
        for job in jobs:
            click.echo(_line(job))
        if not jobs:
            click.echo(f"no jobs at {address}")
    return int(bool(name) and _word(jobs[0]) == "failed")


def print_job_logs(name: str, address: str, follow: bool = False) -> int:
    """Print what a job has printed; with ``follow``, until it ends (then with its exit code)."""
    from w2sdl_runtime.cluster.ray_jobs import follow_job, job_logs

    with environment_failures():
        if not follow:
            click.echo(job_logs(name, address), nl=False)
            return 0
        job = follow_job(name, lambda text: click.echo(text, nl=False), address)
    return int(job.status != "SUCCEEDED")


def print_job_cancelled(name: str, address: str) -> int:
    """Ask a job to stop."""
    from w2sdl_runtime.cluster.ray_jobs import cancel_job

    with environment_failures():
        stopping = cancel_job(name, address)
    click.echo(f"{name} is being stopped" if stopping else f"{name} had ended already")
    return 0


def _word(job: Job) -> str:
    """How a job stands; Ray calls failed whatever ends with an exit code, a spent budget too."""
    if job.status == "FAILED" and job.exit_code == INCOMPLETE:
        return "incomplete"
    return _WORDS.get(job.status, job.status.lower())


def _line(job: Job) -> str:
    word = _word(job)
    when = f"  since {job.started:%Y-%m-%d %H:%M} UTC" if job.started else ""
    took = ""
    if job.started and job.ended:
        took = f"  {(job.ended - job.started).total_seconds():.0f} s"
    what = job.facts.get("experiment", "")
    return f"{job.name:<20} {word:<10} {what}{when}{took}{_why(job)}"


def _why(job: Job) -> str:
    """Why it failed, as far as one line goes: Ray's own message ends in a part of the log."""
    if _word(job) != "failed":
        return ""
    if job.exit_code is not None:
        return f"  (exit code {job.exit_code}: w2sdl logs {shlex.quote(job.name)} says why)"
    return f"  ({job.message.splitlines()[0]})" if job.message else ""


def _json(job: Job) -> Mapping[str, object]:
    return {
        "job": job.name,
        "status": _word(job),
        "message": job.message,
        "started": job.started.isoformat() if job.started else None,
        "ended": job.ended.isoformat() if job.ended else None,
        "exit_code": job.exit_code,
        "facts": dict(job.facts),
    }
