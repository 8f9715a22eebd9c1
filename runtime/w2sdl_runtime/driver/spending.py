"""Counts what a run has spent: seconds of every try, failed ones too, times its processors and GPUs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl.budget import Budget, Spend, amount_text
from w2sdl_runtime.driver.events import BudgetReached, BudgetSpent, Sink
from w2sdl_runtime.worker.protocol import WITHDRAWN, Attempt, Listener

_SAY_EVERY = 5.0  #: seconds between two words on how much is spent


@dataclass(slots=True)
class _Try:
    """An attempt that was handed over and has not ended."""

    attempt: Attempt
    begun: float | None = None  #: when it was first heard of
    is_withdrawn: bool = False


class Spending:
    """What the tries of one run cost, and whether that is its budget.

    A try counts from its beginning, not while it waits for room. How long it took is what its worker
    measured; of one that runs, or whose worker died, it is the time since it was first heard of.
    """

    def __init__(self, budget: Budget | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget, self._clock = budget, clock
        self._start = clock()
        self._ended = {Spend.CPU: 0.0, Spend.GPU: 0.0}
        self._open: dict[str, _Try] = {}  #: by node: it has one try at a time
        self._tries = 0
        self._is_reached = self._is_told = False
        self._said = self._start

    def watching(self, attempt: Attempt, listener: Listener) -> Listener:
        """A try is handed over; returns what is to hear of its progress instead of ``listener``."""
        one = self._open[attempt.node] = _Try(attempt)

        def listen(progress: Mapping[str, Any]) -> None:
            if one.begun is None:
                one.begun = self._clock()
            listener(progress)

        return listen

    def ended(self, node: str, seconds: float | None) -> None:
        """A try has ended; ``seconds`` are its worker's, None where that gave no answer."""
        one = self._open.pop(node)
        took = self._so_far(one) if seconds is None else seconds
        self._tries += seconds is not None or one.begun is not None
        self._ended[Spend.CPU] += took * one.attempt.cpus * one.attempt.shards
        self._ended[Spend.GPU] += took * one.attempt.gpus * one.attempt.shards

    def _so_far(self, one: _Try) -> float:
        return 0.0 if one.begun is None else self._clock() - one.begun

    def spent(self, what: Spend) -> float:
        """Seconds until now, what runs among them."""
        if what is Spend.TIME:
            return self._clock() - self._start
        running = ((self._so_far(one), one.attempt) for one in self._open.values())
        return self._ended[what] + sum(
            took * attempt.shards * (attempt.gpus if what is Spend.GPU else attempt.cpus)
            for took, attempt in running
        )

    def is_reached(self) -> bool:
        """Whether nothing more is to be begun; from then on it stays so."""
        if self._budget is not None and not self._is_reached:
            self._is_reached = self.spent(self._budget.spend) >= self._budget.seconds
        return self._is_reached

    def running(self) -> int:
        """How many tries have begun and not ended."""
        return sum(one.begun is not None for one in self._open.values())

    def look(self, emit: Sink) -> None:
        """Say now and then how much is spent; once it is all, say that, and take back what waits."""
        if self._budget is None:
            return
        if self._clock() - self._said >= _SAY_EVERY:
            self._said = self._clock()
            spent = self.spent(self._budget.spend)
            text = f"{amount_text(self._budget.spend, spent)} of {self._budget} spent"
            emit(BudgetSpent(str(self._budget), round(spent, 3), text))
        if self.is_reached():
            if not self._is_told:
                self._is_told = True
                emit(BudgetReached(str(self._budget), self.running()))
            self.withdraw()

    def withdraw(self) -> None:
        """Take back what was handed over and has not begun: its worker finds a note, and leaves it.

        What begins in this very moment goes on, and what can't be written to is not taken back.
        """
        for one in self._open.values():
            if one.begun is None and not one.is_withdrawn:
                one.is_withdrawn = True
                with suppress(OSError):
                    (Path(one.attempt.folder) / WITHDRAWN).touch()

    def to_json(self) -> dict[str, float]:
        """As the record of the run keeps it."""
        cpu, gpu = (round(self.spent(what), 3) for what in (Spend.CPU, Spend.GPU))
        return {"tries": self._tries + self.running(), "cpu_seconds": cpu, "gpu_seconds": gpu}
