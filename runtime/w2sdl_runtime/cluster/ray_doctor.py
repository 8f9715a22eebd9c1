"""Looks at a cluster: whether it takes us, and whether its machines have what this one has."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from w2sdl_runtime.cluster.doctor import Check, ok, problem, warning
from w2sdl_runtime.cluster.ray_cluster import connect, prepare_environment
from w2sdl_runtime.errors import PrerequisiteError, first_line
from w2sdl_runtime.provenance import minor, package_versions, python_version

_PATIENCE = 60.0  #: seconds for a machine to answer; the first task brings the code
_SKEW = 2.0  #: seconds that clocks may differ by; leases live for tens of seconds


def check_ray() -> Iterator[Check]:
    """Whether Ray can be imported here."""
    try:
        import ray
    except Exception as error:  # a broken build raises anything
        yield problem("ray", f"it can't be imported: {error}",
                      "install it again (pip install ray), or run with --executor local")  # fmt: skip
    else:
        yield ok("ray", str(ray.__version__))


def check_cluster(address: str, store: Path | None, modules: Sequence[str] = ()) -> Iterator[Check]:
    """All checks of a cluster, as a run would meet it.

    Args:
        address: HOST:PORT, "auto", or the URL of a Jobs API.
        store: a folder that all machines should share; None for a URL.
        modules: with the user's operations, which travel there.
    """
    if address.startswith(("http://", "https://")):
        yield from _check_jobs(address)
        return
    try:
        prepare_environment(address)
        import ray

        connect(ray, address, {}, modules=modules)
    except PrerequisiteError as error:
        yield problem("cluster", error.message, error.help)
        return
    try:
        nodes = [node for node in ray.nodes() if node["Alive"]]
        totals = ray.cluster_resources()
        shown = f"{totals.get('CPU', 0):g} processors, {totals.get('GPU', 0):g} GPUs"
        yield ok(
            "cluster",
            f"{address}: {len(nodes)} {'machine' if len(nodes) == 1 else 'machines'}, {shown}",
        )
        yield from _check_nodes(ray, nodes, store)
    finally:
        ray.shutdown()


def _check_jobs(address: str) -> Iterator[Check]:
    from w2sdl_runtime.cluster.ray_jobs import list_jobs

    try:
        jobs = list_jobs(address)
    except PrerequisiteError as error:
        yield problem("jobs", error.message, error.help)
    else:
        yield ok("jobs", f"{address} takes jobs ({len(jobs)} so far)")


def look_around(marker: str) -> dict[str, Any]:
    """What a machine of the cluster says of itself.

    Args:
        marker: a file that the driver wrote into the store; "" where that is no folder.
    """
    return {
        "host": socket.gethostname(),
        "time": time.time(),
        "python": python_version(),
        "packages": package_versions(),
        "marker": not marker or Path(marker).is_file(),
        "writable": not marker or os.access(Path(marker).parent, os.W_OK),
    }


def _check_nodes(
    ray: Any, nodes: Sequence[Mapping[str, Any]], store: Path | None
) -> Iterator[Check]:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0)(look_around)
    with _marker(store) as marker:
        for node in nodes:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            name = f"machine {node['NodeManagerAddress']}"
            try:  # the first brings the code there; the second takes the time
                ray.get(task.options(scheduling_strategy=there).remote(marker), timeout=_PATIENCE)
                sent = time.time()
                found = ray.get(
                    task.options(scheduling_strategy=there).remote(marker), timeout=_PATIENCE
                )
            except ray.exceptions.RayError as error:
                yield problem(name, f"it does not run tasks: {first_line(error)}",
                              "look at its Ray logs; are our packages installed there?")  # fmt: skip
                continue
            yield from judge_machine(name, found, (sent, time.time()), store)


@contextmanager
def _marker(store: Path | None) -> Iterator[str]:
    """A file in the store for as long as machines are asked whether they see it."""
    if store is None:
        yield ""
        return
    path = store.absolute() / f".doctor-{uuid.uuid4().hex}"
    with suppress(OSError):  # the check of the store has said so
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    try:
        yield str(path)
    finally:
        with suppress(OSError):
            path.unlink()


def judge_machine(
    name: str, found: Mapping[str, Any], asked: tuple[float, float], store: Path | None
) -> Iterator[Check]:
    """Compare what a machine says with what holds here.

    Args:
        name: of the machine.
        found: from `look_around`.
        asked: when the question left here, and when the answer came.
        store: the folder that it should see.
    """
    wrong = list(_differences(name, found, asked, store))
    yield from wrong
    if not wrong:
        yield ok(name, f"{found['host']}: versions, store and clock as here")


def _differences(
    name: str, found: Mapping[str, Any], asked: tuple[float, float], store: Path | None
) -> Iterator[Check]:
    here = package_versions()
    other = [
        f"{package} {found['packages'].get(package, 'missing')} (here {version})"
        for package, version in here.items()
        if found["packages"].get(package) != version
    ]
    if other:
        yield warning(name, f"other packages: {', '.join(other[:5])}",
                      "install the same on all machines: pip install -c constraints.txt")  # fmt: skip
    if minor(found["python"]) != minor(python_version()):
        yield problem(name, f"Python {found['python']}, and {python_version()} here",
                      "use one version of Python on all machines")  # fmt: skip
    if not found["marker"]:
        yield problem(name, f"it does not see the store {store}",
                      "--store must name a disk that all machines share, or a URL")  # fmt: skip
    elif not found["writable"]:
        yield problem(name, f"it can't write to the store {store}",
                      "give the user that Ray runs as the right to")  # fmt: skip
    skew = max(asked[0] - found["time"], found["time"] - asked[1], 0.0)
    if skew > _SKEW:
        yield warning(name, f"its clock differs from this one by {skew:.0f} s",
                      "keep clocks together (NTP): leases of nodes are judged by them")  # fmt: skip
