"""A worker process of the local pool: reads attempts from its standard input, one at a time.

Run as ``python -m w2sdl_runtime.backends.pool_worker DESCRIPTOR``: answers go to that descriptor, as
JSON lines, since descriptors 1 and 2 belong to the log of the attempt.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from w2sdl_runtime.worker.attempt import run_attempt
from w2sdl_runtime.worker.gpu_worker import release_memory


class _Answers:
    """The way back to the driver."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor

    def send(self, message: Mapping[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[os.write(self._descriptor, data) :]


def _listen(requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass requests on. When the driver closes the pipe, or dies, there is nobody left to work for."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)


def _serve(requests: queue.SimpleQueue[dict[str, Any]], answers: _Answers) -> None:
    while True:
        request = requests.get()
        if "imports" in request:
            for name in request["imports"]:
                importlib.import_module(name)
            answers.send({"imported": request["imports"]})
        if "attempt" in request:
            answers.send({"outcome": _work(request["attempt"], answers)})


def _work(attempt: Mapping[str, Any], answers: _Answers) -> dict[str, Any]:
    def tell(progress: Mapping[str, Any]) -> None:
        answers.send({"progress": dict(progress)})

    outcome = run_attempt(attempt, tell, own_process=True)
    if attempt["gpus"]:
        release_memory()
    return outcome


def main() -> None:
    """Serve until the driver goes away. SIGINT interrupts the operation, which keeps its partials."""
    answers = _Answers(int(sys.argv[1]))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    answers.send({"ready": os.getpid()})
    try:
        _serve(requests, answers)
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(1)  # whatever else the operation left running


if __name__ == "__main__":
    main()
