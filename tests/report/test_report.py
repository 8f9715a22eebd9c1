from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path

import jinja2
import pytest
import sample as sampling
from page import Page

from w2sdl.graph import graph_from_json
from w2sdl_runtime.report.render import render_report, write_report


@pytest.fixture(scope="module")
def page(finished: sampling.Sample) -> Page:
    return sampling.page_of(finished)


def test_the_page_is_tidy(page: Page) -> None:
    assert page.problems == []
    assert len(set(page.ids)) == len(page.ids)
    assert page.html.startswith("<!doctype html>")


def test_it_loads_nothing_and_runs_its_own_scripts_only(page: Page) -> None:
    assert all(link.startswith(("#", "max-width:")) for link in page.links())
    assert {link[1:] for link in page.links() if link.startswith("#")} <= set(page.ids)
    assert not {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "base"}
    assert page.foreign_scripts == []
    assert not any("src" in attrs for _, attrs in page.tags)
    style = re.search(r"<style>(.*?)</style>", page.html, re.DOTALL)
    assert style is not None
    assert not re.search(r"url\((?!#)|@import|https?:", style[1])
    assert "http://" not in page.html.replace(
        "http://www.w3.org", "http://"
    )  # no name spaces either


def test_it_says_what_was_asked_done_and_found(page: Page) -> None:
    for words in (
        "Does a debate between two strong models help a weak one supervise?",
        "the student: S trained on what supervisor says on sciq.transfer",
        "W trained on the gold labels of sciq.supervise, reading T",
        "the data, in disjoint parts: supervise (",
        "; by science_qa",
        "the supervisor: the average of W' over member",
        "what two copies of S say about each item of sciq,",
        "under the protocols none, random_quotes, consultancy or debate",
        "repeats the experiment",
        "averaged within each repetition",
        "zero_shot(S)",
        "always_low",
        "unfair_ceiling at ceiling: `recovered` compares unlike things. The reason given: “fewer rows”",
        "flipped reads gold labels on purpose",
        "train.epochs is 2 for S', 5 for ceiling",
        "S': gold of sciq.validation, by select (gold(sciq.validation) → S')",
        "a test part of 600 rows",
        "w2sdl run specs/debate_sciq.w2s --profile small --set S'.train.epochs=2",
        "chosen by rule, not by hand",
        "Ψ(S, label(supervisor, sciq.transfer), loss: xent(smoothing: 0.0), seed: seed)",
    ):
        assert words in page.text, words
    assert "incomplete" not in page.text


def test_parts_have_the_sizes_they_were_made_with(page: Page, finished: sampling.Sample) -> None:
    made = finished.value(finished.node("sciq"))
    for name, part in made.parts.items():
        assert f"{name} ({part.rows})" in page.text


def test_a_run_folder_that_sorts_its_names_loses_no_order(
    finished: sampling.Sample, tmp_path: Path
) -> None:
    sampling.write_run(tmp_path / "run", finished, sampling.run_record(finished))
    text = (tmp_path / "run" / "graph.json").read_text("utf-8")
    mixed = json.loads(json.dumps(json.loads(text), sort_keys=True))
    assert list(mixed["nodes"]) != list(finished.graph.nodes)
    assert list(graph_from_json(mixed).nodes) == list(finished.graph.nodes)


def test_the_policy_names_the_scripts_by_their_hashes(page: Page) -> None:
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    hashes = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in page.scripts]
    assert policy.count("sha256-") == len(hashes)
    assert all(f"'sha256-{one}'" in policy for one in hashes)
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")


def test_numbers_are_traceable_to_their_nodes(page: Page, finished: sampling.Sample) -> None:
    """Each number of a table is a button; what it opens has a command and the keys of its nodes."""
    numbers = [a["popovertarget"] for tag, a in page.tags if "popovertarget" in a]
    assert len(numbers) >= 28
    assert len(set(numbers)) == len(numbers)
    keys = {node["key"][:12] for node in finished.nodes.values()}
    for number in numbers:
        source = re.search(
            rf'<span popover id="{number}" class="source">(.*?)</span></span>', page.html
        )
        assert source is not None
        assert "w2sdl trace 20251121-091403-calm-otter " in source[1]
        assert any(key in source[1] for key in keys)
    assert "scores[of: S&#39;, evidence: debate]" in page.html


