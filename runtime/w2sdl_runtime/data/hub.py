"""Rows of a Hugging Face data set at one commit. Loading scripts are refused, never run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.sources import hub_revision

_COMMIT = re.compile(r"[0-9a-f]{40}")


def load_hub_rows(
    repo: str,
    subset: str | None,
    splits: Sequence[str],
    revision: str | None,
    first: Mapping[str, int],
) -> tuple[list[Row], str]:
    """The rows of the splits, and the commit they come from.

    Raises:
        PrerequisiteError: when the hub can't be reached, or has no such data set, subset or split.
    """
    asked = revision or ""
    commit = asked if _COMMIT.fullmatch(asked) else hub_revision(repo, "dataset", asked)
    return rows_of(_load(repo, subset, commit), repo, splits, first), commit


def _load(repo: str, subset: str | None, commit: str) -> Mapping[str, Any]:
    from datasets import DownloadConfig, load_dataset
    from datasets.exceptions import DatasetNotFoundError, DatasetsError

    what = f"data set {repo}" + (f", subset {subset}," if subset else "") + f" at {commit[:12]}"
    quick = DownloadConfig(max_retries=1)
    try:
        loaded: Mapping[str, Any] = load_dataset(
            repo, name=subset, revision=commit, download_config=quick
        )
    except DatasetNotFoundError as problem:
        raise PrerequisiteError(
            f"the Hugging Face hub gives no {what}",
            "check its name, that you are logged in (hf auth login) and accepted its terms",
        ) from problem
    except (ConnectionError, TimeoutError) as problem:
        raise PrerequisiteError(
            f"the Hugging Face hub can't be reached for {what}",
            'go online, or download the files and name their folder: table("folder", ...)',
        ) from problem
    except (DatasetsError, OSError, ValueError, RuntimeError) as problem:
        raise PrerequisiteError(
            f"{what} can't be read: {str(problem).strip().partition(chr(10))[0]}",
            "name a subset and revision that it has; sets that need a loading script are not read",
        ) from problem
    return loaded


def rows_of(
    loaded: Mapping[str, Any],
    repo: str,
    splits: Sequence[str] = (),
    first: Mapping[str, int] = MappingProxyType({}),
) -> list[Row]:
    """The rows of a `datasets.DatasetDict`, split by split. Images and audio stay undecoded bytes.

    Of a split that ``first`` names only so many are read: some hold millions.

    Raises:
        PrerequisiteError: for a split that is not there, or without rows.
    """
    missing = [split for split in splits if split not in loaded]
    if missing:
        raise PrerequisiteError(
            f"{repo} has no split `{missing[0]}`", f"its splits are {', '.join(loaded)}"
        )
    rows = [
        Row(values, f"{repo}, {split} row {number}", split)
        for split, dataset in loaded.items()
        if not splits or split in splits
        for number, values in enumerate(
            dataset.with_format("arrow")[: first.get(split)].to_pylist(), start=1
        )
    ]
    if not rows:
        raise PrerequisiteError(f"{repo} holds no rows", "name other splits, or another subset")
    return rows
