"""The browser of items: what filters, orders, keys and links do, against the rows that were measured."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from chromium import Visit
from playwright.sync_api import Page

from tests.report import sample as sampling

POINT = "debate"


def choose(page: Page, label: str, text: str) -> None:
    """Take the option of a select whose text starts so."""
    select = page.locator("#browser label", has_text=re.compile(f"^{label}")).locator("select")
    options = select.locator("option").all_inner_texts()
    select.select_option(label=next(one for one in options if one.startswith(text)))


def listed(page: Page) -> int:
    """How many items the browser says that match; as many must be in its list."""
    count = int(page.locator("#browser [role=status]").inner_text().split(" ")[0].replace(",", ""))
    assert page.locator("#browser [role=option]").count() == count
    return count


def right(experiment: sampling.Sample, of: str, point: dict[str, str] | None = None) -> np.ndarray:
    """Whether a predictor is right on each row, at seed 0."""
    return experiment.right(of, seed="0", **(point or {}))[0] > 0


@pytest.mark.parametrize(
    ("outcome", "weak_right", "student_right"),
    [("S' right, floor wrong", False, True), ("S' wrong, floor right", True, False)],
)
def test_flips_are_those_of_the_rows(
    visit: Visit,
    report: Path,
    experiment: sampling.Sample,
    outcome: str,
    weak_right: bool,
    student_right: bool,
) -> None:
    weak, student = right(experiment, "floor"), right(experiment, "S'", {"evidence": POINT})
    expected = int(((weak == weak_right) & (student == student_right)).sum())
    page = visit(report).page
    choose(page, "evidence", POINT)
    choose(page, "Outcome", outcome)
    assert 0 < expected == listed(page)
    marks = page.locator("#browser [role=option] .marks").all_inner_texts()
    shown = "✗✓" if student_right else "✓✗"
    assert {re.sub("[^✓✗]", "", mark) for mark in marks} == {shown}


def test_another_point_of_the_design_is_another_answer(
    visit: Visit, report: Path, experiment: sampling.Sample
) -> None:
    page = visit(report).page
    choose(page, "Where", "S'")
    choose(page, "is", "wrong")
    for point in ("none", "debate"):
        choose(page, "evidence", point)
        wrong = ~right(experiment, "S'", {"evidence": point})
        assert listed(page) == int(wrong.sum())


def test_errors_of_the_weak_model_that_a_student_imitates(
    visit: Visit, report: Path, experiment: sampling.Sample
) -> None:
    """Of two classes, both wrong is the same wrong answer."""
    page = visit(report).page
    choose(page, "evidence", POINT)
    choose(page, "Outcome", "the error of floor imitated by S'")
    both = ~right(experiment, "floor") & ~right(experiment, "S'", {"evidence": POINT})
    assert listed(page) == int(both.sum())


def test_text_is_searched_and_filters_are_cleared(visit: Visit, report: Path) -> None:
    page = visit(report).page
    every = listed(page)
    page.locator("#browse-text").fill("no such words anywhere")
    assert listed(page) == 0
    page.locator("#browser article").get_by_role("button", name="Clear the filters").click()
    assert listed(page) == every
    first = page.locator("#browser .key").first.inner_text()
    page.locator("#browse-text").fill(first)
    assert listed(page) == 1


def test_the_surest_come_first(visit: Visit, report: Path) -> None:
    page = visit(report).page
    choose(page, "Order", "S': surest first")
    row = page.locator("#browser tbody tr", has_text="S'").locator("td").first
    sureness = []
    for _ in range(5):
        sureness.append(abs(float(row.inner_text().split(" ")[0]) - 50))
        page.keyboard.press("Escape")
        page.locator("#browser .list").press("j")
    assert sureness == sorted(sureness, reverse=True)


def test_keys_go_through_items_and_links_lead_to_them(visit: Visit, report: Path) -> None:
    opened = visit(report)
    page, key = opened.page, opened.page.locator("#browser .key").first
    first = key.inner_text()
    items = page.locator("#browser .list")
    items.press("j")
    second = key.inner_text()
    items.press("ArrowDown")
    assert len({first, second, key.inner_text()}) == 3
    items.press("k")
    assert key.inner_text() == second
    assert page.url.endswith(f"#item-{second}")
    page.goto("about:blank")
    page.goto(f"{report.absolute().as_uri()}#item-{second}")
    assert key.inner_text() == second
    page.evaluate("location.hash = '#item-nowhere'")
    page.get_by_text("Item nowhere is not among the items of this page.").wait_for()


def test_letters_that_are_typed_into_the_search_move_nothing(visit: Visit, report: Path) -> None:
    page = visit(report).page
    before = page.locator("#browser .key").first.inner_text()
    page.locator("#browse-text").press_sequentially("k")
    page.locator("#browse-text").press("Backspace")
    assert page.locator("#browser .key").first.inner_text() == before


def test_turns_show_which_quotes_stand_in_the_passage(visit: Visit, report: Path) -> None:
    page = visit(report).page
    choose(page, "evidence", POINT)
    sides = page.locator("#browser .side")
    assert sides.count() == 1
    assert sides.locator("mark.verified").count() > 0
    assert sides.locator("mark.unverified").inner_text() == "nobody has ever measured this"
    assert page.locator("#browser .passage mark.verified").count() > 0
    answers = sides.locator(".answers").inner_text()  # the judge, before and after
    assert re.search(r"[\d.]+ % ✓ right\s*\([\d.]+ % where nothing is said\)", answers)
    choose(page, "Transcripts", "all")
    assert sides.count() == 4


def test_a_few_items_stand_there_without_scripts(visit: Visit, report: Path) -> None:
    page = visit(report, javascript=False).page
    assert not page.locator("#browser").is_visible()
    assert page.locator("#examples article").count() == 5
    with_script = visit(report).page
    assert with_script.locator("#browser").is_visible()
    assert not with_script.locator("#examples").is_visible()
