"""The one library that not everybody may ship: python-chess is under the GPL, w2sdl is not."""

from __future__ import annotations

from w2sdl_runtime.op import PrerequisiteError


def require_chess() -> None:
    """Say how to get python-chess where it is missing.

    Raises:
        PrerequisiteError: when it can't be imported.
    """
    try:
        import chess  # noqa: F401
    except ImportError as error:
        raise PrerequisiteError(
            "chess needs the package `chess` (python-chess), which is not installed: it is under the"
            " GPL-3.0 or later, so w2sdl does not bring it",
            'pip install "w2sdl[chess]"',
        ) from error
