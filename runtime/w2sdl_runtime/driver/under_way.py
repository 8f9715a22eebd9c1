"""What runs now, on a backend that is made when the first node needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from w2sdl_runtime.backends.backend import Backend, Handle
from w2sdl_runtime.driver.options import BackendFactory
from w2sdl_runtime.driver.requesting import Task
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.worker.protocol import Attempt, Listener, Outcome


class UnderWay:
    """Tasks that were handed over and have not ended.

    Args:
        factory: makes the backend.
        check: looks at it before anything is handed over; may raise.
    """

    def __init__(self, factory: BackendFactory, check: Callable[[Backend], None]) -> None:
        self._factory, self._check = factory, check
        self._tasks: dict[Handle, Task] = {}
        self.backend: Backend | None = None  #: None until the first node needed one

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def ready(self) -> Backend:
        """The backend, made and checked."""
        if self.backend is None:
            self.backend = self._factory()
            self._check(self.backend)
        return self.backend

    def is_full(self) -> bool:
        """Whether the backend has enough to do for now."""
        return len(self._tasks) >= self.ready().window

    def computes(self, key: str) -> bool:
        """Whether a result is being made here."""
        return any(task.closed.key == key for task in self._tasks.values())

    def begin(self, task: Task, attempt: Attempt, listener: Listener) -> None:
        """Hand a try over."""
        self._tasks[self.ready().submit(attempt, listener)] = task
        kill_point("driver.submitted")

    def ended(self, timeout: float) -> Iterator[tuple[Task, Outcome]]:
        """What ends within ``timeout`` seconds."""
        for handle, outcome in self.ready().wait(timeout):
            kill_point("driver.ended")
            yield self._tasks.pop(handle), outcome

    def cancel(self) -> None:
        """End all of it; no outcome will come."""
        if self._tasks and self.backend is not None:
            self.backend.cancel_all()
            self._tasks.clear()

    def close(self) -> None:
        """Give back what the backend started."""
        if self.backend is not None:
            self.backend.close()
