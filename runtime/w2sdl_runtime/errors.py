"""The one error that is the user's to mend; in a module of its own, since light commands need it."""

from __future__ import annotations

from w2sdl.input_error import InputError


class PrerequisiteError(InputError):
    """The environment or the data lacks something; the message says what, and what to do.

    Raise it for what a user can mend (a missing file, column or package, an unreachable hub): it is
    shown as one clear error without a traceback. ``code`` names the rule that was broken, where it
    is one that `w2sdl explain` knows.
    """
