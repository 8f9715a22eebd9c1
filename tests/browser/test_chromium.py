"""The fixture itself: it sees what goes wrong in a page, or the tests beside it see nothing."""

from __future__ import annotations

from pathlib import Path

from chromium import Visit


def _page(folder: Path, body: str) -> Path:
    file = folder / "page.html"
    head = "<!doctype html><html lang=en><title>A page</title>"
    file.write_text(f"{head}<body><main><h1>A page</h1>{body}</main></body></html>", "utf-8")
    return file


def test_a_sound_page_has_no_problem(visit: Visit, tmp_path: Path) -> None:
    opened = visit(_page(tmp_path, "<p>Text</p>"))
    assert (opened.problems, opened.elsewhere, opened.overflow(), opened.axe()) == ([], [], [], [])


def test_errors_of_scripts_are_seen(visit: Visit, tmp_path: Path) -> None:
    opened = visit(_page(tmp_path, "<script>console.error('bad'); nowhere()</script>"))
    assert opened.problems == ["console error: bad", "error: nowhere is not defined"]
    opened.problems.clear()


def test_a_look_at_the_network_is_seen(visit: Visit, tmp_path: Path) -> None:
    opened = visit(_page(tmp_path, '<img alt="" src="http://localhost:9/a.png">'))
    assert opened.elsewhere == ["http://localhost:9/a.png"]
    opened.requests.clear()
    opened.problems.clear()


def test_what_is_too_wide_is_named(visit: Visit, tmp_path: Path) -> None:
    wide = '<p style="width: 900px">Too wide</p>'
    box = f'<div style="overflow-x: auto" tabindex=0>{wide}</div>'
    assert visit(_page(tmp_path, box), width=360).overflow() == []
    assert "Too wide" in "".join(visit(_page(tmp_path, wide), width=360).overflow())


def test_axe_sees_grey_on_white(visit: Visit, tmp_path: Path) -> None:
    found = visit(_page(tmp_path, '<p style="color: #ccc">Pale</p>')).axe()
    assert found[0].startswith("color-contrast (serious)")


def test_scripts_can_be_off(visit: Visit, tmp_path: Path) -> None:
    file = _page(tmp_path, "<script>document.title = 'Ran'</script>")
    assert visit(file).page.title() == "Ran"
    assert visit(file, javascript=False).page.title() == "A page"
