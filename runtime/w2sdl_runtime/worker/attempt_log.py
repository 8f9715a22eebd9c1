"""What one attempt prints and reports: its log file, and its progress for those who watch."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self, TextIO

from w2sdl_runtime.files import write_json
from w2sdl_runtime.masking import Masker
from w2sdl_runtime.worker.protocol import Listener

PROGRESS_EVERY = 0.5  #: seconds between two progress records


class SupportsWrite(Protocol):
    """As much of a text file as streams and handlers use."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...


class AttemptLog:
    """Catches stdout, stderr, logging and warnings of an attempt in one file.

    With ``descriptors`` descriptors 1 and 2 go there as well, for libraries in C. Secrets are masked
    as they are written, and once more at the end, for what came past Python's streams.
    """

    def __init__(self, path: Path, descriptors: bool) -> None:
        self.path = path
        self._descriptors = descriptors
        self._stack = contextlib.ExitStack()
        self.masker = Masker.of_environment()

    def __enter__(self) -> Self:
        opened = self.path.open("a", encoding="utf-8", buffering=1)
        self._stack.callback(self.masker.file, self.path)
        plain = self._stack.enter_context(opened)
        if self._descriptors:
            self._stack.enter_context(_descriptors_to(plain))
        self._file: SupportsWrite = _Masked(plain, self.masker)
        out = self._stack.enter_context(_out.to(self._file, sys.stdout))
        err = self._stack.enter_context(_err.to(self._file, sys.stderr))
        self._stack.enter_context(contextlib.redirect_stdout(out))
        self._stack.enter_context(contextlib.redirect_stderr(err))
        self._stack.enter_context(_logging_to(self._file))
        self._stack.enter_context(_warnings_to(self._file))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, text: str) -> None:
        """Add a line, if the disk takes it: a full one must not hide the error being told."""
        with contextlib.suppress(OSError):
            self._file.write(text.rstrip("\n") + "\n")

    def traceback(self) -> None:
        """Add the traceback of the exception being handled."""
        self.write(traceback.format_exc())

    def tail(self) -> str:
        """The last lines."""
        return _last_lines(self.path, self.masker)


def tail_of_lost(path: Path) -> str:
    """The last lines that a worker wrote who could not mask them to the end; "" if there are none."""
    masker = Masker.of_environment()
    masker.file(path)
    return _last_lines(path, masker) if path.exists() else ""


def _last_lines(path: Path, masker: Masker, lines: int = 20) -> str:
    """What a library in C wrote, or a killed process, need not be text."""
    text = masker.text(path.read_text("utf-8", errors="replace"))
    return "\n".join(text.splitlines()[-lines:])


@contextlib.contextmanager
def _descriptors_to(file: TextIO) -> Iterator[None]:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [os.dup(1), os.dup(2)]
    try:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
        yield
    finally:
        for descriptor, old in zip((1, 2), kept, strict=True):
            os.dup2(old, descriptor)
            os.close(old)


@contextlib.contextmanager
def _logging_to(file: SupportsWrite) -> Iterator[None]:
    handler = logging.StreamHandler(file)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    before = list(root.handlers)
    root.handlers = [handler]
    try:
        yield
    finally:
        root.handlers = before


@contextlib.contextmanager
def _warnings_to(log: SupportsWrite) -> Iterator[None]:
    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log.write(warnings.formatwarning(message, category, filename, lineno, line))

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


class _Masked(io.TextIOBase):
    """A text file that no secret reaches."""

    def __init__(self, file: TextIO, masker: Masker) -> None:
        self._to, self._masker = file, masker

    def write(self, text: str) -> int:
        self._to.write(self._masker.text(text))
        return len(text)

    def flush(self) -> None:
        self._to.flush()


class _Current(io.TextIOBase):
    """A stream that writes to the log of the current attempt, or where it wrote before.

    Libraries keep the ``sys.stderr`` of their import for ever; in a warm worker that must not be
    the closed log of an earlier attempt.
    """

    def __init__(self) -> None:
        self.target: SupportsWrite | None = None
        self.usual: Any = None

    def write(self, text: str) -> int:
        target = self.target or self.usual
        if target is not None:
            target.write(text)
        return len(text)

    def flush(self) -> None:
        target = self.target or self.usual
        if target is not None:
            target.flush()

    @contextlib.contextmanager
    def to(self, file: SupportsWrite, usual: Any) -> Iterator[Self]:
        """Write to ``file`` inside, and to ``usual`` afterwards."""
        self.target = file
        if usual is not self:
            self.usual = usual
        try:
            yield self
        finally:
            self.target = None


_out, _err = _Current(), _Current()


class ProgressWriter:
    """Keeps ``progress.json`` of an attempt up to date, and a line a record in ``events.jsonl``."""

    def __init__(self, folder: Path, listener: Listener | None) -> None:
        self._folder = folder
        self._masker = Masker.of_environment()
        self._listener = listener
        self._start = time.time()
        self._last = 0.0
        self._latest: dict[str, Any] = {}
        self._publish()

    def __call__(self, done: int, total: int, unit: str, **facts: float | str) -> None:
        self._latest = {"done": done, "total": total, "unit": unit, "facts": facts}
        if time.monotonic() - self._last >= PROGRESS_EVERY:
            self._publish()

    def computed(self) -> None:
        """Publish what was held back; and the operation is done, so no time limit holds any more."""
        self._publish(computed=True)

    def _publish(self, **more: Any) -> None:
        self._last = time.monotonic()
        record = self._latest
        known = {"started": self._start, "time": time.time(), "pid": os.getpid()}
        full = {**known, **self._masker.json(record), **more}
        write_json(self._folder / "progress.json", full, durable=False)
        if record:
            with (self._folder / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(full, ensure_ascii=False) + "\n")
        if self._listener is not None:
            self._listener(full)
