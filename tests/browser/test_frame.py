"""The frame of the report in a browser: what scripts add, and that the page is whole without them."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
import reports
from chromium import Opened, Visit

from tests.report import sample as sampling

WIDTHS = {"wide": 1440, "laptop": 1100, "phone": 360}


@pytest.fixture(scope="module")
def broken(experiment: sampling.Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run in which a node failed."""
    nodes = copy.deepcopy(experiment.nodes)
    sample = sampling.Sample(experiment.graph, experiment.store, experiment.spec, nodes)
    sample.fail("S'[seed=1, evidence=debate]", "out of memory at batch 16")
    again = {"folder": "", "arguments": ["run", "debate_sciq.w2s", "--store", "~/.cache/w2sdl"]}
    target = tmp_path_factory.mktemp("broken") / "report.html"
    return reports.write(sample, target, status="failed", again=again)


def _open_all(opened: Opened) -> None:
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, report: Path, broken: Path, scheme: str) -> None:
    for file in (report, broken):
        opened = visit(file, scheme=scheme)
        _open_all(opened)
        assert opened.axe() == []
        opened.page.evaluate(_AS_WITHOUT_SCRIPTS)
        assert opened.axe() == []


#: The examples in place of the browser of items; axe itself is a script.
_AS_WITHOUT_SCRIPTS = """() => {
  document.querySelector('.browsing').classList.remove('browsing');
  document.getElementById('browser').remove();
}"""


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_no_page_is_wider_than_its_window(
    visit: Visit, report: Path, broken: Path, tmp_path: Path, width: int, javascript: bool
) -> None:
    for file in (report, broken):
        opened = visit(file, width=width, javascript=javascript)
        _open_all(opened)
        assert opened.overflow() == []
        # To look at: of the window, since Chromium under load refuses pictures of 8,000 px.
        opened.page.screenshot(path=tmp_path / f"{file.parent.name}.png")


def test_texts_do_not_lie_on_each_other(visit: Visit, report: Path) -> None:
    for width in WIDTHS.values():
        opened = visit(report, width=width)
        assert opened.page.evaluate(_OVERLAPS) == []


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize(
    ("width", "media", "least"), [(360, "screen", 10.5), (718, "print", 10), (1280, "screen", 11)]
)
def test_figures_fit_and_can_be_read(
    visit: Visit, report: Path, width: int, media: str, least: float, javascript: bool
) -> None:
    """Breaks where a figure is cut at the window, or shrunk until its type can't be read; 10 px of
    paper are 7.5 points."""
    page = visit(report, width=width, javascript=javascript).page
    page.emulate_media(media=media)
    figures, shown, right, types = page.evaluate(_FIGURES)
    assert shown == figures  # of each one drawing, the wide or the narrow
    assert right <= width
    assert min(types) >= least
    assert "linear-gradient" in visit(report, width=360).page.evaluate(
        "getComputedStyle(document.querySelector('.scroll')).backgroundImage"
    )  # of a table, an edge that says there is more beside it


def test_a_page_with_wide_drawings_alone_keeps_them(visit: Visit, report: Path) -> None:
    """Breaks where a page of one's own template, or a site, has no figures on a phone."""
    page = visit(report, width=360).page
    page.evaluate("document.querySelectorAll('svg.narrow').forEach(e => e.remove())")
    hidden = "els => els.filter(e => !e.checkVisibility()).length"
    assert page.locator("#found svg.wide").evaluate_all(hidden) == 0


#: Figures with a plot that are shown, and their drawings, the right end of them all, and the smallest
#: type of each in the headline.
_FIGURES = """() => {
  const plots = [...document.querySelectorAll('svg.plot')].filter(e => e.checkVisibility());
  const size = t => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a;
  const types = plots.filter(e => e.closest('#found'))
    .map(e => Math.min(...[...e.querySelectorAll('text')].map(size)));
  const figures = [...document.querySelectorAll('figure:has(svg.plot)')];
  return [figures.filter(e => e.checkVisibility()).length, plots.length,
          Math.max(...plots.map(e => e.getBoundingClientRect().right)), types];
}"""


def test_what_went_wrong_stands_in_the_first_window(visit: Visit, broken: Path) -> None:
    page = visit(broken).page
    for place in ("#missing", ".glance .bad", "#excused"):
        assert page.locator(place).first.bounding_box()["y"] < 900, place  # type: ignore[index]
    assert "1 of them failed" in page.locator(".glance").inner_text()
    page.locator("#missing summary").first.click()
    assert "give it more memory" in page.locator("#missing details").first.inner_text()
    assert page.locator("#missing a[href='#again']").is_visible()  # how to go on
    command = page.locator("#missing pre.command").first.inner_text()
    assert command == (
        "w2sdl logs \"20251121-091403-calm-otter/S'[seed=1, evidence=debate]\" --store '~/.cache/w2sdl'"
    )


