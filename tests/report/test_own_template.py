"""Templates of users: what they can read, what they can't reach, and how their mistakes are told."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import sample as sampling
from page import Page

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.context import VARIABLES, Report
from w2sdl_runtime.report.own_template import BOUNDS, LARGEST_FILE, open_template

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def report(finished: sampling.Sample) -> Report:
    return Report(sampling.run_record(finished), finished.graph, finished.nodes, finished.store)


def rendered(report: Report, folder: Path, text: str, name: str = "own.html.j2") -> str:
    (folder / name).write_text(text, "utf-8")
    return open_template(folder / name).render(report)


def refusal(report: Report, folder: Path, text: str) -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        rendered(report, folder, text)
    return caught.value


def test_the_example_is_a_page(report: Report) -> None:
    page = Page(open_template(EXAMPLES / "one_page.html.j2").render(report))
    assert page.problems == []
    assert "The student S' recovers between" in page.text
    assert "debate_helps is supported" in page.text
    assert "evidence" in page.text


def test_every_variable_can_be_read(report: Report, tmp_path: Path) -> None:
    for name in VARIABLES:
        rendered(report, tmp_path, f"{{% if {name} %}}{{% endif %}}")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ headline.panels[0].rows|length }}", "4"),
        ("{{ tables[0].points()|length }}", "4"),
        ("{{ roles.of('S') }}", "strong"),
        ("{{ '<b>' }}{{ graph.description|length > 9 }}", "&lt;b&gt;True"),
        ("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(1000000) }}", "[1000000]"),
        ("{% set s = namespace(n=0) %}{% for t in tables %}{% set s.n = s.n + 1 %}{% endfor %}{{ s.n }}",
         "3"),
        ("{{ 0.5|percent }} {{ 0.25|number(2) }} {{ 90|duration }} {{ ['a', 'b']|listed }}",
         "50.0 0.25 1 min 30 s a and b"),
    ],
)  # fmt: skip
def test_what_a_template_may_say(report: Report, tmp_path: Path, template: str, text: str) -> None:
    assert rendered(report, tmp_path, template).startswith(text)


def test_the_page_lists_every_variable() -> None:
    """Breaks where a variable comes or goes, and docs/report.md does not."""
    text = (EXAMPLES.parent / "docs" / "report.md").read_text("utf-8")
    table = text[text.index("| variable | what it is |") : text.index("Filters beside Jinja's")]
    listed = [
        name
        for line in table.splitlines()[2:]
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if line else "")
    ]
    assert sorted(listed) == sorted(VARIABLES)


def test_a_markdown_template_escapes_for_markdown(report: Report, tmp_path: Path) -> None:
    text = "{% set said = '*a* <b>' %}{{ said }} {{ 'x`y'|code }}\n{{ tables[0]|measure_table }}"
    made = rendered(report, tmp_path, text, "own.md")
    assert made.startswith("\\*a\\* &lt;b&gt; ``x`y``\n| evidence |")


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("\n{{ verdikts }}", 2, "a report has no `verdikts`; did you mean `verdicts`?"),
        ("\n\n{{ headline.sumary }}", 3, "`Headline` has no `sumary`; did you mean `summary`?"),
        ("{% for x in tables %}\n{{ x.nmae }}\n{% endfor %}", 2, "did you mean `name`?"),
        ("a\n{% if %}", 2, "Expected an expression"),
        ("a\n{% for x in tables %}", 2, "Unexpected end of template"),
        ("{{ run|safe }}", 1, "No filter named 'safe'"),
        ("{{ ''.__class__.__mro__ }}", 1, "access to attribute '__class__'"),
        ("\n{{ report }}", 2, "a report has no `report`"),
        ("\n{{ opener }}", 2, "a report has no `opener`"),
        ("\n{{ graph.order() }}", 2, "access to attribute 'order'"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("\n{% include 'other.html' %}", 2, "`other.html` can't be included"),
        ("\n{% include '/etc/passwd' %}", 2, "can't be included"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    report: Report, tmp_path: Path, template: str, line: int, words: str
) -> None:
    error = refusal(report, tmp_path, template)
    assert error.message.startswith(f"{tmp_path.resolve() / 'own.html.j2'}:{line}: ")
    assert words in error.message
    assert error.help


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(40) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% include 'own.html.j2' %}{% include 'own.html.j2' %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 0.5|number(100000000) }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    ],
)  # fmt: skip
def test_none_goes_on_for_ever(report: Report, tmp_path: Path, template: str) -> None:
    start = time.monotonic()
    refusal(report, tmp_path, template)
    assert time.monotonic() - start < BOUNDS.seconds + 10


def test_the_bounds_of_one_report_are_not_those_of_the_next(report: Report, tmp_path: Path) -> None:
    """Breaks where rounds or time of an earlier rendering count on."""
    many = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
    for _ in range(3):
        refusal(report, tmp_path, many)
        assert (
            rendered(report, tmp_path, "{% for i in range(9) %}{{ i }}{% endfor %}") == "012345678"
        )


def test_a_folder_may_include_its_own_files_only(report: Report, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (folder / "parts" / "head.html").write_text("<h1>{{ graph.experiment }}</h1>", "utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    page = folder / "report.html.j2"
    page.write_text("{% include 'parts/head.html' %}", "utf-8")
    assert open_template(folder).render(report) == "<h1>debate_sciq</h1>"
    for name in ("../secret.txt", "link.txt", str(tmp_path / "secret.txt"), "parts"):
        page.write_text(f"{{% include '{name}' %}}", "utf-8")
        with pytest.raises(PrerequisiteError, match="can't be included"):
            open_template(folder).render(report)
    (folder / "parts" / "head.html").write_text("\n{{ nothing }}", "utf-8")
    page.write_text("{% include 'parts/head.html' %}", "utf-8")
    with pytest.raises(PrerequisiteError, match=r"head\.html:2: a report has no `nothing`"):
        open_template(folder).render(report)


def test_what_is_no_template_is_told(report: Report, tmp_path: Path) -> None:
    (tmp_path / "own.tex").write_text("x", "utf-8")
    (tmp_path / "big.html").write_text("x" * (LARGEST_FILE + 1), "utf-8")
    (tmp_path / "odd.html").write_bytes(b"\xff\xfe")
    (tmp_path / "two").mkdir()
    for name in ("report.html", "report.md"):
        (tmp_path / "two" / name).write_text("x", "utf-8")
    for name, words in {
        "none.html": "there is no template",
        "own.tex": "a template makes HTML or Markdown",
        "big.html": "is too large for a template",
        "odd.html": "is not UTF-8 text",
        "two": "holds 2 templates called report.html or report.md",
        ".": "holds no templates",
    }.items():
        with pytest.raises(PrerequisiteError, match=re.escape(words)):
            open_template(tmp_path / name).render(report)


def test_its_digest_moves_with_every_file(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("a", "utf-8")
    (tmp_path / "part.html").write_text("b", "utf-8")
    first = open_template(tmp_path).digest
    (tmp_path / "part.html").write_text("c", "utf-8")
    assert open_template(tmp_path).digest != first
