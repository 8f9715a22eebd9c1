"""Items of other kinds than a question with a candidate: images, pairs, classes, long and empty texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from chromium import Visit
from playwright.sync_api import Locator, Page

from w2sdl.graph import Graph
from w2sdl.replication import Replication
from w2sdl_runtime.report.items.answers import Arm, Part
from w2sdl_runtime.report.items.choosing import Pair
from w2sdl_runtime.report.items.record import embed

NO_GRAPH = Graph("x", "", {}, (), (), (), ())
SEEDS = Replication("seed", ("0", "1", "2"), frozenset())
LEVELS = [0] * 64
LEVELS[9] = 16  # the second pixel of the second row


def arm(of: str, role: str, right: list[bool], words: tuple[str, ...] = ()) -> Arm:
    p = None if words else np.where(right, 0.9, 0.2)
    return Arm(of, role, role, {}, np.array(right), p, words, np.array(right) * 2, 3)


def part(texts: dict[str, str], words: bool = False, **changes: bool) -> Part:
    arms = [
        arm("floor", "weak", [False, True], ("9", "1") if words else ()),
        arm("S'", "student", [True, True], ("0", "1") if words else ()),
    ]
    gold = ["0", "1"] if words else ["1", "1"]
    return Part("x.test", ["a", "b"], gold, arms, {"a": texts, "b": texts}, **changes)


def page_of(made: Part, report: Path, target: Path) -> Path:
    """The report with other items in its browser."""
    record = embed(NO_GRAPH, [(made, Pair(*made.arms))], [], SEEDS)
    assert record is not None
    return page_with(str(record.json), report, target)


def page_with(items: str, report: Path, target: Path) -> Path:
    html = report.read_text("utf-8")
    data = re.search(
        r'<script type="application/json" id="browser-data">(.*?)</script>', html, re.S
    )
    assert data is not None
    target.write_text(html.replace(data[1], items), "utf-8")
    return target


def detail(page: Page) -> str:
    return page.locator("#browser article.item").inner_text()


def test_an_image_is_drawn_where_it_was_numbers(visit: Visit, report: Path, tmp_path: Path) -> None:
    made = part({"prompt": " ".join(map(str, LEVELS))}, words=True)
    page = visit(page_of(made, report, tmp_path / "images.html")).page
    assert page.locator("#browser .list canvas.pixels").count() == 2
    inked = page.locator("#browser article canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 8, 8).data].flatMap((v, at) => v ? [at] : [])"
    )
    assert inked == [9 * 4 + 3]  # its alpha; black on paper
    assert "Gold: 0." in detail(page)
    assert "Answer" in page.locator("#browser thead").inner_text()
    assert "P(" not in page.locator("#browser thead").inner_text()


def test_both_texts_of_a_pair_stand_side_by_side(
    visit: Visit, report: Path, tmp_path: Path
) -> None:
    made = part({"prompt": "Human: hi", "candidate": "two", "rival": "one"}, pairs=True)
    page = visit(page_of(made, report, tmp_path / "pairs.html")).page
    assert page.locator("#browser .side.pair").all_inner_texts() == ["First\none", "Second\ntwo"]
    assert "Gold: the second is preferred." in detail(page)
    assert "P(second)" in page.locator("#browser thead").inner_text()
    assert "Another option" not in detail(page)


def test_a_class_is_no_candidate(visit: Visit, report: Path, tmp_path: Path) -> None:
    page = visit(page_of(part({"prompt": "is it safe"}), report, tmp_path / "classes.html")).page
    assert "Gold: class 1." in detail(page)
    assert "candidate" not in detail(page)
    head = page.locator("#browser thead").inner_text()
    assert "P(class 1)" in head
    assert re.search(r"Right in\s*seeds", head)
    cells = page.locator("#browser tbody tr td:last-child").all_inner_texts()
    assert cells == ["0 of 3", "2 of 3"]


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_page(
    visit: Visit, report: Path, tmp_path: Path, width: int
) -> None:
    """Breaks where a long text, a long name or a long choice makes a phone scroll sideways."""
    texts = {"prompt": "w" * 3_000, "candidate": "c" * 300, "rival": "r" * 300}
    made = part(texts, pairs=True)
    named = [arm("a_name_that_is_" + "very_" * 8 + "long", "weak", [False, True]), made.arms[1]]
    made = Part("x.test", made.ids, made.gold, named, made.texts, pairs=True)
    page = visit(page_of(made, report, tmp_path / "long.html"), width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [one.bounding_box() for one in page.locator("#browser select").all()]
    assert all(box and box["x"] + box["width"] <= width for box in boxes)


def test_of_one_predictor_nothing_is_compared(visit: Visit, report: Path, tmp_path: Path) -> None:
    """Breaks where "flips first" is offered, and how far one is from itself."""
    made = part({"prompt": "is it safe"})
    alone = Part("x.test", made.ids, made.gold, made.arms[1:], made.texts)
    record = embed(NO_GRAPH, [(alone, None)], [], SEEDS)
    assert record is not None
    page = visit(page_with(str(record.json), report, tmp_path / "alone.html")).page
    selects = page.locator("#browser select")
    offered = [one for at in range(selects.count()) for one in texts_of(selects.nth(at))]
    assert "as drawn" in offered
    assert not [one for one in offered if "flips" in one or "furthest" in one]


def texts_of(select: Locator) -> list[str]:
    return select.locator("option").all_inner_texts()


def test_an_item_without_any_text_is_listed_by_its_id(
    visit: Visit, report: Path, tmp_path: Path
) -> None:
    page = visit(page_of(part({}), report, tmp_path / "empty.html")).page
    assert re.search(r"\ba$", page.locator("#browser [role=option]").first.inner_text())
    page.locator("#browser .list").press("j")
    assert page.locator("#browser article .key").inner_text() == "b"
    assert json.loads(page.locator("#browser-data").text_content() or "")["unit"] == "seed"