def test_without_scripts_everything_can_be_read(visit: Visit, report: Path) -> None:
    page = visit(report, javascript=False).page
    assert not page.locator("#theme").is_visible()
    assert not page.locator(".zoom").is_visible()
    number = page.locator("#found button.v").first
    number.click()
    assert "w2sdl trace" in page.locator(".source:popover-open").inner_text()
    page.locator("#nodes summary").click()
    assert page.locator("#nodes tbody tr").first.is_visible()
    title = page.locator("svg.dag a[aria-label=T] title").text_content() or ""
    assert "debate(" in title
    assert "executed" in title


def test_the_theme_follows_the_system_until_it_is_chosen(visit: Visit, report: Path) -> None:
    page = visit(report, scheme="dark").page
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(21, 23, 26)"
    page.locator("#theme").click()
    assert page.locator("#theme").inner_text() == "Theme: light"
    assert page.evaluate(paper) == "rgb(252, 251, 248)"
    page.locator("#theme").click()
    assert page.evaluate(paper) == "rgb(21, 23, 26)"
    page.locator("#theme").click()
    assert page.locator("#theme").inner_text() == "Theme: system"


def test_a_number_tells_its_source_on_hover_and_on_focus(visit: Visit, report: Path) -> None:
    page = visit(report).page
    shown = page.locator(".source:popover-open")
    number = page.locator("#found td.n button.v").nth(3)
    number.hover()
    shown.wait_for()
    assert re.search(r'w2sdl trace \S+ "?scores\[of: ', shown.inner_text())
    page.mouse.move(5, 5)
    shown.wait_for(state="hidden")
    number.click()
    page.mouse.move(5, 5)
    page.wait_for_timeout(500)  # a number that was clicked stays open
    assert shown.is_visible()
    page.keyboard.press("Escape")
    assert not shown.is_visible()
    page.locator("#found td.n button.v").nth(2).focus()
    page.keyboard.press("Tab")
    shown.wait_for()


def test_a_command_can_be_copied(visit: Visit, report: Path) -> None:
    page = visit(report, permissions=["clipboard-read", "clipboard-write"]).page
    command = page.locator("#again pre.command").first
    page.locator("#again .copy").first.click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == command.text_content()


def test_a_table_is_sorted_by_its_heads(visit: Visit, report: Path) -> None:
    page = visit(report).page
    page.locator("#names summary").click()
    table = page.locator("#names table.sortable")
    nodes = "rows => rows.map(row => Number(row.cells[2].textContent))"
    table.get_by_role("button", name="Nodes").click()
    falling = table.locator("tbody tr").evaluate_all(nodes)
    assert falling == sorted(falling, reverse=True)
    table.get_by_role("button", name="Nodes").click()
    assert table.locator("th[aria-sort=ascending]").inner_text().startswith("Nodes")
    rising = table.locator("tbody tr").evaluate_all(nodes)
    assert rising == sorted(rising)


def test_the_picture_zooms_and_moves(visit: Visit, report: Path) -> None:
    page = visit(report).page
    svg = page.locator("svg.dag")
    svg.scroll_into_view_if_needed()

    def view() -> list[float]:
        return [float(part) for part in (svg.get_attribute("viewBox") or "").split()]

    whole = view()
    page.get_by_role("button", name="Zoom in").click()
    near = view()
    assert near[2] == pytest.approx(whole[2] / 1.4, rel=0.01)
    box = svg.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 70, steps=4)
    page.mouse.up()
    assert view()[0] > near[0]
    assert page.url.endswith("report.html")  # a drag is no click
    page.get_by_role("button", name="All").click()
    assert view() == pytest.approx(whole, abs=1)
    page.mouse.move(box["x"] + 300, box["y"] + 80)
    page.mouse.wheel(0, 100)
    assert view() == pytest.approx(whole, abs=1)  # the wheel alone scrolls the page
    svg.scroll_into_view_if_needed()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert view()[2] < whole[2]
    svg.locator("a").first.focus()
    page.keyboard.press("0")
    assert view() == pytest.approx(whole, abs=1)
    page.keyboard.press("+")
    assert view()[2] < whole[2]


def test_two_fingers_zoom_the_picture(visit: Visit, report: Path) -> None:
    page = visit(report, width=390, height=844, has_touch=True, is_mobile=True).page
    svg = page.locator("svg.dag")
    svg.scroll_into_view_if_needed()
    before = svg.get_attribute("viewBox")
    box = svg.bounding_box()
    assert box is not None
    cdp = page.context.new_cdp_session(page)
    x, y = box["x"] + 100, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 20), ("touchMove", 50), ("touchMove", 90)):
        points = [{"x": x - apart / 2, "y": y, "id": 0}, {"x": x + apart / 2, "y": y, "id": 1}]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = svg.get_attribute("viewBox")
    assert float((after or "").split()[2]) < float((before or "").split()[2]) / 2


