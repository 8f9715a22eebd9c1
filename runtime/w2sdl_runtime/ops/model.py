"""Names a transformers model in a folder or on the hub; its weights stay where they are."""

from __future__ import annotations

from typing import Literal

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import Context, ModelSource, op
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.tunes import Full, Tune


@op("model", version=1)
def model(
    ctx: Context,
    source: ModelSource,
    *,
    revision: str | None = None,
    tune: Tune = Full(),  # noqa: B008 (frozen)
    precision: Literal["float32", "bfloat16"] = "float32",
) -> Model:
    """A pretrained model: any transformers folder or hub id, causal or encoder.

    Weights are safetensors, code is never loaded. The result names files by digest and holds no
    weights; these are checked whenever they are read into memory.

    Args:
        ctx: the context.
        source: a folder, relative to the spec, or a hub id such as "Qwen/Qwen2.5-0.5B".
        revision: branch, tag or commit of a hub repository.
        tune: what a finetuning of this model moves.
        precision: how its weights are held in memory.

    Raises:
        PrerequisiteError: when it is not there, can't be fetched, or has no safetensors or
            tokenizer.
    """
    from w2sdl_runtime.models import describe_folder, hub_folder
    from w2sdl_runtime.op import PrerequisiteError

    folder, where, commit = ctx.base / source, "folder", ""
    if not folder.is_dir():
        folder = hub_folder(source, revision)
        where, commit = "hub", folder.name  # a snapshot's folder is named by its commit
    elif revision is not None:
        raise PrerequisiteError(
            f'"{source}" is a folder, and folders have no revisions', "leave out revision:"
        )
    facts = {
        "source": where,
        "name": source,
        "revision": commit,
        "tune": to_json(tune),
        "dtype": precision,
        **describe_folder(folder, source),
    }
    return Model(facts)
