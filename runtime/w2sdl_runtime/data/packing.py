"""Chooses whole groups that fill a part exactly, or as near below as groups allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: An exact search finds the last items of a part, over at most so many (1 class, 2 classes).
_TAIL = (4096, 256)


@dataclass(frozen=True, slots=True)
class Load:
    """Items of one group by gold, 1 and 0; all are ``ones`` where balance doesn't matter."""

    ones: int
    zeros: int


def fill(loads: Sequence[Load], ones: int, zeros: int, *, even: bool) -> list[int]:
    """Indices of loads that together fill (ones, zeros), taken in order as far as possible.

    First come, first served until near a far target; then an exact subset-sum search over the
    loads that are left, which stops at the first prefix that holds a solution. With ``even`` the
    result holds as many ones as zeros, even if it falls short.
    """
    if even:
        ones = zeros = min(ones, zeros, *total(loads))
    tail = _TAIL[1] if zeros else _TAIL[0]
    head, got_ones, got_zeros = _first_fit(loads, max(0, ones - tail), max(0, zeros - tail))
    taken = set(head)
    left = [n for n in range(len(loads)) if n not in taken]
    lead = got_ones - got_zeros if even else None
    picked = _search([loads[n] for n in left], ones - got_ones, zeros - got_zeros, lead)
    chosen = sorted(head + [left[n] for n in picked])
    found_ones, found_zeros = total([loads[n] for n in chosen])
    return [] if even and found_ones != found_zeros else chosen


def total(loads: Sequence[Load]) -> tuple[int, int]:
    """Ones and zeros of all loads together."""
    return sum(load.ones for load in loads), sum(load.zeros for load in loads)


def _first_fit(loads: Sequence[Load], ones: int, zeros: int) -> tuple[list[int], int, int]:
    taken: list[int] = []
    got_ones = got_zeros = 0
    for n, load in enumerate(loads):
        if got_ones + load.ones <= ones and got_zeros + load.zeros <= zeros:
            taken.append(n)
            got_ones += load.ones
            got_zeros += load.zeros
    return taken, got_ones, got_zeros


def _search(loads: Sequence[Load], ones: int, zeros: int, lead: int | None) -> list[int]:
    """Subset sum over pairs, as bit sets: bit ``i * stride + j`` says that (i, j) can be reached.

    ``lead`` is how many more ones than zeros there are already; None where that doesn't matter.
    """
    stride = zeros + 1 + max((load.zeros for load in loads), default=0)
    row = (1 << (zeros + 1)) - 1
    allowed = sum(row << (i * stride) for i in range(ones + 1))
    target = ones * stride + zeros
    reached, steps = 1, [(1, -1)]
    for n, load in enumerate(loads):
        if reached >> target & 1:
            break
        if load.ones > ones or load.zeros > zeros or not load.ones + load.zeros:
            continue
        more = (reached << (load.ones * stride + load.zeros)) & allowed | reached
        if more != reached:
            reached = more
            steps.append((more, n))
    return _trace_back(loads, steps, _best(reached, ones, zeros, stride, lead), stride)


def _best(reached: int, ones: int, zeros: int, stride: int, lead: int | None) -> int:
    """The fullest reachable sum; 0 (nothing) where no even one is reachable."""
    sums = [(i, j) for i in range(ones + 1) for j in range(zeros + 1)] if lead is None else []
    if lead is not None:
        sums = [(i, i + lead) for i in range(ones + 1) if 0 <= i + lead <= zeros]
    reachable = [(i + j, i, j) for i, j in sums if reached >> (i * stride + j) & 1]
    _, i, j = max(reachable, default=(0, 0, 0))
    return i * stride + j


def _trace_back(
    loads: Sequence[Load], steps: Sequence[tuple[int, int]], total: int, stride: int
) -> list[int]:
    """The loads that make up ``total``: each is the one with which the sum was first reached."""
    picked = []
    for (_, n), (before, _) in zip(reversed(steps[1:]), reversed(steps[:-1]), strict=True):
        if not before >> total & 1:
            picked.append(n)
            total -= loads[n].ones * stride + loads[n].zeros
    return picked