def test_every_measured_number_is_in_the_page(page: Page, finished: sampling.Sample) -> None:
    for measure in finished.graph.measures:
        for cell in measure.cells:
            value = finished.value(cell.node).value
            assert f"{100 * value:.1f}".replace("-", "−") in page.text
            assert finished.graph.nodes[cell.node].address in page.text


def test_a_failure_leaves_a_report_that_says_so(sample: sampling.Sample) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "out of memory at batch 16")
    broken = sampling.page_of(sample, status="failed")
    assert broken.problems == []
    assert "This run is incomplete" in broken.text
    assert "because S'[seed=1, evidence=debate] failed: out of memory at batch 16" in broken.text
    assert "†" in broken.text
    assert "missing" in broken.text
    assert "undecided debate_helps" in broken.text


def test_a_run_that_ended_at_once_still_has_a_report(sample: sampling.Sample) -> None:
    sample.nodes.clear()
    empty = sampling.page_of(sample, status="interrupted", counts={}, ended=None)
    assert empty.problems == []
    assert "192 of 192 nodes have no result" in empty.text
    assert "the run ended before it was computed" in empty.text
    assert "the student: S trained on" in empty.text


def test_an_object_that_is_gone_is_missing_not_fatal(sample: sampling.Sample) -> None:
    node = next(m for m in sample.graph.measures if m.name == "recovered").cells[0].node
    sample.nodes[node]["digest"] = "0" * 64
    page = sampling.page_of(sample)
    assert page.problems == []
    assert "can't be read from the store" in page.text


def test_an_undefined_pgr_is_named_as_such(sample: sampling.Sample, tmp_path: Path) -> None:
    skills = {"ceiling": 0.40, "floor": 0.70}
    flat = sampling.page_of(sampling.build(tmp_path, skills=skills, like=sample))
    assert flat.problems == []
    assert "PGR is undefined because the ceiling" in flat.text
    assert "[W2S0607]" in flat.text
    assert "How much of the gap S' recovers can't be told from this run" in flat.text


def test_an_unstable_pgr_shows_the_gain_instead(sample: sampling.Sample, tmp_path: Path) -> None:
    skills = {"ceiling": 0.66, "floor": 0.61}
    near = sampling.page_of(sampling.build(tmp_path, skills=skills, like=sample))
    assert "PGR is unstable: in" in near.text
    assert "read the gain instead" in near.text


def test_a_design_without_axes_that_vary_it(sample: sampling.Sample, tmp_path: Path) -> None:
    spec = sampling.SPEC[: sampling.SPEC.index("expect")]
    spec = re.sub(r"axis evidence.*\n", "", spec).replace(
        "protocol: evidence", "protocol: debate()"
    )
    spec = spec.replace('node.point["evidence"]', "")
    plain = sampling.build(tmp_path, spec=spec, like=sample)
    page = sampling.page_of(plain)
    assert page.problems == []
    assert "S' recovers" in page.text


def test_a_spec_without_measures(sample: sampling.Sample, tmp_path: Path) -> None:
    spec = sampling.SPEC[: sampling.SPEC.index("measure scores")]
    page = sampling.page_of(sampling.build(tmp_path, spec=spec, like=sample))
    assert page.problems == []
    assert "The spec measures nothing." in page.text


def test_the_run_folder_is_enough(sample: sampling.Sample, tmp_path: Path) -> None:
    run = sampling.run_record(sample)
    sampling.write_run(tmp_path / "run", sample, run)
    write_report(tmp_path / "run", sample.store, tmp_path / "report.html")
    written = (tmp_path / "report.html").read_text("utf-8")
    assert written == render_report(run, sample.graph, sample.nodes, sample.store)
    (tmp_path / "run" / "nodes.json").unlink()
    write_report(tmp_path / "run", sample.store, tmp_path / "report.html")
    assert "192 of 192 nodes" in (tmp_path / "report.html").read_text("utf-8")


def test_the_same_run_gives_the_same_page(page: Page, finished: sampling.Sample) -> None:
    assert sampling.page_of(finished).html == page.html


def test_a_second_report_compiles_no_template(
    page: Page, finished: sampling.Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks where a site of many reports reads the same templates again for each."""
    compiled: list[str] = []
    monkeypatch.setattr(
        jinja2.Environment, "_parse", lambda _, source, *names: compiled.append(names[0])
    )
    assert sampling.page_of(finished).html == page.html
    assert compiled == []
