"""The error for mistakes outside a spec; in a module of its own, since light commands need it."""

from __future__ import annotations


class InputError(Exception):
    """A mistake outside the spec: a missing file, a module that can't be imported, bad settings.

    Attributes:
        message: what is wrong, in one line.
        help: what to do, or "".
        code: that of the rule which is broken, where `w2sdl explain` knows it.
    """

    def __init__(self, message: str, help: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.code = code
