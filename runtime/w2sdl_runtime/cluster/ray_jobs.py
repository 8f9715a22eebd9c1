"""Jobs on a standing cluster, through Ray's Jobs API: they outlive the machine that sent them."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from w2sdl_runtime.cluster.carried import carry_code, check_size, copy_folder
from w2sdl_runtime.cluster.ray_cluster import (
    CARRIED,
    answers,
    is_about_token,
    job_variables,
    token_help,
)
from w2sdl_runtime.errors import PrerequisiteError, first_line
from w2sdl_runtime.runs.run_names import memorable_name

DEFAULT_ADDRESS = "http://127.0.0.1:8265"
PROJECT = "project"  #: where the project lies in the folder that travels
_LOOK = 1.0  #: seconds between two looks at a job
_ENDED = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What is to run."""

    root: Path  #: the folder of the project
    files: Sequence[Path]  #: below it, what travels: the spec, what it imports and names
    modules: Sequence[str]  #: with the user's operations
    arguments: Sequence[str]  #: of `w2sdl run`
    current: Path = Path()  #: the folder below the root that the command is given in
    secrets: Sequence[str] = ()  #: names of more variables to pass on
    name: str = ""  #: of the job; "" for a memorable one
    facts: Mapping[str, str] = field(default_factory=dict)  #: shown beside it


@dataclass(frozen=True, slots=True)
class Job:
    """How a job stands."""

    name: str
    status: str  #: PENDING, RUNNING, SUCCEEDED, FAILED or STOPPED
    message: str
    started: datetime | None
    ended: datetime | None
    exit_code: int | None
    facts: Mapping[str, str]

    @property
    def is_ended(self) -> bool:
        return self.status in _ENDED


def submit_job(request: JobRequest, address: str | None = None) -> str:
    """Send a run to a cluster; returns the job's name at once.

    Raises:
        PrerequisiteError: when the cluster can't be reached, or what is to travel is too much.
    """
    client = _client(address)
    name = request.name or memorable_name(secrets.randbelow)
    with tempfile.TemporaryDirectory(prefix="w2sdl-job-") as folder:
        pack(request, Path(folder))
        missing = [variable for variable in request.secrets if variable not in os.environ]
        if missing:
            raise PrerequisiteError(f"{missing[0]} is not set here", "set it, or leave out --env")
        more = {variable: os.environ[variable] for variable in request.secrets}
        environment = {"working_dir": folder, "env_vars": {**job_variables(), **more}}
        with _failures(address):
            client.submit_job(
                entrypoint=entrypoint(request),
                submission_id=name,
                runtime_env=environment,
                metadata=dict(request.facts),
            )
    return name


def entrypoint(request: JobRequest) -> str:
    """The command that the cluster's head runs, in the folder that travelled."""
    words = ["python", "-m", "w2sdl", "run", *request.arguments, "--address", "auto"]
    place = shlex.quote(str(Path(PROJECT) / request.current))
    return f'export {CARRIED}="$PWD" PYTHONPATH="$PWD" && cd {place} && {shlex.join(words)}'


def pack(request: JobRequest, target: Path) -> None:
    """Write into ``target`` what travels: code, the spec, and the files that it names.

    Raises:
        PrerequisiteError: when a file is missing or lies elsewhere, or all together is too much.
    """
    carry_code(target, request.modules)
    project = target / PROJECT
    (project / request.current).mkdir(parents=True)
    (project / "w2sdl.toml").touch()  # here is the project's root
    for name in request.files:
        if name.is_absolute() or ".." in name.parts:
            raise PrerequisiteError(
                f"{name} lies outside the project {request.root}, and only what is in it travels",
                "put it on a disk that all machines share, and name it with --set by its absolute path",
            )
        _copy(request.root / name, project / name)
    check_size(target, "what this spec needs")


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise PrerequisiteError(f"there is no {source}", "it is named in the spec")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        copy_folder(source, target)
    else:
        shutil.copy(source, target)


def job_status(name: str, address: str | None = None) -> Job:
    """How a job stands.

    Raises:
        PrerequisiteError: when the cluster can't be reached or knows no such job.
    """
    with _failures(address, name):
        info = _client(address).get_job_info(name)
    return _job(info)


