"""Whatever a spec, a model or an error says is text in Markdown, as a reader of it shows it."""

from __future__ import annotations

import re
from html import unescape

import markdown
import pytest

from w2sdl_runtime.report.markdown_text import block, code, escaped, rows

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "&lt;b&gt; & <b>bold</b> <!-- gone -->",
    "a | b || c",
    "`one` ``two`` ``` three",
    "*em* **strong** _em_ __strong__ ~~gone~~",
    "[link](javascript:alert(1)) ![image](http://x/y.png) [ref][1] [note]: http://x",
    "# no heading",
    "- no item",
    "+ no item",
    "1. no item",
    "12) no item",
    "> no quote",
    "=== no heading",
    "--- no rule",
    "| no | table |",
    "    no code, and\n\n```\nno fence\n```",
    "back\\slash \\` \\| $x$",
    "{{ run }} {% for x in y %} ${7*7}",
    "snake_case_name and S'[seed=1] and f(x)*2",
]
BIDI = "right\u202eelbisivni\u202c \u200bzero\x00\x1b[31m"


def html(text: str) -> str:
    return markdown.markdown(text, extensions=["tables", "fenced_code"])


def shown(page: str) -> str:
    """What a reader sees of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def once(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_running_text_stays_text(text: str) -> None:
    page = html(f"{escaped(text)}\n\n- {escaped(text)}\n")
    assert set(re.findall(r"</?(\w+)", page)) == {"p", "ul", "li"}
    assert re.fullmatch(r"<p>.*</p>\s*<ul>\s*<li>.*</li>\s*</ul>", page, re.DOTALL)
    # Python-Markdown knows no `~~` and `$`, which GitHub does: there a backslash is left.
    assert shown(page).replace("\\~", "~").replace("\\$", "$") == f"{once(text)} {once(text)}"


@pytest.mark.parametrize("text", HOSTILE)
def test_code_stays_code_whatever_its_backticks(text: str) -> None:
    page = html(str(code(text)))
    assert set(re.findall(r"</?(\w+)", page)) == {"p", "code"}
    assert shown(page) == once(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_stays_in_its_cell(text: str) -> None:
    page = html(str(rows(["a", text], [[text, code(text)], ["left", "right"]])))
    assert page.count("<tr>") == 3
    assert page.count("<td>") == 4
    assert page.count("<th>") == 2
    assert set(re.findall(r"</?(\w+)", page)) <= {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_ends_where_it_ends(text: str) -> None:
    page = html(f"{block(text)}\n\nafter")
    assert set(re.findall(r"</?(\w+)", page)) == {"pre", "code", "p"}
    assert page.endswith("<p>after</p>")
    assert shown(page) == f"{once(text)} after"


def test_what_can_not_be_seen_is_seen() -> None:
    for made in (escaped(BIDI), code(BIDI), block(BIDI), rows([BIDI], [])):
        assert "⟨U+202E⟩" in made
        assert not {"\u202e", "\u202c", "\u200b", "\x00", "\x1b"} & set(made)


def test_long_text_is_cut() -> None:
    assert len(escaped("a" * 1_000_000)) < 5_000
    assert len(rows(["a"], [["b" * 1_000_000]])) < 1_000


def test_what_needs_no_escape_has_none() -> None:
    assert escaped("S'[seed=1] = a_b") == "S'\\[seed=1\\] = a_b"
    assert escaped("93.2") == "93.2"
    assert escaped("0.1.0") == "0.1.0"
    assert escaped("−1.3 to 6.0") == "−1.3 to 6.0"
    assert code("") == ""
