"""Keeps a stored result although its operation moved on: a new name for it, with the reason beside."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from w2sdl import keys
from w2sdl.dotted import value_at
from w2sdl.planning.plan import Action, PlanEntry
from w2sdl.planning.reasons import ABSENT, CHANGES, Changed, Reason, why_to_json
from w2sdl_runtime.cache.index import read_manifest
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import write_json, writing_to
from w2sdl_runtime.storage.manifest import Accepted, Manifest
from w2sdl_runtime.storage.store import Store

#: What an old result can stand for in spite of; all else is another computation.
_ACCEPTABLE = (Reason.CODE_CHANGED, Reason.ENV_CHANGED, Reason.PARAM_CHANGED)


def accept(store: Store, entry: PlanEntry, reason: str) -> Manifest:
    """Name the result that an entry was compared with as the result of its new key.

    Args:
        store: the store.
        entry: of a plan; what it would run is not run any more.
        reason: why the old result stands.

    Raises:
        PrerequisiteError: when that would not be honest, or there is no old result.
    """
    old = _old_result(store, entry)
    problem = why_not(entry, old)
    if problem:
        raise PrerequisiteError(f"{entry.node.address} can't be accepted: {problem}", "run it")
    changes = [why for why in entry.reasons if isinstance(why, Changed)]
    accepted = Accepted(
        key=old.key,
        changes=[why_to_json(why) for why in changes],
        reason=reason,
        when=datetime.now(UTC),
        who=_user(),
    )
    preimage, key = entry.preimage or {}, entry.key
    update = {
        "key": key,
        "accepted": [*old.accepted, accepted],
        "warnings": [*old.warnings, _warning(accepted)],
    }
    return store.commit(key, preimage, old.model_copy(update=update))


def _warning(accepted: Accepted) -> str:
    """What runs and reports say of the result from now on."""
    what = ", ".join(dict.fromkeys(_MOVED[change["reason"]] for change in accepted.changes))
    who = f" by {accepted.who}" if accepted.who else ""
    return f"kept{who} on {accepted.when:%Y-%m-%d} although {what}: {accepted.reason}"


_MOVED = {
    Reason.CODE_CHANGED: "its code has changed",
    Reason.ENV_CHANGED: "a package that it depends on has another version",
    Reason.PARAM_CHANGED: "a default has changed",
}


def why_not(entry: PlanEntry, old: Manifest) -> str:
    """Why an old result can't stand for a node; "" if it can."""
    if old.kind != entry.node.kind.value:
        return f"it was {old.kind} then and is {entry.node.kind.value} now"
    for why in entry.reasons:
        if why.reason in CHANGES and why.reason not in _ACCEPTABLE:
            return f"{_WORDS[why.reason]}: that is another computation"
        if isinstance(why, Changed) and why.reason is Reason.PARAM_CHANGED:
            before = value_at(old.params, why.path, ABSENT)
            now = value_at(entry.node.params, why.path, ABSENT)
            if ABSENT not in (before, now) and not _equal(before, now):
                return (
                    f"`{why.path}` is {now} in the spec, and the result was computed with {before}"
                )
    return ""


_WORDS = {
    Reason.INPUT_CHANGED: "its inputs differ",
    Reason.SEED_CHANGED: "its seed differs",
    Reason.SOURCE_CHANGED: "what it reads has changed",
}


def _equal(one: object, other: object) -> bool:
    return keys.canonical_json(one) == keys.canonical_json(other)


def _old_result(store: Store, entry: PlanEntry) -> Manifest:
    """The stored result that an entry was compared with."""
    address, compared = entry.node.address, entry.compared
    if entry.action is Action.REUSE:
        raise PrerequisiteError(f"{address} is stored: there is nothing to accept")
    if not entry.key:
        raise PrerequisiteError(
            f"{address} waits for inputs that are not known yet",
            "accept or run what it is computed from first",
        )
    manifest = None
    if compared is not None and not compared.is_nearest:
        manifest = read_manifest(store, compared.key)
    if manifest is None or not store.path(manifest.digest).is_dir():
        raise PrerequisiteError(
            f"{address} has no stored result of an earlier run that could be kept", "run it"
        )
    return manifest


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""


def forget(store: Store, found: Iterable[str], who: str) -> None:
    """Let results exist no longer, and leave word of who wanted that. Their objects stay.

    Raises:
        PrerequisiteError: when the store can't be written.
    """
    for key in found:
        with writing_to(store.root):
            record = {"who": who, "when": datetime.now(UTC).isoformat()}
            write_json(store.keys / key / "forgotten.json", record)
        store.forget(key)
