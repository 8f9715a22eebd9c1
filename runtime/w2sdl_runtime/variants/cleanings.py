"""The family of cleanings: what is done with labels that a cleaner doubts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from w2sdl_runtime.op import Variant, variant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from w2sdl_runtime.variants.cleaners import Finding


class Cleaning(Variant):
    """Which rows go, and which are labelled anew."""

    @abstractmethod
    def keeps(self, finding: Finding) -> NDArray[np.bool_]:
        """Whether each row stays, ``[rows]``."""


_ROUNDING = 1e-9  #: 0.29 of 100 rows are 28.999999999999996


@variant("filter")
class Filter(Cleaning):
    """The ``share`` of rows that is doubted most is dropped (EleutherAI/w2s: "contamination").

    Rounded down, so that no share above 0 takes a row too many; of equal ones the later goes.
    """

    share: Annotated[float, Field(ge=0, lt=1)] = 0.1

    def keeps(self, finding: Finding) -> NDArray[np.bool_]:
        """All but the most doubtful."""
        import numpy as np

        rows = len(finding.doubt)
        dropped = int(self.share * rows + _ROUNDING)
        keep = np.zeros(rows, bool)
        keep[np.argsort(finding.doubt, kind="stable")[: rows - dropped]] = True
        return keep


@variant("relabel")
class Relabel(Cleaning):
    """All rows stay, with the cleaner's belief as their label."""

    def keeps(self, finding: Finding) -> NDArray[np.bool_]:
        """All."""
        import numpy as np

        return np.ones(len(finding.doubt), bool)
