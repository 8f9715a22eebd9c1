"""A real S3 protocol server on loopback, and a way to it on which answers get lost."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest


@dataclass
class Bucket:
    """A bucket, and what a test does to it behind everybody's back."""

    endpoint: str
    url: str
    client: Any

    @property
    def prefix(self) -> str:
        return self.url.removeprefix(f"s3://{self.name}/")

    @property
    def name(self) -> str:
        return self.url.removeprefix("s3://").partition("/")[0]

    def names(self) -> list[str]:
        """Names below the prefix, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=f"{self.prefix}/"
        )
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return sorted(key.removeprefix(f"{self.prefix}/") for key in keys)

    def get(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.name, Key=f"{self.prefix}/{name}")[
            "Body"
        ].read()
        return content

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=f"{self.prefix}/{name}", Body=content)

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=f"{self.prefix}/{name}")


@contextmanager
def serve_s3() -> Iterator[str]:
    """The address of a server of moto, in a thread."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@cache
def client_of(endpoint: str) -> Any:
    """A client; to make one takes as long as dozens of requests."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="tester",
        aws_secret_access_key="not-secret-at-all",
    )


def point_to(monkeypatch: pytest.MonkeyPatch, endpoint: str, patience: float = 20) -> None:
    """Have this process, and those it starts, find the bucket as users do: by their environment."""
    from fsspec.config import conf

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-secret-at-all")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    little = {"read_timeout": patience, "retries": {"total_max_attempts": 2}}
    monkeypatch.setitem(conf, "s3", {"config_kwargs": little})
    forget_connections()


def forget_connections() -> None:
    """File systems are kept by fsspec; another endpoint needs another one."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()


#: What a way does to the number-th answer: seconds to hold it back, or None to lose it.
Mishap = Callable[[int], float | None]


class Way(socketserver.ThreadingTCPServer):
    """A TCP proxy that hands requests on, and answers only as ``mishap`` says.

    A lost answer is one to a request that was carried out: the connection ends without it.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, endpoint: str, mishap: Mishap) -> None:
        super().__init__(("127.0.0.1", 0), _Hop)
        host, _, port = endpoint.removeprefix("http://").partition(":")
        self.target, self.mishap = (host, int(port)), mishap
        self.answers = 0
        self.lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_mishap(self) -> float | None:
        with self.lock:
            self.answers += 1
            return self.mishap(self.answers)


class _Hop(socketserver.BaseRequestHandler):
    """One connection: requests go through at once, answers after the server's decision."""

    def handle(self) -> None:
        way: Any = self.server
        with socket.create_connection(way.target) as onward:
            back = threading.Thread(target=self._answers, args=(onward, way), daemon=True)
            back.start()
            _pump(self.request, onward)
            back.join(timeout=5)

    def _answers(self, onward: socket.socket, way: Way) -> None:
        try:
            while data := onward.recv(65536):
                if _is_answer(data):
                    pause = way.next_mishap()
                    if pause is None:
                        break
                    time.sleep(pause)
                self.request.sendall(data)
        except OSError:
            pass
        finally:
            _end(self.request)
            _end(onward)


def _is_answer(data: bytes) -> bool:
    """Whether an answer begins here; "go on with the body" is none, and may come with one."""
    if data.startswith(b"HTTP/1.1 100"):
        data = data.partition(b"\r\n\r\n")[2]
    return data.startswith(b"HTTP/1.1 ")


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        _end(target)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def way_to(endpoint: str, mishap: Mishap) -> Iterator[Way]:
    """A proxy in a thread."""
    with Way(endpoint, mishap) as way:
        thread = threading.Thread(target=way.serve_forever, daemon=True)
        thread.start()
        yield way
        way.shutdown()
