"""The family of views: what `read_numbers` sees of an item's numbers."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING

from pydantic import Field

from w2sdl_runtime.op import (
    Count,
    CountOrZero,
    Positive,
    PrerequisiteError,
    Variant,
    stream_seed,
    variant,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


class View(Variant):
    """Numbers to states, row by row: nothing is fitted, so a state depends on its own row alone."""

    @abstractmethod
    def states(self, numbers: Numbers) -> Numbers:
        """``[rows, numbers]`` to ``[rows, width]``.

        Raises:
            PrerequisiteError: for numbers that can't be seen like that.
        """


@variant("raw")
class Raw(View):
    """All numbers as they are."""

    def states(self, numbers: Numbers) -> Numbers:
        """The same."""
        return numbers


@variant("some")
class Some(View):
    """``n`` numbers from place ``first`` on: one of several sets of features that stand in a row."""

    first: CountOrZero = Field(default=0, description="place of the first number; 0 is the start")
    n: Count
    of: Count | None = Field(
        default=None, description="how many a row has; where it has another number, it is refused"
    )

    def states(self, numbers: Numbers) -> Numbers:
        """These columns."""
        if self.of is not None and numbers.shape[1] != self.of:
            raise PrerequisiteError(
                f"a row has {numbers.shape[1]:,} numbers, and some(of: {self.of}) expects {self.of:,}",
                "say which places hold what is meant: first:, n: and of:",
            )
        if self.first + self.n > numbers.shape[1]:
            raise PrerequisiteError(
                f"some(first: {self.first}, n: {self.n}) reaches beyond the {numbers.shape[1]:,} "
                "numbers of a row",
                "name fewer, or read more columns: format: numbers(columns: [...])",
            )
        return numbers[:, self.first : self.first + self.n]


@variant("coarse")
class Coarse(View):
    """Means over squares of ``block`` × ``block`` pixels of a square image. Our weak view of digits."""

    block: Count = 2

    def states(self, numbers: Numbers) -> Numbers:
        """``(side / block)²`` means."""
        side = math.isqrt(numbers.shape[1])
        if side * side != numbers.shape[1] or side % self.block:
            raise PrerequisiteError(
                f"coarse(block: {self.block}) needs square images whose side is a multiple of "
                f"{self.block}, and a row has {numbers.shape[1]:,} numbers",
                "use another block, or raw()",
            )
        cells = side // self.block
        pixels = numbers.reshape(-1, cells, self.block, cells, self.block)
        means: Numbers = pixels.mean((2, 4)).reshape(len(numbers), -1)
        return means


@variant("random_fourier")
class RandomFourier(View):
    """``sqrt(2/n) cos(w · x + b)``, frozen: w normal with deviation 1/width, b uniform in a turn.

    Inner products of ``n`` such features come near the Gaussian kernel ``exp(-|x - x'|² / 2 width²)``
    (Rahimi & Recht 2007). They stand here for a pretrained network, whose features no file of ours
    holds: our design.
    """

    n: Count = 300
    width: Positive = Field(default=35.0, description="of the kernel, in the numbers' own units")
    draw: int = Field(default=0, description="another number draws other features")

    def states(self, numbers: Numbers) -> Numbers:
        """``n`` features."""
        import numpy as np

        seed = stream_seed(self.draw, "read_numbers", "random_fourier")
        generator = np.random.Generator(np.random.PCG64(seed))
        weights = generator.normal(size=(numbers.shape[1], self.n)) / self.width
        shift = generator.uniform(0, 2 * np.pi, self.n)
        features: Numbers = np.sqrt(2 / self.n) * np.cos(numbers @ weights + shift)
        return features
