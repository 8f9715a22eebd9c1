"""Options and fixtures that all tests share."""

from __future__ import annotations

import compileall
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.bucket import Bucket, client_of, forget_connections, point_to, serve_s3

ROOT = Path(__file__).parents[1]

# Threads are pinned before any numeric library loads: tests run beside each other on two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite golden files; review the diff")


def pytest_configure(config: pytest.Config) -> None:
    """Compile our code once: with PYTHONDONTWRITEBYTECODE each of the processes started here would."""
    if not hasattr(config, "workerinput"):
        for folder in ("w2sdl", "runtime"):
            compileall.compile_dir(ROOT / folder, quiet=2)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: who tests clusters mostly waits for them."""
    return (psutil.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With ``-n``: a file's tests go to one process, all that need Ray to one; long ones first."""
    for item in items:
        needs_ray = item.get_closest_marker("ray") is not None
        item.add_marker(pytest.mark.xdist_group("ray" if needs_ray else item.nodeid.split("::")[0]))
    items.sort(key=_comes_late)


def _comes_late(item: pytest.Item) -> tuple[bool, bool]:
    long = any(name in item.nodeid for name in ("test_flagship", "test_composition"))
    return item.get_closest_marker("ray") is None, not long


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--bless"))


@pytest.fixture(scope="session")
def warm_python() -> Iterator[Path]:
    """A program that is to commands what ``sys.executable`` is, less the seconds of their imports."""
    from tests import warm_python

    folder = tempfile.TemporaryDirectory(prefix="w2p-")  # short: a socket lies in it
    with folder as place, warm_python.started(Path(place)) as program:
        yield program


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """One S3 server for all tests that need one."""
    with serve_s3() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    """A bucket of a test's own: a listing by the server goes through all that its bucket holds."""
    point_to(monkeypatch, s3_server)
    name = f"results-{secrets.token_hex(8)}"
    client_of(s3_server).create_bucket(Bucket=name)
    yield Bucket(s3_server, f"s3://{name}/{tmp_path.name}", client_of(s3_server))
    forget_connections()
