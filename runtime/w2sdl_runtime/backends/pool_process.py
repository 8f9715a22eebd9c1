"""The driver's side of one worker process: starting it, talking to it, and how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import w2sdl
import w2sdl_runtime
from w2sdl_runtime.worker.attempt_log import tail_of_lost
from w2sdl_runtime.worker.failures import Cause, next_step
from w2sdl_runtime.worker.protocol import Attempt, Failure

#: Nothing is imported from the current folder by accident; a crash in C leaves a traceback.
_OPTIONS = ("-P", "-X", "faulthandler", "-m")
_ENDED = (-signal.SIGKILL, -signal.SIGTERM)  #: by others: the kernel, or who owns the machine
_LAST = 0.5  #: seconds that a worker gets to see that nobody wants it any more
_OOM_KILLS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")


def environment(paths: Sequence[Path], gpus: Sequence[int]) -> dict[str, str]:
    """Of a worker: it finds the modules that the driver finds, and sees its GPUs alone."""
    roots = [Path(module.__file__ or "").parents[1] for module in (w2sdl, w2sdl_runtime)]
    folders = [str(path.absolute()) for path in [*paths, *roots]]
    folders += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, folders)))}
    if gpus:
        found["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order that nvidia-smi counts in
        found["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, gpus))
    return found


class PoolProcess:
    """A worker. ``gpus`` are those that it sees, for its whole life."""

    def __init__(self, paths: Sequence[Path], gpus: tuple[int, ...] = ()) -> None:
        self.gpus = gpus
        self.is_ready = False
        self.is_importing = False
        self._buffer = b""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._kills = _oom_kills()
        self.descriptor, theirs = os.pipe()
        os.set_blocking(self.descriptor, False)
        try:
            # Not fork: the driver has threads. A session of its own: Ctrl-C is the driver's to pass on.
            self._process = subprocess.Popen(
                [sys.executable, *_OPTIONS, "w2sdl_runtime.backends.pool_worker", str(theirs)],
                stdin=subprocess.PIPE,
                stdout=self._said,
                stderr=self._said,
                pass_fds=(theirs,),
                env=environment(paths, gpus),
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(theirs)

    def send(self, request: Mapping[str, Any]) -> None:
        """Ask for something. A worker that died meanwhile is found out by its silence."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def import_libraries(self, names: Sequence[str]) -> None:
        """Have it import what will be needed, before its next attempt."""
        self.is_importing = True
        self.send({"imports": names})

    def answers(self) -> list[dict[str, Any]]:
        """What it has said since the last time."""
        with suppress(BlockingIOError):
            while data := os.read(self.descriptor, 1 << 16):
                self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        found = [json.loads(line) for line in lines]
        self.is_ready = self.is_ready or any("ready" in answer for answer in found)
        if any("imported" in answer for answer in found):
            self.is_importing = False
        return found

    @property
    def is_dead(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """Let it stop by itself, if it can: what is finished of a long node is kept."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def end(self, patience: float = 0.0) -> None:
        """See it go, and give back what it held.

        A closed pipe ends it at once, so one that was interrupted first gets some time.
        """
        try:
            self._await(patience)
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()
            self._await(_LAST)
        finally:  # also where somebody is tired of waiting
            self.kill()
            self._process.wait()
            os.close(self.descriptor)
            self._said.close()

    def _await(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_dead and time.monotonic() < deadline:
            time.sleep(0.005)

    def death(self, attempt: Attempt) -> Failure:
        """Why an attempt got no answer."""
        self._process.wait()
        code = self._process.returncode
        if not self.is_ready and code not in _ENDED:
            return self._stillborn()
        log = Path(attempt.folder) / "log.txt"
        cause, why = Cause.LOST, f"exit code {code}"
        if code < 0:
            why = signal.Signals(-code).name
        if code == -signal.SIGKILL and _oom_kills() > self._kills:
            cause, why = Cause.OOM, "the machine ran out of memory"
        message = f"the worker process died ({why})"
        help = f"{next_step(cause)}what it wrote last is in {log}"
        return Failure("WorkerLost", message, help, str(log), tail_of_lost(log), cause)

    def _stillborn(self) -> Failure:
        self._said.seek(0)
        text = self._said.read().decode("utf-8", "replace").strip()
        last = text.splitlines()[-1] if text else f"exit code {self._process.returncode}"
        return Failure(
            "WorkerLost",
            f"a worker process can't begin: {last}",
            "try --executor local without --jobs, which starts none",
            tail=text,
            cause=Cause.PREREQUISITE,
        )


def _oom_kills() -> int:
    """How many processes of this control group the kernel has ended for want of memory."""
    for path in _OOM_KILLS:
        with suppress(OSError):
            for line in Path(path).read_text("ascii").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill" and count.isdecimal():
                    return int(count)
    return 0