def test_a_small_design_is_not_blown_up(visit: Visit, report: Path, tmp_path: Path) -> None:
    """Breaks where the picture is stretched beyond its own size: of two boxes to the whole page."""
    small = tmp_path / "small.html"
    own = re.compile(r"max-width:\d+px;--own:\d+px")
    html = report.read_text("utf-8")
    assert len(own.findall(html)) == 1
    small.write_text(own.sub("max-width:300px;--own:300px", html), "utf-8")
    for width in WIDTHS.values():
        assert visit(small, width=width).page.locator("svg.dag").bounding_box()["width"] == 300  # type: ignore[index]


def test_the_theme_can_be_reached_at_every_width(visit: Visit, report: Path) -> None:
    for width in (1440, 1100, 900, 700):
        box = visit(report, width=width).page.locator("#theme").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width


def test_a_box_says_what_it_is_and_leads_to_its_row(visit: Visit, report: Path) -> None:
    page = visit(report).page
    box = page.locator("svg.dag a[aria-label=T]")
    box.hover()
    card = page.locator("figure.design .card")
    for words in ("debate(", "executed", "computed in", "keys "):
        assert words in card.inner_text()
    page.mouse.move(5, 5)
    assert not card.is_visible()
    box.focus()
    assert card.is_visible()
    page.keyboard.press("Enter")
    row = page.locator("tr:target")
    assert row.locator("th").inner_text() == "T"
    assert page.evaluate("scrollY") > 2000
    row.locator("a").click()  # and on to its first node, in details that were closed
    assert page.locator("tr:target").is_visible()
    assert page.locator("tr:target code").inner_text().startswith("T[")


def test_all_controls_are_reached_by_keyboard(visit: Visit, report: Path) -> None:
    page = visit(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert (page.locator(".skip").bounding_box() or {})["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#report")
    unreachable = "els => els.filter(e => e.tabIndex < 0).map(e => e.outerHTML.slice(0, 80))"
    assert page.locator("a[href], button, summary").evaluate_all(unreachable) == []
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_paper_has_the_short_form_and_says_so(visit: Visit, report: Path) -> None:
    """Breaks where a closed list is printed, or left out without a word; 73 pages once came out."""
    for javascript in (True, False):
        opened = visit(report, width=718, javascript=javascript, scheme="dark")  # A4 less margins
        page = opened.page
        assert not page.locator(".paper").first.is_visible()
        page.emulate_media(media="print")
        assert opened.overflow() == []
        for hidden in ("nav.contents", ".zoom", ".skip", "#nodes", "#names", "#m-scores"):
            assert not page.locator(hidden).is_visible(), hidden
        assert page.locator(".verdicts details p").first.is_visible()
        assert page.locator("#examples .item:visible").count() == 1
        for section, words in (
            ("#measured", "Left out on paper, since they stand above: scores"),
            ("#said", "On paper the first item only"),
            ("footer", "lists that are closed on the page"),
        ):
            assert words in page.locator(f"{section} .paper").first.inner_text()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        short = _pages(page.pdf(format="A4"))
        assert short <= 9
    page.evaluate("document.getElementById('nodes').open = true")
    assert page.locator("#nodes tbody tr").first.is_visible()
    assert _pages(page.pdf(format="A4")) > short


def _pages(pdf: bytes) -> int:
    """Of the tree of pages, the root counts them all."""
    return max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))


def test_nothing_that_the_data_says_can_run(
    visit: Visit, experiment: sampling.Sample, tmp_path: Path
) -> None:
    """The policy holds even where a text were to reach the page as markup: it was written into it."""
    html = reports.write(experiment, tmp_path / "report.html").read_text("utf-8")
    evil = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">"
    file = tmp_path / "evil.html"
    file.write_text(html.replace("<footer>", f"{evil}<footer>"), "utf-8")
    opened = visit(file)
    assert opened.page.title() == "debate_sciq: 20251121-091403-calm-otter"
    assert any("Content Security Policy" in problem for problem in opened.problems)
    opened.problems.clear()


_OVERLAPS = """() => {
  const texts = 'h1, h2, h3, p, li, dt, dd, th, td, summary, button, figcaption';
  const within = 'p, li, td, button, ul';
  const shown = [...document.querySelectorAll(texts)]
    .filter(e => e.checkVisibility() && !e.closest('svg, nav, [popover]') && !e.querySelector(within));
  const boxes = shown.map(e => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return [e, range.getBoundingClientRect()];
  }).filter(([, b]) => b.width && b.height);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < Math.min(boxes.length, i + 40); j++) {
    const [a, p] = boxes[i], [b, q] = boxes[j];
    if (a.contains(b) || b.contains(a)) continue;
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 3 && high > 3) found.push([a.textContent.slice(0, 60), b.textContent.slice(0, 60)]);
  }
  return found;
}"""
