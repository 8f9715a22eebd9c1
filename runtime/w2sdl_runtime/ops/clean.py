"""Cleans weak labels by a probe on the strong model's frozen states, without any gold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.arguments import needs_probabilities, one_after_another
from w2sdl_runtime.coverage import cleaned_rows_are_told
from w2sdl_runtime.data.label_meta import CLEANED_BY, DOUBT, nothing_kept, trained_on
from w2sdl_runtime.op import Context, Mismatch, PortMark, op
from w2sdl_runtime.values import Activations, Labels
from w2sdl_runtime.variants.among import Among
from w2sdl_runtime.variants.cleaners import Cleaner, Finding, Logistic, Told
from w2sdl_runtime.variants.cleanings import Cleaning, Filter, Relabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _soft_when_relabelled(params: Params, given: Given) -> str | Mismatch:
    (labels,) = given["labels"]
    if labels == "pairwise":
        return Mismatch(
            "clean() reads single states, and these labels prefer one of two candidates",
            "clean soft or hard labels, or words with probabilities",
        )
    is_anew = params["how"]["variant"] == Relabel.variant_name
    return "soft" if is_anew and labels == "hard" else labels


@op(
    "clean",
    version=2,
    answers=_soft_when_relabelled,
    check=one_after_another(needs_probabilities("labels"), cleaned_rows_are_told),
)
def clean(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    near: Annotated[Activations, PortMark(rows="joined")],
    *,
    probe: Cleaner = Logistic(),  # noqa: B008 (frozen)
    how: Cleaning = Filter(),  # noqa: B008 (frozen)
) -> Labels:
    """Weak labels without those that a probe of the same labels doubts, or with its own in their place.

    The probes of EleutherAI/w2s: fitted to the weak labels on frozen states of the strong model, and
    to nothing else. They see no gold; what they know is which rows look alike to the strong model.
    ``meta`` of a row says how doubtful its label was:
    ``{"cleaned_by": "logistic", "doubt": 0.31}``; of a dropped one ``drop_reason`` as well. Rows that the
    labels drop already stay dropped, and teach the probe nothing.

    Args:
        ctx: the context.
        labels: weak labels: soft, hard, or words with probabilities.
        near: states of at least these rows, such as ``embed(S, items(d), layer: middle())``.
        probe: ``knn()``, ``logistic()`` or ``topological()``.
        how: drop the most doubtful, ``filter()``, or label all rows anew, ``relabel()``.

    Raises:
        PrerequisiteError: for rows without a state, words without probabilities, fewer rows than
            the probe needs, or nothing that is kept.
    """
    import numpy as np

    from w2sdl_runtime.refining import rows

    chosen = np.flatnonzero(trained_on(labels))
    if not chosen.size:
        raise nothing_kept(labels, "the labels keep no row to clean")
    finding = probe.look(_told(labels, near, chosen))
    if finding.warning:
        ctx.warn(finding.warning)
    name, count = probe.variant_name, labels.table.num_rows
    anew = _relabelled(labels, finding, chosen) if isinstance(how, Relabel) else labels
    found = rows.noted(anew, _notes(name, finding, chosen, count))
    keep = np.ones(count, bool)
    keep[chosen] = how.keeps(finding)
    ctx.log(f"{int((~keep).sum()):,} of {len(chosen):,} labels are dropped by {name}()")
    return rows.dropped(found, keep, f"doubted by {name}()")


def _told(labels: Labels, near: Activations, chosen: NDArray[np.int64]) -> Told:
    """What the chosen rows tell a probe."""
    import numpy as np

    from w2sdl_runtime.data.named_classes import belief
    from w2sdl_runtime.learning.probing import states_of
    from w2sdl_runtime.refining.neighbours import by_item, by_question
    from w2sdl_runtime.refining.rows import item_ids

    some = replace(labels, table=labels.table.take(chosen))
    _, told = belief(some, "the labels to clean")
    weight = np.array(some.table.column("weight"), float)
    apart: dict[Among, NDArray[np.int64]] = {
        "all": by_item(labels)[chosen],
        "other_prompts": by_question(labels)[chosen],
    }
    return Told(states_of(near, item_ids(some)), told, weight, apart)


def _notes(
    name: str, finding: Finding, chosen: NDArray[np.int64], rows: int
) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = [{} for _ in range(rows)]
    for at, doubt in zip(chosen, finding.doubt, strict=True):
        notes[at] = {CLEANED_BY: name, DOUBT: float(doubt)}
    return notes


def _relabelled(labels: Labels, finding: Finding, chosen: NDArray[np.int64]) -> Labels:
    """The labels with the cleaner's belief of the chosen rows."""
    import numpy as np

    from w2sdl_runtime.data.named_classes import chances_of, retold
    from w2sdl_runtime.refining import rows

    labels = rows.unvoted(labels)
    if labels.classes:
        chances = chances_of(labels).copy()
        chances[chosen] = finding.belief
        return retold(labels, chances, labels.classes)
    value = labels.table.column("value").to_numpy().copy()  # Arrow gives it read-only
    value[chosen] = np.clip(finding.belief[:, 1], 0, 1)  # a mean of ones may be a rounding more
    return replace(rows.with_columns(labels, value=value), label_kind="soft")
