"""When a node is tried again, and with what: a table, and what holds whatever the policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.needs import RETRYABLE, Change, Needs, Retry
from w2sdl_runtime.driver.retrying import LONGEST_WAIT, Again, decide
from w2sdl_runtime.worker.failures import Cause

GIB = 2**30
PARAMS: Mapping[str, Any] = {"train": {"batch": 32, "micro_batch": None}, "rate": 0.5, "rows": 8}
HALVED = Change("train.micro_batch", 0.5, "train.batch")


def node(
    retry: Retry | None = None, needs: Needs | None = None, timeout: float | None = None
) -> Node:
    return Node(
        "id", "op", 1, PARAMS, {}, {}, {}, Kind.METRIC, False, needs or Needs(), False,
        "n", {}, "n", retry=retry, timeout=timeout,
    )  # fmt: skip


def after(retry: Retry | None, *causes: str, **more: Any) -> Again | None:
    """What follows the last of some failures."""
    tries: dict[Cause, int] = {}
    again = None
    for text in causes:
        cause = Cause(text)
        tries[cause] = tries.get(cause, 0) + 1
        again = decide(node(retry, **more), PARAMS, cause, tries)
    return again


@pytest.mark.parametrize(
    ("retry", "causes", "goes_on"),
    [
        (None, ["lost"], True),
        (None, ["lost", "lost"], True),
        (None, ["lost", "preempted"], True),
        (None, ["lost", "preempted", "lost"], False),
        (None, ["oom"], False),
        (None, ["timeout"], False),
        (None, ["error"], False),
        (None, ["prerequisite"], False),
        (Retry(0), ["lost"], False),
        (Retry(5), ["lost"] * 5, True),
        (Retry(5), ["lost"] * 6, False),
        (Retry(2, ("oom",)), ["lost"], False),
        (Retry(2, ("oom",)), ["oom", "oom"], True),
        (Retry(2, ("oom", "timeout")), ["oom", "timeout", "oom"], False),
        (Retry(9, RETRYABLE), ["error"], False),
        # What is not in `on` uses up no try.
        (Retry(1, ("oom",)), ["corrupt", "corrupt", "oom"], True),
    ],
)
def test_who_is_tried_again(retry: Retry | None, causes: list[str], goes_on: bool) -> None:
    assert (after(retry, *causes) is not None) is goes_on


def test_without_changes_the_next_try_is_the_same() -> None:
    again = after(Retry(3, ("oom", "lost")), "oom", "lost")
    assert again is not None
    assert (again.needs, again.params, again.timeout) == (Needs(), PARAMS, None)


def test_changes_add_up() -> None:
    retry = Retry(9, ("oom", "lost"), (Change("needs.memory", 1.5), HALVED))
    seen = []
    for causes in (["oom"], ["oom", "oom"], ["oom", "lost", "oom"], ["oom", "oom", "lost"]):
        again = after(retry, *causes, needs=Needs(memory=4 * GIB))
        assert again is not None
        seen.append((again.needs.memory, again.params["train"]["micro_batch"]))
    assert seen == [(6 * GIB, 16), (9 * GIB, 8), (9 * GIB, 8), (9 * GIB, 8)]
    assert PARAMS["train"]["micro_batch"] is None


def test_only_an_oom_changes_memory_and_only_a_timeout_the_time() -> None:
    retry = Retry(9, RETRYABLE, (Change("needs.gpu_mem", 2), Change("timeout", 2)))
    given = {"needs": Needs(gpu_mem=GIB), "timeout": 60.0}
    lost = after(retry, "lost", "preempted", **given)
    late = after(retry, "timeout", "timeout", **given)
    full = after(retry, "oom", "lost", **given)
    assert lost is not None
    assert late is not None
    assert full is not None
    assert [(a.needs.gpu_mem, a.timeout) for a in (lost, late, full)] == [
        (GIB, 60), (GIB, 240), (2 * GIB, 60)
    ]  # fmt: skip


def test_it_ends_where_nothing_is_left_to_change() -> None:
    retry = Retry(100, ("oom",), (HALVED,))
    for count in range(1, 6):
        again = after(retry, *["oom"] * count)
        assert again is not None
        assert again.params["train"]["micro_batch"] == 32 // 2**count
    assert after(retry, *["oom"] * 6) is None
    rows = Retry(100, ("oom",), (Change("rate", 0.5),))
    again = after(rows, *["oom"] * 9)
    assert again is not None
    assert again.params["rate"] == 0.5**10


causes = st.lists(st.sampled_from([str(cause) for cause in Cause]), min_size=1, max_size=12)
policies = st.none() | st.builds(
    Retry,
    st.integers(0, 6),
    st.sets(st.sampled_from(RETRYABLE)).map(tuple),
    st.sets(st.sampled_from([HALVED, Change("timeout", 2), Change("needs.memory", 2)])).map(tuple),
)


@settings(deadline=None)
@given(policies, causes)
def test_whatever_the_policy(retry: Retry | None, failures: list[str]) -> None:
    given = {"needs": Needs(memory=GIB), "timeout": 10.0}
    again = after(retry, *failures, **given)
    assert again == after(retry, *failures, **given)  # nothing is drawn at random
    policy = retry or Retry()
    counted = [cause for cause in failures if cause in policy.on]
    if failures[-1] not in policy.on or len(counted) > policy.max:
        assert again is None
    if again is not None:
        assert 0 < again.after_seconds <= LONGEST_WAIT
        assert again.params.keys() == PARAMS.keys()
        assert {k: v for k, v in again.params.items() if k != "train"} == {"rate": 0.5, "rows": 8}
        assert again.needs.cpu == 1


@given(st.integers(1, 12))
def test_waits_grow_to_a_limit(count: int) -> None:
    policy = Retry(100)
    one, more = after(policy, *["lost"] * count), after(policy, *["lost"] * (count + 2))
    assert one is not None
    assert more is not None
    assert more.after_seconds > one.after_seconds or more.after_seconds > LONGEST_WAIT / 2
