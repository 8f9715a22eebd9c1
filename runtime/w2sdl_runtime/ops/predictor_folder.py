"""A classifier that was trained elsewhere, as a Predictor with stated provenance."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import always
from w2sdl_runtime.op import Context, Count, FolderSource, PortMark, op
from w2sdl_runtime.values import Labels, Predictor
from w2sdl_runtime.variants.origins import Origin


@op("predictor_folder", version=1, answers=always("soft"), network="none")
def predictor_folder(
    ctx: Context,
    *,
    folder: FolderSource,
    origin: Origin,
    positive: str | None = None,
    max_length: Count = 512,
    precision: Literal["float32", "bfloat16"] = "float32",
    saw: Annotated[Labels | None, PortMark(channel="saw")] = None,
) -> Predictor:
    """A transformers folder with a sequence classifier, as `save_pretrained` and `w2sdl export` write it.

    It reads prompt and candidate as one text. Weights are safetensors, code is never loaded; the
    files are copied into the store, as those of any predictor are.

    Args:
        ctx: the context.
        folder: relative to the spec.
        origin: who trained it: ``model(name: "...")``, say the recipe, or ``human()``.
        positive: the name of the class that means "right"; of two classes, the second without it.
        max_length: tokens a row; longer ones lose the start of their prompt.
        precision: how its weights are held in memory.
        saw: gold labels that it was fitted on, for the rules of validity alone.

    Raises:
        PrerequisiteError: when the folder holds something else, or no such class.
    """
    from w2sdl_runtime.classifiers import copy_files, describe_classifier

    facts = describe_classifier(ctx.base / folder, folder, positive)
    own = ctx.scratch()
    copy_files(ctx.base / folder, own)
    settings = {"max_length": max_length, "dtype": precision, "origin": origin.text()}
    return Predictor({"type": "classifier", "name": folder, **facts, **settings}, own)