def list_jobs(address: str | None = None) -> list[Job]:
    """All jobs that were submitted to a cluster, the latest first."""
    with _failures(address):
        found = [_job(info) for info in _client(address).list_jobs() if info.submission_id]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda job: job.started or oldest, reverse=True)


def job_logs(name: str, address: str | None = None) -> str:
    """All that a job has printed so far."""
    with _failures(address, name):
        return str(_client(address).get_job_logs(name))


def follow_job(name: str, write: Callable[[str], None], address: str | None = None) -> Job:
    """Pass on what a job prints until it ends; how it stands then."""
    client = _client(address)

    async def tail() -> None:
        lines: AsyncIterator[str] = client.tail_job_logs(name)
        async for text in lines:
            write(text)

    with _failures(address, name):
        asyncio.run(tail())
    return wait_for_job(name, address)


def wait_for_job(name: str, address: str | None = None) -> Job:
    """Return when a job has ended."""
    while not (job := job_status(name, address)).is_ended:
        time.sleep(_LOOK)
    return job


def cancel_job(name: str, address: str | None = None) -> bool:
    """Ask a job to stop, as Ctrl-C does; False if it had ended already."""
    with _failures(address, name):
        return bool(_client(address).stop_job(name))


def _job(info: Any) -> Job:
    def moment(milliseconds: int | None) -> datetime | None:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None

    return Job(
        name=str(info.submission_id),
        status=str(info.status.value),
        message=str(info.message or ""),
        started=moment(info.start_time),
        ended=moment(info.end_time),
        exit_code=info.driver_exit_code,
        facts=dict(info.metadata or {}),
    )


def api_address(given: str | None) -> str:
    """Where the Jobs API is: as given, or RAY_API_SERVER_ADDRESS, or this machine's port 8265.

    Raises:
        PrerequisiteError: for what is no address of a web server.
    """
    address = (given or os.environ.get("RAY_API_SERVER_ADDRESS") or DEFAULT_ADDRESS).rstrip("/")
    if "://" not in address:
        address = f"http://{address}"
    if not address.startswith(("http://", "https://")):
        raise PrerequisiteError(
            f"{address} is not the address of a Jobs API", f"it looks like {DEFAULT_ADDRESS}"
        )
    return address


def _client(given: str | None) -> Any:
    address = api_address(given)
    host = address.partition("://")[2].partition("/")[0]
    port = host if ":" in host else f"{host}:{443 if address.startswith('https') else 80}"
    if not answers(port, timeout=5):
        raise PrerequisiteError(
            f"nothing answers at {address}",
            "is the cluster up, started with its dashboard (ray[default]), and is this the address "
            "of it (port 8265)?",
        )
    try:
        import aiohttp  # noqa: F401  only the extra brings it
        from ray.job_submission import JobSubmissionClient
    except ImportError as error:
        raise PrerequisiteError(
            f"the package {error.name} is missing, which talks to clusters",
            'install them: pip install -c constraints.txt -e ".[cluster]"',
        ) from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    for name in ("dashboard_sdk", "job.sdk"):  # they have a level of their own
        logging.getLogger(f"ray.dashboard.modules.{name}").setLevel(logging.ERROR)
    with _failures(given):
        return JobSubmissionClient(address)


@contextmanager
def _failures(given: str | None, job: str = "") -> Iterator[None]:
    """Say in a sentence what the API answers in many lines."""
    try:
        yield
    except PrerequisiteError:
        raise
    except Exception as error:
        address, text = api_address(given), str(error).strip()
        if job and "does not exist" in text:
            raise PrerequisiteError(
                f"the cluster at {address} knows no job {job}",
                "its jobs: w2sdl status --address URL",
            ) from error
        if "already exists" in text:
            raise PrerequisiteError(
                f"the cluster at {address} has a job of this name", "choose another --name"
            ) from error
        if is_about_token(text):
            raise PrerequisiteError(
                f"the Jobs API at {address} refuses our token", token_help()
            ) from error
        if "Failed to connect to Ray" in text:
            raise PrerequisiteError(
                f"what answers at {address} is no Jobs API",
                "name the dashboard of the head (port 8265), not the port that runs attach to (6379)",
            ) from error
        raise PrerequisiteError(
            f"the Jobs API at {address} refuses: {first_line(error)}",
            "is the cluster's version of Ray the same? `w2sdl doctor --address` says more",
        ) from error
