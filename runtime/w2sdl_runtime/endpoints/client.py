"""Requests to an endpoint: so many at once, so many a minute, and tried again where that helps."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.endpoints.addresses import Endpoint, key_for
from w2sdl_runtime.op import PrerequisiteError

if TYPE_CHECKING:
    import httpx2
    from tenacity import RetryCallState

Json = Mapping[str, Any]
#: Makes an answer of the response to a request (by number), or raises `Unusable`; in the thread that asked.
Reading = Callable[[int, Any], Any]

#: Answers of a server that another try may change.
_AGAIN = frozenset({408, 409, 425, 429})
_LONGEST_PAUSE = 60.0
#: What a server may ask us to wait; who asks for more has run out of something.
_LONGEST_WAIT = 600.0


class Unusable(Exception):
    """A response that holds no answer; another try may."""

    def __init__(self, fact: str, after: float = 0.0) -> None:
        super().__init__(fact)
        self.fact, self.after = fact, after  #: seconds that the server asks us to wait


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: where, below the URL of the endpoint, and what."""

    path: str
    body: Json


class Client:
    """Asks one endpoint."""

    def __init__(self, endpoint: Endpoint, key_header: str, log: Callable[[str], None]) -> None:
        """Make a client.

        Args:
            endpoint: where, and how patiently.
            key_header: the header that takes the key; "Authorization" takes it as a bearer's.
            log: told of every try that failed.

        Raises:
            PrerequisiteError: without the packages, or a key that is not there.
        """
        self._endpoint, self._log = endpoint, log
        key = key_for(endpoint)
        bearer = f"Bearer {key}" if key_header == "Authorization" else key
        self._headers = {key_header: bearer} if key else {}
        self._pace = _Pace(endpoint.per_minute)
        _require_packages()

    def answers(self, asks: Sequence[Ask], read: Reading) -> Iterator[tuple[int, Any]]:
        """Every request by number with what ``read`` makes of its response, as they come.

        Where one fails for good, or nobody listens any more, those under way are read to their end.

        Raises:
            PrerequisiteError: for the first request that failed for good.
        """
        import httpx2

        here, limit = self._endpoint, self._endpoint.parallel
        settings: dict[str, Any] = {"timeout": here.patience, "trust_env": not here.is_here}
        with (
            httpx2.Client(headers=self._headers, **settings) as http,
            ThreadPoolExecutor(limit) as threads,
        ):
            todo = iter(enumerate(asks))
            waiting: dict[Future[Any], int] = {}
            try:
                while True:
                    for number, ask in islice(todo, limit - len(waiting)):
                        waiting[threads.submit(self._ask, http, ask, partial(read, number))] = (
                            number
                        )
                    if not waiting:
                        return
                    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield waiting.pop(future), future.result()
            finally:  # a failure, or an interruption: nobody who sleeps need try again
                self._pace.give_up()

    def _ask(self, http: httpx2.Client, ask: Ask, read: Callable[[Any], Any]) -> Any:
        """One request, tried as often as the endpoint allows."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        retrying = Retrying(
            stop=stop_after_attempt(self._endpoint.tries),
            retry=retry_if_exception_type(Unusable),
            wait=self._pause,
            before_sleep=self._say,
            sleep=self._pace.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, http, ask, read)
        except Unusable as error:
            raise PrerequisiteError(
                f"{self._endpoint.origin} gave no answer in {self._endpoint.tries} tries: {error.fact}",
                "see that it is up, and at this address; the same command again asks for what is missing:"
                " all answers so far are kept",
            ) from error

    def _once(self, http: httpx2.Client, ask: Ask, read: Callable[[Any], Any]) -> Any:
        import httpx2

        self._pace.wait()
        url = f"{self._endpoint.url.rstrip('/')}{ask.path}"
        try:
            response = http.post(url, json=dict(ask.body))
        except httpx2.TransportError as error:  # no connection, no answer in time, half an answer
            raise Unusable(f"{type(error).__name__}: {error}".removesuffix(": ")) from error
        if response.status_code in _AGAIN or response.status_code >= 500:
            raise Unusable(_status(response), self._asked_to_wait(response))
        if response.status_code != 200:
            raise self._refused(response)
        return read(_body(response))

    def _asked_to_wait(self, response: httpx2.Response) -> float:
        """Seconds that ``Retry-After`` asks for; 0 where it doesn't.

        Raises:
            PrerequisiteError: for more than anybody would sit through.
        """
        seconds = retry_after(response.headers.get("Retry-After", ""))
        if seconds > _LONGEST_WAIT:
            raise PrerequisiteError(
                f"{self._endpoint.origin} asks to wait {seconds:,.0f} seconds ({_status(response)})",
                "give the same command again then: all answers so far are kept",
            )
        self._pace.hold(seconds)
        return seconds

    def _refused(self, response: httpx2.Response) -> PrerequisiteError:
        origin, status = self._endpoint.origin, _status(response)
        advice = "look at the URL, the model's name and the settings in the spec"
        if response.status_code in (401, 403):
            advice = f"name the variable that holds the key for it: --api-key {origin}=VARIABLE"
        return PrerequisiteError(f"{origin} refuses what it is asked: {status}", advice)

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before the next try: doubled each time, with jitter; never less than asked for."""
        pause = min(self._endpoint.first_pause * 2.0 ** (state.attempt_number - 1), _LONGEST_PAUSE)
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, Unusable) else 0.0
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        return float(max(asked, pause * jitter) + pause * jitter / 10)

    def _say(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        self._log(f"try {state.attempt_number} failed ({error}); again in {pause:.1f} s")


class _Pace:
    """When the next request may begin, for all threads together."""

    def __init__(self, per_minute: float | None) -> None:
        self._every = 60 / per_minute if per_minute else 0.0
        self._next = time.monotonic()
        self._lock = threading.Lock()
        self._given_up = threading.Event()

    def wait(self) -> None:
        """Until it is this request's turn."""
        with self._lock:
            at = max(self._next, time.monotonic())
            self._next = at + self._every
        self.sleep(at - time.monotonic())

    def hold(self, seconds: float) -> None:
        """Let nobody begin for a while."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def give_up(self) -> None:
        """Another request has failed for good: who sleeps needn't try again."""
        self._given_up.set()

    def sleep(self, seconds: float) -> None:
        """Sleep, unless all is given up.

        Raises:
            PrerequisiteError: then; the first failure is the one that is told.
        """
        if self._given_up.wait(max(seconds, 0.0)):
            raise PrerequisiteError("another request has failed", "see that one")


def retry_after(text: str) -> float:
    """Seconds of a ``Retry-After`` header, which holds a number or a date; 0 of anything else."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _status(response: httpx2.Response) -> str:
    """The status with what the server says of it."""
    try:
        said = response.json()
        error = said.get("error", said)
        words = error.get("message", "") if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError):
        words = ""
    about = f": {str(words)[:200]}" if words else ""
    return f"{response.status_code} {response.reason_phrase}{about}".strip()


def _body(response: httpx2.Response) -> Any:
    """What a response says.

    Raises:
        Unusable: for what is no JSON; NaN, which Python's reader would take, is none.
    """

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(response.text, parse_constant=refuse)
    except ValueError as error:
        raise Unusable(f"what it said is no JSON: {response.text[:80]!r}") from error


def _require_packages() -> None:
    try:
        import httpx2
        import tenacity
    except ImportError as error:
        raise PrerequisiteError(
            f"asking an endpoint needs the package {error.name}, which is not installed",
            'install it: pip install "w2sdl[api]"',
        ) from error
    del httpx2, tenacity
