"""What a training was like at shares of its steps, stored while it goes on: for overfitting curves."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from w2sdl_runtime.learning.made_of import members_of
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.partials import Partial
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.values import Predictor

#: Writes the predictor as it is now, with a context of its own, after that many steps.
Save = Callable[[Context, int], Predictor]


def step_at(share: float, steps: int) -> int:
    """The step after which a share of them is done: at least one, rounded to the nearest."""
    return max(1, math.floor(share * steps + 0.5))


class Snapshots:
    """The predictors that a training has left on its way, by share of its steps."""

    def __init__(self, ctx: Context, shares: Sequence[float], save: Save, label: str) -> None:
        """Nothing is stored where no share is asked for; ``label`` is that of the training."""
        self._ctx, self._save = ctx, save
        self._shares = sorted(set(shares))
        self._label = f"{label} snapshots" if label and shares else ""
        self._found: dict[str, str] = {}

    def training_label(self, label: str, steps: int) -> str:
        """The label to train under: "" where a killed attempt went past a snapshot that is gone.

        Then the training begins anew, and what it leaves is the same.
        """
        partial = self._ctx.partials.load(label) if self._label else None
        kept = self._ctx.partials.load(self._label)
        self._found = dict(kept.facts["found"]) if kept else {}
        if partial is None:
            return label
        passed = [s for s in self._shares if step_at(s, steps) <= int(partial.facts["step"])]
        return label if all(self._is_there(share) for share in passed) else ""

    def _is_there(self, share: float) -> bool:
        digest = self._found.get(repr(share), "")
        try:
            return bool(digest) and self._ctx.open(digest) is not None
        except CorruptObject:  # or swept away: nothing named it yet
            return False

    def passed(self, step: int, steps: int) -> None:
        """Call it after each step, before the training itself is committed."""
        shares = [share for share in self._shares if step_at(share, steps) == step]
        if not shares:
            return
        part = replace(self._ctx, work=self._ctx.work / f"step{step}")
        digest = self._ctx.put(self._save(part, step))
        shutil.rmtree(part.work, ignore_errors=True)  # a large model is not on the disk twice
        self._found |= {repr(share): digest for share in shares}
        self._ctx.partials.save(self._label, Partial({}, {"found": self._found}))

    def last_step(self, steps: int) -> int:
        """The last of those on the way; a training that is ended early goes on to it all the same."""
        return max((step_at(share, steps) for share in self._shares if share < 1), default=0)

    def facts(self) -> dict[str, Mapping[str, str]]:
        """For the facts of the predictor that the training ends with."""
        return {"snapshots": dict(sorted(self._found.items()))} if self._shares else {}


def snapshot_of(predictor: Predictor, share: float, ctx: Context) -> Predictor:
    """A predictor as it was after a share of its training's steps; at 1 it is itself.

    Of several predictors, each as it was.

    Raises:
        PrerequisiteError: for one that kept no snapshot there, or was not trained in steps.
    """
    if share == 1:
        return predictor
    if "members" in predictor.facts:
        each = [snapshot_of(member, share, ctx).digest for member in members_of(predictor, ctx)]
        return Predictor({**predictor.facts, "members": each})
    kept: Mapping[str, str] = predictor.facts.get("snapshots", {})
    digest = kept.get(repr(float(share)))
    if digest is None:
        known = ", ".join(f"{100 * float(at):g}%" for at in kept) or "none"
        raise PrerequisiteError(
            f"this training kept no snapshot at {100 * share:g}% (it kept {known})",
            f"ask for it where the model is trained: finetune(..., snapshots: [{100 * share:g}%])",
        )
    found = ctx.open(digest)
    if not isinstance(found, Predictor):
        raise TypeError(f"object {digest} is {found.kind}, not a Predictor")
    return found
