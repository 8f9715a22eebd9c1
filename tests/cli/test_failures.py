"""What the environment lacks is one message, with the next step that fits it."""

from __future__ import annotations

import errno
import os

import pytest

from w2sdl.cli.failures import Failure, environment_failures


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EACCES, "is it the place that was meant?"),
    ],
)
def test_a_full_disk_is_not_another_place(code: int, advice: str) -> None:
    with pytest.raises(Failure) as caught, environment_failures():
        raise OSError(code, os.strerror(code))
    assert caught.value.message == os.strerror(code).lower()
    assert caught.value.help.startswith(advice)
