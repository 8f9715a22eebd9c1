"""A real Ray cluster on loopback: a head and workers, each a process tree of its own.

The nodes have addresses of their own (127.0.0.1 the head, 127.0.0.2 and up the workers), so a
driver on this machine belongs to the head, as on a real cluster. Only process trees that were
started here are ended; `ray stop` would end every Ray on the machine.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

#: The smallest that Ray takes, or nearly: results travel through our store.
_OBJECT_STORE = 80 * 2**20
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    # A killed node is noticed within 3 s, not 15: its port refuses at once, five times in a row.
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_initial_delay_ms": "500",
    # Nothing on loopback needs a worker ahead of its first task.
    "RAY_prestart_worker_first_driver": "0",
}
_START = 90.0  #: seconds that a node may take to join


@dataclass
class Node:
    """One machine of the cluster."""

    ip: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """SIGKILL for the whole tree, at once, as when a machine loses its power."""
        tree = [self.process.pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            root.suspend()  # `ray start --block` must not tidy up
            tree = [child.pid for child in root.children(recursive=True)] + tree
        for pid in tree:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.wait()


class Cluster:
    """A head and ``workers`` more nodes of one processor each; a context manager."""

    def __init__(self, workers: int = 2, environment: Mapping[str, str] | None = None) -> None:
        self.token = secrets.token_hex(32)
        self.port, self.dashboard_port, self._client_port = _free_ports(3)
        # Sockets lie in here: their paths may have 107 characters, which pytest's folders exceed.
        self.folder = Path(tempfile.mkdtemp(prefix="w2c-"))
        self._more = dict(environment or {})
        self._numbers = itertools.count(1)
        self.head: Node | None = None
        self.workers: list[Node] = []
        self._wanted = workers

    @property
    def address(self) -> str:
        """What ``--address`` of a run is to be."""
        return f"127.0.0.1:{self.port}"

    @property
    def dashboard(self) -> str:
        """What ``--address`` of a submission is to be."""
        return f"http://127.0.0.1:{self.dashboard_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that a client of this cluster needs, on top of its own."""
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token}

    def __enter__(self) -> Self:
        try:
            self.start_head()
            for _ in range(self._wanted):
                self._launch_worker()
            self.wait_for(1 + self._wanted)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process that was started here."""
        for node in [*self.workers, *([self.head] if self.head else [])]:
            node.kill()
        self.workers, self.head = [], None
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_head(self) -> None:
        """Start the head; after `kill_head` this is a new, empty cluster at the same address."""
        self.head = self._launch(
            "127.0.0.1", "--head", f"--port={self.port}",
            "--dashboard-host=127.0.0.1", f"--dashboard-port={self.dashboard_port}",
            f"--ray-client-server-port={self._client_port}",
        )  # fmt: skip
        self.wait_for(1)

    def add_worker(self) -> Node:
        """One more node; returns when the cluster knows it."""
        before = len(self.alive())
        node = self._launch_worker()
        self.wait_for(before + 1)
        return node

    def kill_worker_node(self, index: int = 0) -> None:
        """A machine is gone. The cluster notices it a little later."""
        self.workers.pop(index).kill()

    def kill_head(self) -> None:
        """The head is gone, and with it the cluster's memory; its workers then end by themselves."""
        assert self.head is not None
        self.head.kill()
        self.head = None

    def kill_workers(self) -> None:
        """All machines but the head."""
        while self.workers:
            self.kill_worker_node()

    def alive(self) -> list[str]:
        """Addresses of the nodes that the cluster believes to be alive, from its own REST API."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.dashboard}/api/v0/nodes", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                nodes = json.load(answer)["data"]["result"]["result"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [node["node_ip"] for node in nodes if node["state"] == "ALIVE"]

    def wait_for(self, count: int, seconds: float = _START) -> None:
        """Return when ``count`` nodes are alive."""
        end = time.monotonic() + seconds
        while len(self.alive()) != count:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.alive()} are alive, not {count}; logs: {self.folder}")
            for node in [*self.workers, *([self.head] if self.head else [])]:
                if node.process.poll() is not None:
                    raise RuntimeError(f"a node ended: {node.log.read_text('utf-8')[-2000:]}")
            time.sleep(0.1)

    def _launch_worker(self) -> Node:
        node = self._launch(f"127.0.0.{1 + next(self._numbers)}", f"--address={self.address}")
        self.workers.append(node)
        return node

    def _launch(self, ip: str, *arguments: str) -> Node:
        folder = self.folder / ip  # shared, two that start together take the same socket names
        folder.mkdir(exist_ok=True)
        log = folder / "start.log"
        command = [
            str(Path(sys.executable).parent / "ray"), "start", "--block", f"--node-ip-address={ip}",
            f"--temp-dir={folder}", "--num-cpus=1", "--num-gpus=0",
            f"--object-store-memory={_OBJECT_STORE}",
            "--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0",
            "--disable-usage-stats", "--include-log-monitor=false", *arguments,
        ]  # fmt: skip
        environment = {**os.environ, **_QUIET, **self.environment, **self._more}
        environment.pop("PYTHONPATH", None)  # the code has to travel, as to another machine
        environment["XDG_CACHE_HOME"] = str(
            folder / "cache"
        )  # the cache of a remote store does not
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdout=file, stderr=file,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return Node(ip, process, log)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
