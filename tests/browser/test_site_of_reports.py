"""The index of a site of reports, and a report that loads itself again, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Opened, Visit

from w2sdl_runtime.publishing.entry import Entry, Number
from w2sdl_runtime.publishing.index import render_index
from w2sdl_runtime.report.refresh import refreshing

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e {{ run }} " + "long" * 60


def entry(number: int, /, **changes: object) -> Entry:
    facts = {
        "run": f"20260101-10150{number}-calm-otter", "experiment": f"exp_{'cab'[number % 3]}",
        "question": f"Question {number}?", "status": "done", "started": 1_767_000_000 + number,
        "seconds": [90.0, 5.0, None][number % 3], "profiles": [], "verdicts": [("a", "supported")],
        "number": Number(text=f"PGR {number} %", value=[0.5, None, 0.9][number % 3]), "nodes": 3,
        "page": "report.html", "made_of": "", "version": "0",
    }  # fmt: skip
    return Entry.model_validate(facts | changes)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    entries = {f"run-{number}": entry(number) for number in range(3)}
    entries["odd"] = entry(
        3, experiment=HOSTILE, question=HOSTILE, status="failed", profiles=[HOSTILE],
        verdicts=[("x", "contradicted"), ("y", "not supported"), ("z", HOSTILE)], number=None,
    )  # fmt: skip
    path = tmp_path / "index.html"
    path.write_text(render_index(entries), "utf-8")
    return path


def names(opened: Opened) -> list[str]:
    """The questions of the rows that are seen, in their order."""
    rows = opened.page.locator("tbody tr:visible .question")
    return [text[:10] for text in rows.all_inner_texts()]


def test_rows_are_sorted_by_each_column_and_what_lacks_a_value_is_last(
    index: Path, visit: Visit
) -> None:
    opened = visit(index)
    assert names(opened)[1:] == ["Question 2", "Question 1", "Question 0"]
    head = opened.page.get_by_role("columnheader")
    opened.page.get_by_role("button", name="Took").click()
    assert names(opened)[:3] == ["<script>al", "Question 0", "Question 1"]
    assert head.filter(has_text="Took").get_attribute("aria-sort") == "descending"
    opened.page.get_by_role("button", name="Took").click()
    assert names(opened)[0] == "Question 1"
    assert names(opened)[3] == "Question 2"
    opened.page.get_by_role("button", name="First number").click()
    assert names(opened)[:2] == ["Question 2", "Question 0"]
    opened.page.get_by_label("Sort by").select_option("experiment")
    assert names(opened)[1:] == ["Question 1", "Question 2", "Question 0"]


def test_rows_are_found_by_all_words(index: Path, visit: Visit) -> None:
    opened = visit(index)
    opened.page.get_by_label("Find").fill("QUESTION supported")
    assert len(names(opened)) == 3
    assert opened.page.locator("#count").inner_text() == "3 of 4"
    opened.page.get_by_label("Find").fill("question 2?")
    assert names(opened) == ["Question 2"]
    opened.page.get_by_label("Find").fill("nowhere")
    assert names(opened) == []
    opened.page.get_by_label("Find").fill("")
    assert len(names(opened)) == 4


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_all(index: Path, visit: Visit, width: int, scheme: str) -> None:
    opened = visit(index, width=width, scheme=scheme)
    assert opened.axe() == []
    assert opened.overflow() == []


def test_it_can_be_read_without_javascript(index: Path, visit: Visit) -> None:
    opened = visit(index, javascript=False)
    assert len(names(opened)) == 4
    assert not opened.page.locator(".find").is_visible()
    assert opened.page.get_by_role("link", name="exp_c").get_attribute("href") == (
        "runs/run-0/report.html"
    )


def test_a_watched_page_keeps_the_place_of_its_reader(tmp_path: Path, visit: Visit) -> None:
    path = tmp_path / "report.html"
    text = f"<!doctype html><head>{refreshing(1)}</head><p>COUNT<details><summary>More</summary>x</details>"
    filler = "<p style='height: 4000px'>"
    path.write_text(text.replace("COUNT", "first") + filler, "utf-8")
    opened = visit(path)
    opened.page.locator("details").evaluate("one => { one.open = true }")
    opened.page.evaluate("scrollTo(0, 1234)")
    path.write_text(text.replace("COUNT", "second") + filler, "utf-8")
    opened.page.get_by_text("second").wait_for(state="attached")
    opened.page.wait_for_function("scrollY === 1234")
    assert opened.page.locator("details").get_attribute("open") is not None
    path.write_text(text.replace(str(refreshing(1)), "").replace("COUNT", "last") + filler, "utf-8")
    opened.page.get_by_text("last").wait_for(state="attached")
    opened.page.evaluate("window.stays = true")
    opened.page.wait_for_timeout(1500)
    assert opened.page.evaluate("window.stays") is True
