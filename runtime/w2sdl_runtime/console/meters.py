"""Processors, memory and GPUs of this machine that are in use, for those who watch a run."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time

import psutil

_EVERY = 1.0  #: seconds between two looks at the processors
_GPU_EVERY = 5.0  #: the driver's tool takes a good part of a second
_QUERY = "--query-gpu=utilization.gpu,memory.used,memory.total"


class Meters:
    """Reads the machine's load, seldom enough to be no load itself."""

    def __init__(self) -> None:
        self._text = ""
        self._read = 0.0
        self._gpus = ""
        self._stop = threading.Event()
        psutil.cpu_percent(None)  # counts from here
        if tool := shutil.which("nvidia-smi"):
            threading.Thread(target=self._watch_gpus, args=(tool,), daemon=True).start()

    def text(self) -> str:
        """``cpu 182/200 %, memory 3.1/15.6 GiB``, and the GPUs where there are some."""
        now = time.monotonic()
        if now - self._read >= _EVERY:
            self._read = now
            memory = psutil.virtual_memory()
            count = psutil.cpu_count() or 1
            busy = f"cpu {psutil.cpu_percent(None) * count:.0f}/{count * 100} %"
            used = f"memory {(memory.total - memory.available) / 2**30:.1f}/{memory.total / 2**30:.1f} GiB"
            self._text = ", ".join(part for part in (busy, used, self._gpus) if part)
        return self._text

    def close(self) -> None:
        self._stop.set()

    def _watch_gpus(self, tool: str) -> None:
        while not self._stop.is_set():
            self._gpus = gpus_in_use(tool)
            self._stop.wait(_GPU_EVERY)


def gpus_in_use(tool: str) -> str:
    """``gpu 83 % 12/80 GiB`` for each GPU; empty where the tool gives no answer."""
    command = [tool, _QUERY, "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return gpu_text(done.stdout) if done.returncode == 0 else ""


def gpu_text(answer: str) -> str:
    """The tool's table, a line a GPU: use in per cent, MiB used, MiB in all."""
    found = []
    for line in answer.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            use, used, total = (int(part) for part in parts)
            found.append(f"gpu {use} % {used / 1024:.0f}/{total / 1024:.0f} GiB")
    return ", ".join(found)
