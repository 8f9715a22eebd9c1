"""The page of `w2sdl compare`, and that of `w2sdl diff --results`, in a real browser."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Opened, Visit

from w2sdl.diff.as_html import as_html as diff_page
from w2sdl_runtime.comparing.as_html import as_html, as_part
from w2sdl_runtime.comparing.several import ComparedResults, compare_all

sys.path.append(str(Path(__file__).parents[1] / "comparing"))
from made import aligned, laid, make, retell

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)> {{ 7 * 7 }} "
    "<a href='javascript:alert(4)' tabindex=1>x</a> \u202etxt " + "long" * 200
)


def skill(of: str, point: object) -> float:
    return {"teacher": 0.6, "ceiling": 0.9}.get(of, 0.95)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of differences that are told apart, and of texts and names of arms that are hostile."""
    folder = tmp_path_factory.mktemp("compared")
    one, two = make(seed=1), make(seed=2, skill=skill)
    found, design = compare_all([aligned(one, two)]), laid(one, two)[1]
    for side in (one, two):
        side.texts[:] = [HOSTILE] * len(side.ids)
        retell(side)
    named = replace(aligned(one, two), label=HOSTILE, name_a=HOSTILE, name_b=HOSTILE)
    texts = {
        "compare": as_html(found),
        "several": as_html(ComparedResults("run a", found.against * 2, found.tests)),
        "diff": diff_page(design, as_part(found)),
        "hostile": as_html(compare_all([named])),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}


def _open_all(opened: Opened) -> None:
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")


@pytest.mark.parametrize("name", ["compare", "several", "diff", "hostile"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_it_can_be_read_by_all(
    visit: Visit, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    opened = visit(pages[name], width=width, scheme=scheme)
    _open_all(opened)
    assert opened.axe() == []
    assert opened.overflow() == []


def test_it_says_the_same_without_javascript(visit: Visit, pages: dict[str, Path]) -> None:
    texts = []
    for javascript in (True, False):
        opened = visit(pages["compare"], javascript=javascript)
        _open_all(opened)
        texts.append(opened.page.locator("main").inner_text())
    assert texts[0] == texts[1]
    assert "Flips of scores of" in texts[0]


def test_a_verdict_is_a_word_and_not_a_colour_alone(visit: Visit, pages: dict[str, Path]) -> None:
    page = visit(pages["compare"]).page
    row = page.locator("tr.better").first
    assert row.locator("td.verdict").inner_text() == "better"
    ink = "one => getComputedStyle(one).color"
    assert row.locator("td.difference").evaluate(ink) != row.locator("td.a").evaluate(ink)


def test_a_plot_keeps_its_size_on_a_phone_and_fits_on_paper(
    visit: Visit, pages: dict[str, Path]
) -> None:
    opened = visit(pages["compare"], width=360)
    plot = opened.page.locator("svg.plot").first
    width = "one => one.getBoundingClientRect().width"
    assert plot.evaluate(width) > 500  # its figure scrolls
    opened.page.emulate_media(media="print")
    assert plot.evaluate(width) <= 360


def test_hostile_text_is_text(watched: Visit, pages: dict[str, Path]) -> None:
    opened = watched(pages["hostile"])
    _open_all(opened)
    main = opened.page.locator("main")
    assert main.locator("script, img, a, [onload], [onerror], [tabindex='1']").count() == 0
    for shown in (main.locator(".flip p").first, main.locator(".sides")):
        text = " ".join(shown.inner_text().split())
        assert HOSTILE[:100] in text
        assert "⟨U+202E⟩" in text
        assert "\u202e" not in text
