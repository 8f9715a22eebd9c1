"""A Python whose processes begin with torch and transformers imported: each is a fork of one that has them.

For tests of what commands do. It takes ``-m MODULE ...`` and ``FILE ...``, and gives the folder, the
variables, the streams and the code of a process of its own. What a command imports for itself is
seen where a real Python runs it: `tests/cli/test_flagship.py`, `tests/test_wheel.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import shlex
import signal
import socket
import socketserver
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: What commands import beside what every process of `forks` has.
MODULES = ("altair", "pandas", "scipy.stats", "w2sdl.cli.run", "w2sdl_runtime.running")
_CLIENT = """
import json, os, socket, sys
told = {"program": sys.argv[1], "arguments": sys.argv[3:]}
told |= {"folder": os.getcwd(), "environment": dict(os.environ)}
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[2])
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps(told).encode() + b"\\n")
    code = server.recv(1)
sys.exit(code[0] if code else "the server of forks has ended")
"""
_OWN = [path for path in sys.path if path.startswith((sys.prefix, sys.base_prefix))]


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Forks for each connection; that process has one command and its end to look after."""

    max_children = 1000
    request_queue_size = 100


class Command(socketserver.StreamRequestHandler):
    """One command."""

    def handle(self) -> None:
        _, streams, *_ = socket.recv_fds(self.connection, 1, 3)
        told = json.loads(self.rfile.readline())
        pid = os.fork()
        if pid == 0:
            os._exit(_run(streams, **told))
        for stream in streams:
            os.close(stream)
        self.connection.setblocking(False)
        while (status := os.waitpid(pid, os.WNOHANG))[0] == 0:
            with contextlib.suppress(BlockingIOError):
                if self.connection.recv(1) == b"":  # who waited for it is gone
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        code = os.waitstatus_to_exitcode(status[1])
        self.connection.sendall(bytes([code if code >= 0 else 128 - code]))


def _run(
    streams: list[int], program: str, arguments: list[str], folder: str, environment: dict[str, str]
) -> int:
    """What ``PROGRAM ARGUMENTS`` does, in this process; its exit code."""
    sys.executable = program  # for processes that it starts
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    given = environment.get("PYTHONPATH", "")
    sys.path[:] = [*filter(None, given.split(os.pathsep)), *_OWN]
    try:
        _python(arguments)
        code: Any = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)


def _python(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(arguments[0]).absolute().parent))
        runpy.run_path(arguments[0], run_name="__main__")


def serve(place: str) -> None:
    """Answer at a socket for ever."""
    for name in MODULES:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Server(place, Command) as server:
        server.serve_forever()


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Path]:
    """The program, in ``folder``, while its server lives. Its socket's path may have 107 characters."""
    from tests.forks import FORKS

    place = folder / "socket"
    program = folder / "python"
    words = [sys.executable, "-I", "-S", "-c", _CLIENT, str(program), str(place)]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
    program.chmod(0o755)
    server = FORKS.Process(target=serve, args=(str(place),), daemon=True)
    server.start()
    try:
        while not place.exists():
            if not server.is_alive():
                raise RuntimeError("the server of forks has not started")
            time.sleep(0.05)
        yield program
    finally:
        server.terminate()
        server.join()
