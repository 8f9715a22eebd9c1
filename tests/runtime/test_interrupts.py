"""Signals: the first ends a run, and none keeps it from writing down how it ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.interrupts import Interrupts
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.storage.store import Store


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_first_signal_raises_and_later_ones_do_not() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        assert interrupts.number == signal.SIGTERM
        interrupt()


def test_a_signal_that_comes_when_all_is_done_changes_nothing() -> None:
    with Interrupts() as interrupts:
        interrupts.hold()
        interrupt()
        assert interrupts.number == 0


def test_a_signal_that_an_operation_swallows_still_ends_the_run(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    stubborn = builder.add("tiny_stubborn", {"of": [number]})
    after = builder.add("tiny_sign", {"of": [stubborn]})
    result = run(builder.graph(), tmp_path)
    assert (result.status, result.signal) == ("interrupted", signal.SIGINT)
    assert result.nodes[stubborn].action == "executed"
    assert result.nodes[after].because == "the run was interrupted"


def test_a_signal_while_the_end_of_a_failed_run_is_written_changes_nothing(tmp_path: Path) -> None:
    def no_backend() -> Backend:
        raise PrerequisiteError("the cluster is gone", "start it")

    def signal_late(event: events.Event) -> None:
        if isinstance(event, events.NodeSkipped):
            interrupt()

    builder = Builder()
    builder.add("tiny_number", value=1.0)
    with pytest.raises(PrerequisiteError):
        run(builder.graph(), tmp_path, no_backend, [signal_late])
    assert load_run(Store(tmp_path / "store"), "last").info.status == "failed"


def test_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
