from __future__ import annotations

import hashlib
import json

import pytest

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Corpus

SMALL = {"layers": 1, "width": 8, "steps": 5, "batch": 8}


def weights(model):
    return hashlib.sha256((model.folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_the_result_is_an_ordinary_transformers_folder(bench, tiny, architecture):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = bench.run(pretrain, tiny.corpus, architecture=architecture, seed=0, **SMALL)
    network = AutoModelForCausalLM.from_pretrained(model.folder)
    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    assert network.config.model_type == architecture
    assert network.config.tie_word_embeddings
    ids = tokenizer("The Lion lives", return_tensors="pt").input_ids
    assert tokenizer.convert_ids_to_tokens(ids[0].tolist()) == ["<s>", "the", "lion", "lives"]
    assert network(ids).logits.shape == (1, 4, model.facts["words"])


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_seed_decides_every_byte(bench, tiny, optimizer):
    def run(seed):
        return bench.run(pretrain, tiny.corpus, optimizer=optimizer, seed=seed, **SMALL)

    first = run(3)
    assert run(3).digest == first.digest
    assert weights(run(4)) != weights(first)


def test_it_learns_what_the_corpus_says(tiny):
    assert tiny.loss < 1.0  # a uniform guess among the words has 4.0
    assert tiny.model.facts["unknown_share"] == 0


def test_facts_name_nothing_of_this_machine(tiny):
    for name in ("artifact.json", "config.json", "tokenizer_config.json"):
        text = (tiny.model.folder / name).read_text()
        assert str(tiny.bench.root) not in text
        assert json.loads(text)


def test_words_beyond_the_vocabulary_are_counted(bench, tiny):
    model = bench.run(pretrain, tiny.corpus, vocabulary=20, seed=0, **SMALL)
    assert model.facts["words"] == 20
    assert 0.05 < model.facts["unknown_share"] < 0.5


def test_an_empty_corpus_can_not_be_trained_on(bench):
    with pytest.raises(PrerequisiteError, match="corpus is empty"):
        bench.run(pretrain, bench.keep(Corpus([" "])), layers=1, width=8, steps=1, seed=0)


def test_heads_that_do_not_fit_are_found_by_the_compiler():
    text = """
experiment heads
W = pretrain(text_file("a.txt", origin: "x"), layers: 1, width: 6, steps: 1)
"""
    (found,) = Compilation(Source("heads.w2s", text), load_signatures()).diagnostics
    assert "width 6 can't be divided among 2 heads of even size" in render_diagnostics([found])
