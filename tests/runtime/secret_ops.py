"""An operation that gives away a secret wherever it can; loaded as a user's module."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings

from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Corpus


@op("leak", version=1)
def leak(ctx: Context, how: str = "done") -> Corpus:
    """Prints its token to every channel, then ends well or badly."""
    token = os.environ["MY_HUB_TOKEN"]
    print(f"stdout {token}")
    print("in", "pieces", token, sep=" ", file=sys.stderr)
    logging.getLogger("leak").warning("logging %s", token)
    warnings.warn(f"warnings {token}", stacklevel=1)
    ctx.log(f"context {token}")
    ctx.warn(f"a warning with {token}")
    ctx.report(1, 2, "steps", secret=token)
    os.write(1, f"descriptor {token}\n".encode())
    subprocess.run(["echo", f"subprocess {token}"], check=True)
    if how == "error":
        raise RuntimeError(f"refused: {token}")
    if how == "prerequisite":
        raise PrerequisiteError(f"the hub refused {token}", f"is {token} right?")
    return Corpus(["leaked"])
