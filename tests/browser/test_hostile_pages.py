"""What models say, in a real browser: it stays text, it can be seen, and nothing of it runs or loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports
from chromium import Visit

from tests.report import sample as sampling

HOSTILE = {
    "script": "<script>alert(1)</script></script><script src=//evil.example/x.js></script>",
    "handlers": "<img src=x onerror=alert(1)><b onmouseover=alert(2) onfocus=alert(3) tabindex=1>b</b>",
    "svg": "<svg onload=alert(1)><script>alert(2)</script><a xlink:href='javascript:alert(3)'>x</a></svg>",
    "mathml": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "comment": "<!--<script>--><!-- ]]> --!></script><![CDATA[ </title></style></textarea>",
    "link": "[x](javascript:alert(1)) <a href='javascript:alert(2)' target=_blank>link</a><base href=//x>",
    "template": "{{7*7}} {% raw %}{{ run }}{% endraw %} {# gone #} ${7*7} #{7*7} <%= 7*7 %>",
    "json": '"}]};alert(1)//\\u003c/script\\u003e \\"',
    "bidi": "right\u202eelbisivni\u202c \u2066isolated\u2069 \u200fmark \u061c",
    "unseen": "a\u200bb\ufeffc\u00add\u2060e\U000e0041f\u2028g\u2029h",
    "controls": "a\x00b\x07c\x1b[31md\x7fe",
    "marks": "e" + "\u0301" * 10_000 + " after",
}
LONG = "a" * 1_000_000
ELEMENTS = "script:not(#browser-data), img, svg, math, base, style, a[href^=javascript]"
HANDLERS = "[onerror], [onload], [onmouseover], [onfocus], [tabindex='1']"
#: Whatever can't be seen is shown by its code point.
SEEN = {
    "bidi": ["202E", "202C", "2066", "2069", "200F", "061C"],
    "unseen": ["200B", "FEFF", "00AD", "2060", "E0041", "2028", "2029"],
    "controls": ["0000", "0007", "001B", "007F"],
}


@pytest.fixture(scope="module")
def pages(experiment: sampling.Sample, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    return {
        name: reports.write(sampling.spoiled(_copy(experiment), text), folder / f"{name}.html")
        for name, text in HOSTILE.items()
    }


def _copy(experiment: sampling.Sample) -> sampling.Sample:
    nodes = {id_: dict(node) for id_, node in experiment.nodes.items()}
    return sampling.Sample(experiment.graph, experiment.store, experiment.spec, nodes)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_text_with_and_without_scripts(
    watched: Visit, pages: dict[str, Path], report: Path, name: str
) -> None:
    for javascript in (True, False):
        opened = watched(pages[name], javascript=javascript)
        said = opened.page.locator("#said")
        if javascript:
            for item in range(3):
                opened.page.locator("#browser .list").press("j")
                assert item < opened.page.locator("#browser [role=option]").count()
        assert said.locator(ELEMENTS).count() == 0
        assert said.locator(HANDLERS).count() == 0
        question = said.locator("p.question:visible").first.inner_text()
        if name not in (*SEEN, "marks"):
            assert " ".join(HOSTILE[name].split()) in " ".join(question.split())
        for point in SEEN.get(name, []):
            assert f"⟨U+{point}⟩" in question
        assert opened.overflow() == []


def test_a_megabyte_is_cut_and_said_so(
    watched: Visit, experiment: sampling.Sample, tmp_path: Path
) -> None:
    sample = _copy(experiment)
    node = sample.node("T[seed=0, member=0, evidence=debate]")
    ids = sample.value(node).table["item_id"].to_pylist()
    said = sampling.saying("", "short")
    long = {**said, "turns": [{**said["turns"][0], "text": LONG, "quotes": []}]}
    cell = next(c for m in sample.graph.measures if m.name == "scores" for c in m.cells)
    measured = sample.value(cell.node).rows["item_id"].to_pylist()[:3]
    rows = [{**(long if i in measured else said), "item_id": i} for i in ids]
    sample.nodes[node]["digest"] = sample.store.put(sampling.transcript_table(rows))
    file = reports.write(sample, tmp_path / "long.html")
    opened = watched(file)
    opened.page.locator("#browse-text").fill(measured[0])
    turn = opened.page.locator("#browser .turn").first
    assert "(cut here; 1,000,000 characters in all)" in turn.inner_text()
    assert opened.overflow() == []
    assert file.stat().st_size < 2_000_000


def test_a_pile_of_marks_does_not_cover_other_lines(watched: Visit, pages: dict[str, Path]) -> None:
    page = watched(pages["marks"]).page
    question = page.locator("#browser p.question")
    assert "⟨3,991 more marks⟩ … (cut here; 10,007 characters in all)" in question.inner_text()
    assert question.inner_text().count("\u0301") == 16  # of question and answer
