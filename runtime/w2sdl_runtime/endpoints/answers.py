"""What endpoints answered, kept as it comes: a kill or a later error loses no paid answer.

Answers are found by what was asked of which model, whoever asked: neither the URL nor the node is part of
that, so that another node, or the same model behind another address, pays for nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from w2sdl.keys import tagged_hash
from w2sdl_runtime.endpoints.addresses import Endpoint
from w2sdl_runtime.endpoints.client import Ask, Client, Unusable
from w2sdl_runtime.op import Context
from w2sdl_runtime.partials import Partial, Partials


class Answers:
    """Asks an endpoint for what is not kept yet."""

    def __init__(
        self, ctx: Context, endpoint: Endpoint, key_header: str, read: Callable[[Any], Any]
    ) -> None:
        """``read`` makes an answer of a response, or raises `Unusable`."""
        self._ctx, self._endpoint, self._read = ctx, endpoint, read
        self._key_header = key_header
        self._drawers: dict[str, Partials] = {}
        self._lock = Lock()

    def to(self, asks: Sequence[Ask], unit: str) -> list[Any]:
        """The answer to each request, in order; equal requests are sent once.

        Raises:
            PrerequisiteError: for a request that got none. All answers so far are kept.
        """
        keys = [tagged_hash("answer.1", [ask.path, ask.body]) for ask in asks]
        found = {key: self._kept(key) for key in dict.fromkeys(keys)}
        by_key = dict(zip(keys, asks, strict=True))
        missing = [key for key, answer in found.items() if answer is None]
        done = len(found) - len(missing)
        self._ctx.report(done, len(found), unit)
        if missing:
            client = Client(self._endpoint, self._key_header, self._ctx.log)

            def read(number: int, response: Any) -> Any:
                answer = self._read(response)
                self._keep(missing[number], by_key[missing[number]], response)
                return answer

            for number, answer in client.answers([by_key[key] for key in missing], read):
                found[missing[number]] = answer
                done += 1
                self._ctx.report(done, len(found), unit)
        return [found[key] for key in keys]

    def _drawer(self, key: str) -> Partials:
        """One of 4,096 folders: none of them becomes slow to look through."""
        name = key[:3]
        if name not in self._drawers:
            self._drawers[name] = self._ctx.partials.shared(f"answers {name}")
        return self._drawers[name]

    def _kept(self, key: str) -> Any:
        kept = self._drawer(key).load(key)
        if kept is None:
            return None
        try:
            return self._read(kept.facts["response"])
        except Unusable:
            return None

    def _keep(self, key: str, ask: Ask, response: Any) -> None:
        said = {"response": response, "path": ask.path, "asked": dict(ask.body)}
        with self._lock:  # answers come in many threads
            self._drawer(key).save(key, Partial({}, said))
