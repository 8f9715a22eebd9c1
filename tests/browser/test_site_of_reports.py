"""The index of a site of reports, and a report that loads itself again, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Opened, Visit
from playwright.sync_api import Page

from tests.report import sample as sampling
from w2sdl_runtime.publishing.entry import Entry, Number
from w2sdl_runtime.publishing.index import render_index
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.outcome import Progress
from w2sdl_runtime.report.refresh import refreshing
from w2sdl_runtime.report.render import render_page

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
    path.write_text(
        text.replace(str(refreshing(1)), str(refreshing(0))).replace("COUNT", "last") + filler,
        "utf-8",
    )
    opened.page.get_by_text("last").wait_for(state="attached")
    opened.page.evaluate("window.stays = true")
    opened.page.wait_for_timeout(1500)
    assert opened.page.evaluate("window.stays") is True


def going_on(sample: sampling.Sample, done: int) -> str:
    """The whole report of a run that has so many results and goes on; 0 is all, and its end."""
    ids = list(sample.graph.nodes)
    nodes = {id_: sample.nodes[id_] for id_ in (ids[:done] if done else ids)}
    progress = Progress(done, len(ids), (("running", 1),), (), "now", refresh=1) if done else None
    record = sampling.run_record(sample, status="running" if done else "done", counts={})
    return render_page(Report(record, sample.graph, nodes, sample.store, progress))


def test_hostile_text_in_the_index_is_text(index: Path, visit: Visit) -> None:
    opened = visit(index)
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    opened.page.reload()
    row = opened.page.locator("tbody tr").filter(has_text="{{ run }}")
    assert row.locator(".question").inner_text() == HOSTILE.replace("\u202e", "⟨U+202E⟩")
    assert opened.page.locator("main").locator("script, img, [onerror]").count() == 0
    assert dialogs == []


def end(page: Page, path: Path, sample: sampling.Sample) -> None:
    """Let the run end, and the page load itself for the last time."""
    path.write_text(going_on(sample, 0), "utf-8")
    page.get_by_text("This run goes on.").wait_for(state="detached")
    page.wait_for_load_state()


def test_a_watched_report_follows_its_run_and_keeps_the_place(
    experiment: sampling.Sample, tmp_path: Path, visit: Visit
) -> None:
    """The whole page, under its policy: a script that this does not name is an error in the console."""
    path, count = tmp_path / "report.html", len(experiment.graph.nodes)
    path.write_text(going_on(experiment, count - 30), "utf-8")
    page = visit(path).page
    before, height = page.evaluate(
        """() => {
          const one = [...document.querySelectorAll("#again details")].pop();
          one.open = true;
          one.scrollIntoView({ behavior: "instant" });
          return [one.getBoundingClientRect().top, document.body.scrollHeight];
        }"""
    )
    path.write_text(going_on(experiment, count - 1), "utf-8")
    page.get_by_text(f"{count - 1} of {count} nodes have a result").wait_for(state="attached")
    end(page, path, experiment)
    page.evaluate("window.stays = true")
    assert page.evaluate("document.body.scrollHeight") > height + 300  # results came in above
    opened = page.locator("#again details").last
    assert opened.get_attribute("open") is not None
    here = opened.evaluate("one => one.getBoundingClientRect().top")
    assert abs(here - before) <= 2
    assert page.locator("#measured details[open]").count() == 0  # none was
    page.wait_for_timeout(1500)
    assert page.evaluate("window.stays") is True


def test_a_watched_report_keeps_the_item_that_is_read(
    experiment: sampling.Sample, tmp_path: Path, visit: Visit
) -> None:
    """An item writes itself into the address, and with it the history entry that keeps the place."""
    path, count = tmp_path / "report.html", len(experiment.graph.nodes)
    path.write_text(going_on(experiment, count - 1), "utf-8")
    page = visit(path).page
    chosen = page.evaluate(
        """() => {
          document.querySelector("#browser [role=option]:nth-child(2)").click();
          document.querySelector("#again details").open = true;
          document.querySelector("#done").scrollIntoView({ behavior: "instant" });
          return location.hash;
        }"""
    )
    end(page, path, experiment)
    assert page.evaluate("location.hash") == chosen
    assert page.locator("#browser [aria-selected=true]").get_attribute("id") == (
        chosen.replace("#item-", "row-")
    )
    assert page.locator("#again details").first.get_attribute("open") is not None
    page.wait_for_timeout(700)  # longer than a smooth way to the item, which must not begin
    assert abs(page.locator("#done").evaluate("one => one.getBoundingClientRect().top")) < 60
