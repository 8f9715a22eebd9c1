"""A design in sentences: what each binding is, said of nodes that no role names."""

from __future__ import annotations

from pathlib import Path

from w2sdl.api import compile_file
from w2sdl.draw.design import design_of
from w2sdl.roles import find_roles
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.words import sentences
from w2sdl_runtime.storage.opening import open_store

SPECS = Path(__file__).parents[2] / "specs"


def test_probes_and_refined_labels_say_what_made_them(tmp_path: Path) -> None:
    """Breaks where a predictor of no model has no subject, or a refiner is left out."""
    graph = compile_file(SPECS / "eda.w2s").graph
    assert graph is not None
    nothing = Results(graph, {}, open_store(tmp_path))
    said = sentences(graph, design_of(graph), find_roles(graph), nothing)
    texts = {one.name: one.text for one in said}
    assert texts["before"].startswith("a probe of embed(S[domain: nlp], items(qa)")
    assert texts["before"].endswith("trained on the gold labels of qa.validation")
    assert texts["y"] == "Labels by weigh from label(told, qa.transfer)"
    assert texts["talk"] == "Corpus from pref"
