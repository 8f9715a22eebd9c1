"""Why a plan does what it does: the reasons, each with what it is about, in plain data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final


class Reason(StrEnum):
    """In the order of their weight: of several, a plan shows the first."""

    CACHED = "CACHED"
    CACHED_REMOTE = "CACHED_REMOTE"
    PREREQUISITE = "PREREQUISITE"  #: something outside the spec is missing: a file, a repository
    TOO_LARGE = "TOO_LARGE"  #: it asks for more than any machine has
    NEW = "NEW"
    PARAM_CHANGED = "PARAM_CHANGED"
    SOURCE_CHANGED = "SOURCE_CHANGED"  #: a file's bytes, a repository's commit
    INPUT_CHANGED = "INPUT_CHANGED"
    CODE_CHANGED = "CODE_CHANGED"
    ENV_CHANGED = "ENV_CHANGED"
    SEED_CHANGED = "SEED_CHANGED"
    OUTPUT_MISSING = "OUTPUT_MISSING"
    OUTPUT_CORRUPT = "OUTPUT_CORRUPT"
    FAILED_BEFORE = "FAILED_BEFORE"
    INCOMPLETE = "INCOMPLETE"
    FORCED = "FORCED"
    UPSTREAM_BLOCKED = "UPSTREAM_BLOCKED"
    UPSTREAM_STALE = "UPSTREAM_STALE"
    UPSTREAM_MAYBE = "UPSTREAM_MAYBE"


#: Reasons that lie with another node.
INDIRECT: Final = (Reason.UPSTREAM_BLOCKED, Reason.UPSTREAM_STALE, Reason.UPSTREAM_MAYBE)
#: Reasons that say that what a node is computed from has changed.
CHANGES: Final = (
    Reason.PARAM_CHANGED,
    Reason.SOURCE_CHANGED,
    Reason.INPUT_CHANGED,
    Reason.CODE_CHANGED,
    Reason.ENV_CHANGED,
    Reason.SEED_CHANGED,
)
_RANK = {reason: position for position, reason in enumerate(Reason)}


class _Absent:
    """A side of a change that a pre-image doesn't hold: a parameter stood at its default."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Cached:
    """A result is stored: ``run`` made it."""

    key: str
    digest: str
    run: str
    reason: Reason = Reason.CACHED


@dataclass(frozen=True, slots=True)
class New:
    """Nothing comparable was found."""

    reason: Reason = Reason.NEW


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of what is hashed into the key differs. `ABSENT` stands for a default or no input."""

    reason: Reason  #: one of `CHANGES`
    path: str  #: of a parameter, a source, or an environment field; a port; "version" or "body" of code
    old: Any = ABSENT
    new: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Output:
    """The result was stored, and its bytes are gone or changed."""

    reason: Reason  #: OUTPUT_MISSING or OUTPUT_CORRUPT
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last try came to nothing: ``error`` says how it failed, or how far it got."""

    reason: Reason  #: FAILED_BEFORE or INCOMPLETE
    run: str
    attempt: int
    error: str


@dataclass(frozen=True, slots=True)
class Forced:
    """Someone asked for it, whatever is stored."""

    who: str
    reason: Reason = Reason.FORCED


@dataclass(frozen=True, slots=True)
class Upstream:
    """It waits for another node."""

    reason: Reason  #: one of `INDIRECT`
    parent: str  #: address


@dataclass(frozen=True, slots=True)
class Unmet:
    """It can't run here: what is missing, and what to do."""

    message: str
    help: str = ""
    code: str = ""
    reason: Reason = Reason.PREREQUISITE


@dataclass(frozen=True, slots=True)
class TooLarge:
    """It can't run here: it asks for more than any machine has."""

    asked: str
    there: str
    reason: Reason = Reason.TOO_LARGE


@dataclass(frozen=True, slots=True)
class WontFit(TooLarge):
    """It can't run here: by estimate, its network takes more memory than any machine has."""

    fits: str = ""  #: the nearest setting that would fit; "" where none of ours does
    resource: str = "memory"  #: of `needs`; what a spec says of it is believed


Why = Cached | New | Changed | Output | Earlier | Forced | Upstream | Unmet | TooLarge


def by_weight(reasons: list[Why]) -> tuple[Why, ...]:
    """Direct reasons before indirect ones, the weightiest first."""
    return tuple(sorted(reasons, key=lambda why: _RANK[why.reason]))


def why_to_json(why: Why) -> dict[str, Any]:
    """``{"reason": ..., ...}``; a side of a change that is absent is left out."""
    values = {field.name: getattr(why, field.name) for field in fields(why)}
    return {"reason": values.pop("reason").value} | {
        name: value for name, value in values.items() if value is not ABSENT
    }
