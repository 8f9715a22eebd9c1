"""Geometry, for any graph: nothing overlaps, nothing leaves the frame, arrows lead from left to right."""

from __future__ import annotations

import re
import time
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl.draw.geometry import Layout, Link
from w2sdl.draw.layout import _rising, lay_out

SIZES = st.lists(st.tuples(st.floats(40, 240), st.floats(20, 200)), min_size=1, max_size=12).map(
    lambda sizes: {f"n{number}": size for number, size in enumerate(sizes)}
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, tuple[float, float]], list[Link]]:
    sizes = draw(SIZES)
    names = st.sampled_from(sorted(sizes))
    whats = st.sampled_from(["text", "weights", "gold labels"])
    return sizes, draw(st.lists(st.builds(Link, names, names, whats), max_size=30))


def overlap(layout: Layout) -> list[tuple[str, str]]:
    boxes = list(layout.boxes.items())
    return [
        (name, other)
        for index, (name, one) in enumerate(boxes)
        for other, two in boxes[index + 1 :]
        if one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    ]


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_stay_in_the_frame(
    graph: tuple[dict[str, tuple[float, float]], list[Link]],
) -> None:
    sizes, links = graph
    layout = lay_out(sizes, links)
    assert set(layout.boxes) == set(sizes)
    assert overlap(layout) == []
    for name, box in layout.boxes.items():
        assert box.width >= sizes[name][0] - 1e-6
        assert box.height == sizes[name][1]
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height + 1e-6


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_every_link_has_a_path_from_the_right_of_its_source_to_the_left_of_its_target(
    graph: tuple[dict[str, tuple[float, float]], list[Link]],
) -> None:
    sizes, links = graph
    layout = lay_out(sizes, links)
    assert set(layout.paths) == {link for link in links if link.source != link.target}
    for link, path in layout.paths.items():
        numbers = [float(text) for text in re.findall(r"-?[\d.]+", path)]
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        assert abs(numbers[0] - source.x - source.width) < 0.1
        assert source.y <= numbers[1] <= source.y + source.height
        assert abs(numbers[-2] - target.x) < 6
        assert target.y <= numbers[-1] <= target.y + target.height


@settings(max_examples=100, deadline=None)
@given(SIZES, st.randoms())
def test_without_circles_all_arrows_lead_to_the_right(
    sizes: dict[str, tuple[float, float]], random: Random
) -> None:
    names = list(sizes)
    links = [
        Link(names[a], names[b], "text")
        for b in range(len(names))
        for a in range(b)
        if random.random() < 0.3
    ]
    layout = lay_out(sizes, links, late=names[::2], last=names[-1:])
    for link in links:
        assert (
            layout.boxes[link.source].x + layout.boxes[link.source].width
            < layout.boxes[link.target].x
        )
    assert layout.boxes[names[-1]].x == max(box.x for box in layout.boxes.values())


def test_late_boxes_stand_just_before_what_they_feed() -> None:
    sizes = dict.fromkeys(["data", "gold", "a", "b", "c"], (100.0, 40.0))
    links = [Link("data", "a", "text"), Link("a", "b", "weights"), Link("b", "c", "weights"),
             Link("data", "gold", "text"), Link("gold", "c", "gold labels")]  # fmt: skip
    early, late = lay_out(sizes, links), lay_out(sizes, links, late=["gold"])
    assert early.boxes["gold"].x == early.boxes["a"].x
    assert late.boxes["gold"].x == late.boxes["b"].x


def test_names_in_a_circle_are_still_drawn() -> None:
    """Equal nodes of two bindings are one node: arrows between names can go both ways."""
    sizes = dict.fromkeys("abc", (100.0, 40.0))
    links = [Link("a", "b", "text"), Link("b", "c", "text"), Link("c", "a", "text")]
    layout = lay_out(sizes, links)
    assert len(layout.paths) == 3
    assert overlap(layout) == []


def test_the_layout_of_nothing_is_empty() -> None:
    assert lay_out({}, []).boxes == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.5, 5)), min_size=1, max_size=30))
def test_the_nearest_rising_numbers_are_those_that_scipy_finds(
    given: list[tuple[float, float]],
) -> None:
    from scipy.optimize import isotonic_regression

    wanted, weights = [value for value, _ in given], [weight for _, weight in given]
    expected = isotonic_regression(wanted, weights=weights).x
    assert all(abs(a - b) < 1e-6 for a, b in zip(_rising(wanted, weights), expected, strict=True))


def test_four_hundred_boxes_are_laid_out_in_seconds() -> None:
    sizes = {f"n{number}": (120.0, 60.0) for number in range(400)}
    links = [Link(f"n{n // 3}", f"n{n}", "weights") for n in range(1, 400)]
    links += [Link("n0", f"n{n}", "text") for n in range(1, 400)]
    start = time.perf_counter()
    layout = lay_out(sizes, links)
    assert time.perf_counter() - start < 10
    assert overlap(layout) == []
