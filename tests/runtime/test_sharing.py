"""What a node gets of which machines, and what is said where none has as much."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.tiny_graph import Builder
from w2sdl.needs import Needs
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.backends.gpus import is_type, memory_of_type, visible
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.driver.preflight import check_requests
from w2sdl_runtime.driver.sharing import Infeasible, Share, place
from w2sdl_runtime.op import PrerequisiteError

GIB = 2**30
LAPTOP = Resources(8, 0, 16 * GIB)
A100 = Resources(32, 4, 256 * GIB, 80 * GIB, "A100")
T4 = Resources(16, 1, 64 * GIB, 16 * GIB, "T4")
COUNTED = Resources(2, 1)  # a GPU of which nothing is known


@pytest.mark.parametrize(
    ("needs", "wants", "machines", "device", "share"),
    [
        (Needs(2), False, [LAPTOP], "auto", Share(2)),
        (Needs(2, memory=GIB), False, [LAPTOP], "auto", Share(2, memory=GIB)),
        # A wish is granted where it can be.
        (Needs(), True, [LAPTOP], "auto", Share(1)),
        (Needs(), True, [COUNTED], "auto", Share(1, 1)),
        (Needs(), True, [COUNTED], "cpu", Share(1)),
        (Needs(gpu=0), True, [A100], "auto", Share(1)),
        (Needs(9), True, [T4, Resources(4, 1)], "auto", Share(9, 1)),
        (Needs(20), True, [T4, Resources(64)], "auto", Share(20)),
        # A demand, whatever the operation's own wish; --device cpu overrules it.
        (Needs(gpu=2), False, [A100], "auto", Share(1, 2)),
        (Needs(gpu=0.5), False, [COUNTED], "auto", Share(1, 0.5)),
        (Needs(gpu=2), False, [A100], "cpu", Share(1)),
        # A share of one GPU by its memory, rounded up; a type is named only where others won't do.
        (Needs(gpu_mem=20 * GIB), False, [A100], "auto", Share(1, 0.25)),
        (Needs(gpu_mem=80 * GIB), False, [A100], "auto", Share(1, 1.0)),
        (Needs(gpu_mem=GIB), False, [Resources(8, 1, 0, 3 * GIB)], "auto", Share(1, 0.3334)),
        (Needs(gpu_mem=20 * GIB), False, [T4, A100], "auto", Share(1, 0.25, 0, "A100")),
        (Needs(gpu_mem=8 * GIB), False, [T4, T4, T4, T4, T4, A100], "auto", Share(1, 0.5, 0, "T4")),
        (Needs(gpu=1, gpu_mem=20 * GIB), False, [T4, A100], "auto", Share(1, 1, 0, "A100")),
        (Needs(accelerator="T4"), False, [T4, A100], "auto", Share(1, 1.0, 0, "T4")),
        (Needs(accelerator="A100"), False, [A100], "auto", Share(1, 1.0)),
    ],
)
def test_shares(
    needs: Needs, wants: bool, machines: Sequence[Resources], device: str, share: Share
) -> None:
    assert place(needs, wants, machines, device) == share


@pytest.mark.parametrize(
    ("needs", "wants", "machines", "device", "asked", "there"),
    [
        (Needs(9), False, [LAPTOP], "auto", "9 processors", "the largest machine has 8"),
        (Needs(memory=20 * GIB), False, [LAPTOP], "auto", "20GiB of memory",
         "the largest machine has 16GiB"),
        (Needs(16, memory=99 * GIB), False, [T4, Resources(4, 0, 512 * GIB)], "auto",
         "99GiB of memory beside 16 processors", "the largest machine has 64GiB"),
        (Needs(), True, [LAPTOP], "cuda", "one GPU", "no machine has a GPU"),
        (Needs(gpu=8), False, [A100, T4], "auto", "8 GPUs", "the machine with most of them has 4"),
        (Needs(accelerator="H100"), False, [A100, T4], "auto", "one H100 GPU",
         "the types there are: A100, T4"),
        (Needs(accelerator="H100"), False, [COUNTED], "auto", "one H100 GPU",
         "of no GPU is the type known"),
        (Needs(gpu=2, gpu_mem=96 * GIB), False, [A100], "auto", "2 GPUs with 96GiB of memory",
         "the largest has 80GiB"),
        (Needs(gpu_mem=18 * GIB), False, [T4], "auto", "18GiB of one GPU", "the largest has 16GiB"),
        (Needs(gpu_mem=GIB), False, [COUNTED], "auto", "1GiB of one GPU", "is not known"),
        (Needs(20, 1), False, [T4, Resources(64)], "auto", "1 GPU beside 20 processors",
         "no one machine has all of it"),
    ],
)  # fmt: skip
def test_what_no_machine_has(
    needs: Needs, wants: bool, machines: Sequence[Resources], device: str, asked: str, there: str
) -> None:
    with pytest.raises(Infeasible) as caught:
        place(needs, wants, machines, device)
    assert caught.value.asked == asked
    assert there in caught.value.there


machines = st.builds(
    Resources,
    st.integers(1, 8),
    st.integers(0, 4),
    st.sampled_from([0, 4 * GIB, 9 * GIB]),
    st.sampled_from([0, 4 * GIB, 8 * GIB]),
    st.sampled_from(["", "T4", "A100"]),
)
needs = st.builds(
    Needs,
    st.integers(1, 9),
    st.none() | st.sampled_from([0, 0.5, 1, 2]),
    st.none() | st.integers(1, 9 * GIB),
    st.none() | st.integers(1, 9 * GIB),
    st.sampled_from(["", "T4"]),
)


@given(
    needs,
    st.booleans(),
    st.lists(machines, min_size=1, max_size=4),
    st.sampled_from(["auto", "cpu"]),
)
def test_what_is_granted_fits_on_a_machine(
    asked: Needs, wants: bool, there: list[Resources], device: str
) -> None:
    try:
        share = place(asked, wants, there, device)
    except Infeasible:
        return
    fitting = [
        machine
        for machine in there
        if machine.cpus >= share.cpus
        and machine.gpus >= share.gpus
        and (not machine.memory or machine.memory >= share.memory)
        and (not share.accelerator or machine.accelerator == share.accelerator)
        and (not share.gpus or not asked.accelerator or machine.accelerator == asked.accelerator)
        and (not share.gpus or machine.gpu_mem >= (asked.gpu_mem or 0))
    ]
    assert fitting
    assert share.cpus == asked.cpu
    if device == "cpu" or asked.gpu == 0:
        assert share.gpus == 0
    elif asked.demands_gpu:
        assert share.gpus > 0


class Fleet(LocalBackend):
    """This machine, as if it were others."""

    def __init__(self, *there: Resources) -> None:
        super().__init__()
        self._there = there

    def machines(self) -> Sequence[Resources]:
        return self._there


def test_all_that_can_not_run_is_said_at_once() -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    builder.add("tiny_sleep", {"of": [number]}, name="long", needs=Needs(99))
    builder.add("tiny_sign", {"of": [number]}, name="big", needs=Needs(memory=99 * GIB))
    builder.add("tiny_pid", {"of": [number]}, name="quick", needs=Needs(gpu_mem=18 * GIB))
    with pytest.raises(PrerequisiteError) as caught:
        check_requests(builder.graph().order(), Fleet(LAPTOP), "auto")
    assert caught.value.message.splitlines() == [
        "no machine has what is asked for:",
        "  long asks for 99 processors: the largest machine has 8",
        "  big asks for 99GiB of memory: the largest machine has 16GiB",
        "  quick asks for 18GiB of one GPU: no machine has a GPU",
    ]
    assert "--device cpu runs everything without a GPU" in caught.value.help


def test_nodes_of_one_name_are_one_line() -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    ids = [
        builder.add("tiny_sleep", {"of": [number]}, name="n", needs=Needs(9), seconds=float(s))
        for s in range(3)
    ]
    assert len(ids) == 3
    with pytest.raises(PrerequisiteError, match=r"^n \(3 nodes\) asks for 9 processors: the"):
        check_requests(builder.graph().order(), Fleet(LAPTOP), "auto")


LISTING = """0, GPU-aa11, NVIDIA A100-SXM4-80GB, 81920
1, GPU-bb22, NVIDIA A100-SXM4-80GB, 81920
2, GPU-cc33, Tesla T4, 15360
"""


@pytest.mark.parametrize(
    ("chosen", "indices"),
    [(None, [0, 1, 2]), ("", []), ("2,0", [2, 0]), ("GPU-bb", [1]), ("0,7,1", [0]), ("-1", [])],
)
def test_only_visible_gpus_count(chosen: str | None, indices: list[int]) -> None:
    found = visible(LISTING, chosen)
    assert [gpu.index for gpu in found] == indices
    assert {gpu.memory for gpu in found} <= {80 * GIB, 15 * GIB}


def test_types_of_gpus_are_known_by_name() -> None:
    assert is_type("NVIDIA A100-SXM4-80GB", "A100")
    assert is_type("NVIDIA GeForce RTX 4090", "RTX 4090")
    assert is_type("A100-80G", "a100")
    assert not is_type("NVIDIA A10", "A100")
    assert not is_type("NVIDIA A100-SXM4-80GB", "A10")
    assert memory_of_type("H100") < 80 * GIB
    assert memory_of_type("G") == 0
