"""Folders of sequence classifiers: what they hold, and which class means "right"."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2sdl_runtime.artifacts import ARTIFACT
from w2sdl_runtime.models import WANTED, describe_folder
from w2sdl_runtime.op import PrerequisiteError

_CLASSIFIER = "ForSequenceClassification"
#: Where `w2sdl export` keeps, in ``config.json``, what transformers has no place for.
OURS = "w2sdl"


def describe_classifier(folder: Path, name: str, positive: str | None) -> dict[str, Any]:
    """What a classifier's folder holds: how it is read, and what its classes mean.

    Raises:
        PrerequisiteError: when it is none, or the class that means "right" is not clear.
    """
    if not folder.is_dir():
        raise PrerequisiteError(f"there is no folder `{name}`", "paths start at the spec's folder")
    found = describe_folder(folder, name)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    architecture = str(found["architecture"])
    if not architecture.endswith(_CLASSIFIER):
        raise PrerequisiteError(
            f'"{name}" holds a {architecture or "model of no stated architecture"}, not a sequence '
            "classifier",
            f'use model("{name}") and finetune it, or save a model that ends in {_CLASSIFIER}',
        )
    classes = _classes(config)
    return {
        "reader": "causal" if _is_causal(folder) else "encoder",
        "architecture": architecture,
        "classes": len(classes),
        "positive": _positive(classes, name, positive),
        "bias": float(config.get(OURS, {}).get("bias", 0.0)),
        "several": config.get("problem_type") == "multi_label_classification",
    }


def _classes(config: Mapping[str, Any]) -> list[str]:
    """Names of the classes in order; transformers saves none for the usual two."""
    named = config.get("id2label")
    if named:
        return [str(named[key]) for key in sorted(named, key=int)]
    return [f"LABEL_{number}" for number in range(int(config.get("num_labels", 2)))]


def _is_causal(folder: Path) -> bool:
    """Whether the head is the one that transformers puts on the last token of a causal model."""
    from safetensors import safe_open

    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as file:
            if "score.weight" in file.keys():  # noqa: SIM118  # not a dictionary
                return True
    return False


def _positive(classes: list[str], name: str, positive: str | None) -> int:
    shown = ", ".join(f'"{word}"' for word in classes)
    if len(classes) == 1 and positive is not None:
        raise PrerequisiteError(
            f'"{name}" has one output, the log-odds of being right, so no class to choose',
            "leave out positive:",
        )
    if positive is None and len(classes) > 2:
        raise PrerequisiteError(
            f'"{name}" has {len(classes)} classes: {shown}',
            'say which means right: positive: "..."',
        )
    if positive is None:
        return len(classes) - 1
    if positive not in classes:
        raise PrerequisiteError(f'"{name}" has no class "{positive}"', f"its classes are {shown}")
    return classes.index(positive)


def copy_files(folder: Path, target: Path) -> None:
    """Copy what matters of a transformers folder; a store's own record is none of it."""
    for path in sorted({found for pattern in WANTED for found in folder.glob(pattern)}):
        if path.name != ARTIFACT:
            shutil.copyfile(path, target / path.name)
