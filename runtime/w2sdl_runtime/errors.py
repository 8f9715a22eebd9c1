"""The one error that is the user's to mend, and what others say; apart, since light commands need it."""

from __future__ import annotations

from w2sdl.input_error import InputError


def first_line(error: Exception) -> str:
    """What an error says, without the pages that some libraries add; its type where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class PrerequisiteError(InputError):
    """The environment or the data lacks something; the message says what, and what to do.

    Raise it for what a user can mend (a missing file, column or package, an unreachable hub): it is
    shown as one clear error without a traceback. ``code`` names the rule that was broken, where it
    is one that `w2sdl explain` knows.
    """
