"""Whatever a model, a file or a user writes stays text, of bearable length, in one direction."""

from __future__ import annotations

import dataclasses
import re

import pytest
import sample as sampling

from w2sdl.draw.visible import plain
from w2sdl.durations import format_seconds
from w2sdl_runtime.report.items.speech import turn_of
from w2sdl_runtime.report.marking import find_quote, marked
from w2sdl_runtime.report.text import listed, number, percent, shown

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TEMPLATE = "{{ run }}{% for x in y %}{# gone #}${7*7}"
BIDI = "right\u202eelbisivni\u202c \u2066isolated\u2069 \u200fmark"
ENTITY = "&lt;b&gt; ]]></style><!-- --></bdi></p>\x00\x1b[31m"
LONG = "a" * 1_000_000
HOSTILE = [SCRIPT, TEMPLATE, BIDI, ENTITY]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_models_say_stays_text(sample: sampling.Sample, text: str) -> None:
    calm = {tag for tag, _ in sampling.page_of(sample).tags}
    page = sampling.page_of(sampling.spoiled(sample, text))
    assert page.problems == []
    assert {tag for tag, _ in page.tags} <= calm | {"mark", "span"}
    assert not any("alert" in link for link in page.links())
    if text in (SCRIPT, TEMPLATE):
        assert " ".join(text.split()) in page.text


def test_directions_are_shown_not_obeyed(sample: sampling.Sample) -> None:
    page = sampling.page_of(sampling.spoiled(sample, BIDI))
    for control in "\u202e\u202c\u2066\u2069\u200f":
        assert control not in page.html
        assert f"⟨U+{ord(control):04X}⟩" in page.text


def test_a_line_of_a_megabyte_is_cut_with_a_note(sample: sampling.Sample) -> None:
    calm = sampling.page_of(sample)
    ids = re.findall(r"Item ([0-9a-f]{16,})", calm.text)
    node = sample.node("T[seed=0, member=0, evidence=debate]")
    long = sampling.saying("", LONG)["turns"][:1] + sampling.saying("", "short")["turns"][1:]
    rows = [{**sampling.saying(item_id, "short"), "turns": long} for item_id in ids]
    sample.nodes[node]["digest"] = sample.store.put(sampling.transcript_table(rows))
    page = sampling.page_of(sample)
    assert len(ids) == 5
    assert page.text.count("(cut here; 1,000,000 characters in all)") >= 5
    assert len(page.html) < len(calm.html) + 200_000
    assert "and 8 more turns" in page.text


def test_run_records_and_graphs_are_not_trusted_either(sample: sampling.Sample) -> None:
    words = SCRIPT + TEMPLATE + BIDI
    record = dict.fromkeys(("description", "command", "spec_text", "resolved_text", "host"), words)
    lists = {name: [words, {"rule": words}] for name in ("warnings", "overrides")}
    bindings = tuple(dataclasses.replace(b, text=words) for b in sample.graph.bindings)
    sample.graph = dataclasses.replace(sample.graph, description=words, bindings=bindings)
    page = sampling.page_of(
        sample, **record, **lists, packages={words: words}, git={"commit": "\ud800"}
    )
    assert page.problems == []
    assert page.foreign_scripts == []
    assert "img" not in {tag for tag, _ in page.tags}
    page.html.encode("utf-8")


def test_failures_speak_in_text(sample: sampling.Sample) -> None:
    sample.fail("S[seed=0]", SCRIPT)
    page = sampling.page_of(sample)
    assert page.problems == []
    assert SCRIPT in page.text
    assert page.foreign_scripts == []


def test_quotes_that_overlap_or_reach_beyond_the_cut_are_marked_once_or_not() -> None:
    spans = [(0, 4, "verified", "A"), (2, 6, "verified", "B"), (9, 30, "verified", "C")]
    shown = marked("0123456789" * 4, spans, limit=20)
    assert re.sub(r"<.*?>", "", shown).startswith("01234567890123456789 … (cut here; 40")
    assert shown.count("<mark") == shown.count("</mark>") == 1


@pytest.mark.parametrize(
    ("quote", "found"),
    [("b  C", (2, 5)), ("a b", (0, 3)), ("x", None), ("", None), ("(b", None), ("b" * 3_000, None)],
)
def test_quotes_are_found_whatever_their_spaces_and_case(
    quote: str, found: tuple[int, int] | None
) -> None:
    assert find_quote(quote, "a b c d") == found


def test_shown_text() -> None:
    assert shown("a < b\n\t'c'") == "a &lt; b\n\t&#39;c&#39;"
    assert shown("Φ S' Ψ é 漢 👍") == "Φ S&#39; Ψ é 漢 👍"
    assert shown("x\x00\ufeff\u200b") == "x⟨U+0000⟩⟨U+FEFF⟩⟨U+200B⟩"
    assert shown(None) == ""
    assert plain("abcdef", 4) == "abc…"


def test_numbers_in_words() -> None:
    assert percent(0.7647) == "76.5"
    assert percent(-0.05) == "−5.0"
    assert number(-0.0001, 1) == "0.0"
    assert percent(None) == ""
    assert [format_seconds(s) for s in (0.42, 59.6, 764.2, 7_260)] == [
        "0.4 s",
        "1 min 0 s",
        "12 min 44 s",
        "2 h 1 min",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([]) == ""


def test_the_marks_of_generated_quotes_are_shown_as_marks() -> None:
    """What a reader gets as `<v_quote>` is a quotation with a colour here; no tag is left."""
    quotes = [{"text": "the lion", "verified": True}, {"text": "the moon", "verified": False}]
    text = "See <v_quote>the lion</v_quote> and <u_quote>the moon</u_quote>."
    turn = turn_of({"turn": 1, "debater": "A", "stance": "correct", "text": text, "quotes": quotes})
    assert "v_quote" not in turn.text
    assert '<mark class="verified"' in turn.text
    assert '<mark class="unverified"' in turn.text
    assert turn.loose == ()
