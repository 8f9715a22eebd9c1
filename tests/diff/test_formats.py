"""Text, Markdown, JSON and HTML say the same, and survive whatever a spec may hold."""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from designs import SMALL, diff, edited

from w2sdl.diff import Comparison
from w2sdl.diff.as_html import as_html
from w2sdl.diff.as_json import SCHEMA, as_json
from w2sdl.diff.as_markdown import as_markdown
from w2sdl.diff.as_text import as_text
from w2sdl.diff.changes import Reuse
from w2sdl.diff.lines import reuse_text
from w2sdl.durations import format_seconds

SCRIPT = '<script>alert(1)</script> | `tick` **bold** {{ 7 * 7 }} \\\\ \\"'
LONG = "line one\\nline two of the prompt\\nline three {}"


@pytest.fixture(scope="module")
def several() -> Comparison:
    """A change of every class."""
    return diff(
        SMALL,
        edited(
            ("on qa.test\n\nexpect", "on qa.validation\n\nexpect"),
            ("loss: xent()", "loss: logconf()"),
            ("0..2", "0..3"),
            ("over: seed) >", "over: seed) <"),
            ("experiment small", "experiment large"),
        ),
    )


def hostile() -> Comparison:
    base = edited(("loss: xent()", 'head: answering(prompt: "Right?")'))
    return diff(
        base.replace("Right?", LONG.format("")), base.replace("Right?", LONG.format(SCRIPT))
    )


def test_every_format_holds_the_sentence_and_every_change(several: Comparison) -> None:
    page = html.unescape(re.sub(r"<[^>]+>", " ", as_html(several)))
    plain = as_markdown(several).replace("\\", "")
    for text in (as_text(several), plain, page):
        assert several.verdict.sentence in text
        for change in several.changes:
            assert change.new in text
            assert change.kind.value in text.lower()


def test_colours_only_where_asked_for(several: Comparison) -> None:
    assert "\x1b" not in as_text(several)
    coloured = as_text(several, color=True)
    assert "\x1b[1;33mfactor\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == as_text(several)


def test_json_is_what_the_documentation_lists(several: Comparison) -> None:
    record = json.loads(json.dumps(as_json(several)))
    assert record["schema"] == SCHEMA == "w2sdl.diff.1"
    assert list(record) == [
        *("schema", "a", "b", "differs", "verdict", "in_words", "changes", "matching", "nodes"),
        *("store", "results"),
    ]
    assert set(record["changes"][0]) == {
        *("class", "form", "subject", "where", "what", "old", "new"),
        *("points", "unit", "affects", "unread"),
    }
    assert set(record["matching"]) == {"bindings", "axes", "measures"}
    assert {"a": "student", "b": "student", "by": "role"} in record["matching"]["bindings"]
    assert record["results"] == []
    assert record["store"] is None
    documented = (Path(__file__).parents[2] / "docs" / "diff.md").read_text("utf-8")
    for name in {*record, *record["changes"][0], *record["nodes"], *record["verdict"]}:
        assert f"`{name}`" in documented, name


def test_a_page_stands_alone_and_holds_no_markup_of_the_spec() -> None:
    page = as_html(hostile())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "49" not in page
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert 'name="viewport"' in page


def test_markdown_keeps_a_table_a_table() -> None:
    text = as_markdown(hostile())
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "**bold**" not in "".join(re.sub(r"(`+).*?\1", "", row) for row in rows)


def test_long_texts_are_compared_by_line() -> None:
    text = as_text(hostile())
    assert "- line three" in text
    assert "+ line three <script>" in text
    assert "line one" not in text
    assert max(map(len, text.splitlines())) < 250


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("reuse", "text"),
    [
        (
            Reuse("s", 3, 4, 0, 61.0, 5.0, 3, 1),
            "store s: 3 of b's nodes are stored (took 1 min 1 s), 4 would run (about 5.0 s one "
            "after the other, without 1 of unknown length)",
        ),
        (Reuse("s", 0, 4, 0, 0.0, 0.0, 0, 4), "store s: 4 would run (for how long is unknown)"),
        (Reuse("s", 4, 0, 0, 1.0, 0.0, 0, 0), "store s: 4 of b's nodes are stored (took 1.0 s)"),
        (
            Reuse("s", 0, 0, 0, 0, 0, 0, 0, problem="it is on fire"),
            "store s: can't be asked, it is on fire",
        ),
    ],
)
def test_what_a_store_has_is_one_sentence(reuse: Reuse, text: str) -> None:
    assert reuse_text(reuse) == text
