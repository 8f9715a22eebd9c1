"""Items that are images: numbers of grey levels, row by row, which a reader wants to see drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt

from markupsafe import Markup

#: Rows of pixels, at least and at most; numbers that are fewer are measurements rather than an image.
LEAST, MOST = 8, 64
#: The largest grey level.
DARKEST = 255
_PATH = Markup('<path fill-opacity="{}" d="{}"/>')
_IMAGE = Markup(
    '<svg class="pixels" role="img" aria-label="{side} × {side} pixels"'
    ' viewBox="0 0 {side} {side}">{}</svg>'
)


def side_of(texts: Sequence[Mapping[str, str]]) -> int:
    """How many rows (and columns) of pixels items have that are all square images; 0 where they aren't.

    Our design: nothing says that an item is an image (`variants/formats/numbers.py` writes any numbers
    as text), so whole numbers from 0 to `DARKEST`, as many as a square has pixels, are taken for one.
    """
    sides = {_side(text.get("prompt", "")) for text in texts}
    return sides.pop() if len(sides) == 1 else 0


def _side(text: str) -> int:
    words = text[: 4 * MOST * MOST].split(" ")
    side = isqrt(len(words))
    if side**2 != len(words) or not LEAST <= side <= MOST:
        return 0
    return (
        side
        if all(word.isascii() and word.isdigit() and int(word) <= DARKEST for word in words)
        else 0
    )


def drawn(text: str, side: int) -> Markup:
    """An image as SVG, a path for each grey level: 0 is paper, the largest is ink; "" of other text."""
    if not side or _side(text) != side:
        return Markup("")
    levels = [int(word) for word in text.split(" ")]
    darkest = max(*levels, 1)
    paths = [
        _PATH.format(
            f"{level / darkest:.2f}",
            "".join(
                f"M{at % side} {at // side}h1v1h-1z"
                for at, own in enumerate(levels)
                if own == level
            ),
        )
        for level in sorted({*levels} - {0})
    ]
    return _IMAGE.format(Markup("").join(paths), side=side)
