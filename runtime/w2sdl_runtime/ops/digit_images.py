"""Small images of digits, drawn as strokes; offline and free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from w2sdl_runtime.answers import always
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import CHOSEN, Changes, Context, Count, NonNegative, op, stream_seed
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.formats.numbers import Numbers
from w2sdl_runtime.variants.parts import PartSize


@op("digit_images", version=1, answers=always("text"))
def digit_images(
    ctx: Context,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    world: int = 0,
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    digits: Literal["decimal", "hexadecimal"] = "decimal",
    writers: Count = 300,
    wobble: NonNegative = 1.0,
    noise: NonNegative = 1.5,
) -> Data:
    """Images of digits, 8 × 8 pixels of 17 grey levels, each with its class. Our design.

    A stand-in for the images of Liu & Alahi (2024), in the form of the optical digits that UCI has: an
    item is its 64 numbers from 0 (paper) to 16 (ink), row by row, and its gold label the digit, a word.
    Digits are strokes of our own, drawn by writers who differ in slant, turn, size and pen; each image
    is bent and shifted a little more, blurred by the pixels, and noise is added. No image is copied.
    ``read_numbers(items(d))`` makes states of them, for probes.

    Each writer writes every digit once, and no writer lies in two parts. So a part holds all classes
    equally often, and its size is a multiple of their number (10 or 16).

    Args:
        ctx: the runtime.
        parts: items of each part: a number, or ``rest()``.
        world: which world: its writers and what they write.
        draw: another draw of the parts; the images stay the same.
        digits: "decimal", 0 to 9, or "hexadecimal", 0 to 9 and a to f.
        writers: how many there are.
        wobble: how much writers and images differ; 0: all strokes are drawn alike.
        noise: standard deviation of what is added to each pixel, in grey levels.

    Raises:
        PrerequisiteError: for parts that are larger than the world.
    """
    rows = list(_rows(world, digits, writers, wobble, noise))
    return build_data(ctx, rows, Recipe(Numbers(), parts, group="writer", draw=draw))


def _rows(world: int, digits: str, writers: int, wobble: float, noise: float) -> Iterator[Row]:
    """What every writer writes; each has a draw of their own, so that more writers change none."""
    import numpy as np

    from w2sdl_runtime.images.drawing import a_hand
    from w2sdl_runtime.images.drawing import draw as draw_image
    from w2sdl_runtime.images.strokes import DECIMAL, HEXADECIMAL

    shapes = DECIMAL if digits == "decimal" else HEXADECIMAL
    for writer in range(writers):
        seed = stream_seed(world, "digit_images", f"writer {writer}")
        generator = np.random.Generator(np.random.PCG64(seed))
        hand = a_hand(generator, wobble)
        for digit, strokes in shapes.items():
            pixels = draw_image(strokes, hand, wobble, noise, generator)
            values = {"pixels": pixels, "label": digit, "writer": f"writer {writer}"}
            yield Row(values, f"{digit} by writer {writer}")
