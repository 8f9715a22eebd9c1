"""What a verdict's difference is, and at which level its interval: told alike wherever it is shown."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest
import sample as sampling
from claims import Tree, compare, number, over, student, table, verdict
from page import Page

from w2sdl.graph import Expectation
from w2sdl_runtime.report.markdown import verdict_table
from w2sdl_runtime.report.verdict_words import verdict_json, verdict_lines

LOW = over("mean", student(evidence="none"), "seed")
HIGH = over("mean", student(evidence="debate"), "seed")


def expecting(sample: sampling.Sample, tree: Tree) -> sampling.Sample:
    only = (Expectation("it", "as written", tree, 1),)
    sample.graph = dataclasses.replace(sample.graph, expectations=only)
    return sample


@pytest.mark.parametrize(("left", "sign", "right"), [(LOW, "<", HIGH), (HIGH, ">", LOW)])
def test_the_difference_is_left_minus_right_whatever_the_sign(
    sample: sampling.Sample, left: Tree, sign: str, right: Tree
) -> None:
    """Breaks where `a < b` shows b - a in one place and a - b in another, or does not say which."""
    found = verdict(sample, compare(left, sign, right))
    (point,) = found.points
    assert found.verdict == "supported"
    assert point.difference is not None
    assert point.left is not None
    assert point.right is not None
    assert point.difference.value == pytest.approx(point.left - point.right)
    minus = "−" if sign == "<" else ""
    assert next(verdict_lines(found)).startswith(f"left minus right {minus}0.")
    assert "| left minus right |" in verdict_table([found])
    told: Any = verdict_json(found)["points"][0]
    assert told["difference"]["value"] == pytest.approx(told["left"] - told["right"])
    page: Page = sampling.page_of(expecting(sample, compare(left, sign, right)))
    assert re.search(rf"left minus right {minus}\d", page.text)
    assert "; difference" not in page.text


def test_a_level_stands_beside_every_interval_of_its_verdict(sample: sampling.Sample) -> None:
    tree = {**compare(HIGH, ">", LOW), "level": 0.9}
    found = verdict(sample, tree)
    (point,) = found.points
    assert point.difference is not None
    assert point.difference.lower is not None
    usual = verdict(sample, compare(HIGH, ">", LOW)).points[0].difference
    assert usual is not None
    assert usual.lower is not None
    assert point.difference.lower > usual.lower
    assert re.search(r"\[0\.\d+, 0\.\d+\] at 90 %", next(verdict_lines(found)))
    assert re.search(r"\[\d+\.\d, \d+\.\d\] at 90 % \|", verdict_table([found]))
    assert verdict_json(found)["level"] == 0.9
    page = sampling.page_of(expecting(sample, tree))
    lower = f"{100 * point.difference.lower:.1f}"
    assert f"({lower} to " in page.text
    assert re.search(rf"\({lower} to \d+\.\d at 90 %\)", page.text)  # the line
    assert f"(90 % interval {lower} to" in page.text  # what it opens
    assert not re.search(r"at 95 %\)", page.text)


def test_a_mean_of_ratings_is_no_share_of_rows(sample: sampling.Sample) -> None:
    """Ratings between 0 and 1 are in per cent too; Cohen's h is for shares of right and wrong."""
    import pyarrow as pa

    for cell in next(m for m in sample.graph.measures if m.name == "scores").cells:
        metric = sample.value(cell.node)
        place = metric.rows.column_names.index("right")
        right = np.asarray(metric.rows["right"].to_pylist(), dtype=float)
        ratings = pa.array(0.1 + 0.7 * right)
        rows = metric.rows.set_column(place, "right", ratings)
        rated = dataclasses.replace(metric, value=0.1 + 0.7 * metric.value, rows=rows)
        sample.nodes[cell.node]["digest"] = sample.store.put(rated)
    for tree in (compare(HIGH, ">", LOW), compare(HIGH, ">", number(0.5))):
        (point,) = verdict(sample, tree).points
        assert point.effect is not None
        assert point.effect.name == "d_z over seeds"


def test_no_recovered_gap_has_the_effect_size_of_shares(sample: sampling.Sample) -> None:
    debate, none = (table("recovered", evidence=name) for name in ("debate", "none"))
    for right in (none, number(0.2)):
        found = verdict(sample, compare(debate, ">", right))
        assert verdict_json(found)["points"][0]["effect"]["name"] == "d_z over seeds"
        assert ", h " not in "\n".join(verdict_lines(found))
