"""Sizes of models by arithmetic: as transformers counts them, and as a plan compares them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from w2sdl.graph import Graph
from w2sdl.needs import Needs
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.backends.inventory import recalled, remember
from w2sdl_runtime.driver.memory import short_of
from w2sdl_runtime.driver.preflight import refusal, too_large
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.model_folders import check_folder
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.sizing.adapters import adapter_weights
from w2sdl_runtime.sizing.architectures import (
    UnknownArchitecture,
    architecture_of,
    known_families,
)
from w2sdl_runtime.sizing.fitting import nearest_fitting
from w2sdl_runtime.sizing.footprint import Load, footprint
from w2sdl_runtime.sizing.nodes import Loads
from w2sdl_runtime.sizing.roots import NotEstimated

GIB = 2**30
ENCODERS = ("bert", "roberta", "xlm-roberta", "distilbert", "deberta-v2", "modernbert")
SIZES = {"vocab_size": 101, "num_attention_heads": 4, "num_hidden_layers": 3}
OTHER: dict[str, dict[str, Any]] = {
    "gpt2": {"vocab_size": 101, "n_embd": 64, "n_inner": 96, "n_head": 4, "n_layer": 3},
    "distilbert": {"vocab_size": 101, "dim": 64, "hidden_dim": 96, "n_heads": 4, "n_layers": 3},
    "opt": {**SIZES, "hidden_size": 64, "ffn_dim": 96, "word_embed_proj_dim": 48},
    "deberta-v2": {
        **SIZES, "hidden_size": 64, "intermediate_size": 96, "relative_attention": True,
        "position_buckets": 32, "norm_rel_ebd": "layer_norm", "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"], "position_biased_input": False, "type_vocab_size": 0,
    },
}  # fmt: skip
USUAL = {**SIZES, "hidden_size": 64, "intermediate_size": 96, "pad_token_id": 1}
#: 7 billion weights, as Llama-2 has them.
SEVEN = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096,
    "intermediate_size": 11008, "num_attention_heads": 32, "num_hidden_layers": 32,
    "vocab_size": 32000, "max_position_embeddings": 4096, "tie_word_embeddings": False,
}  # fmt: skip


def config_of(family: str) -> Any:
    from transformers import AutoConfig

    sizes = OTHER.get(family, USUAL)
    if family in ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text"):
        sizes = {**sizes, "num_key_value_heads": 2, "head_dim": 24}
    return AutoConfig.for_model(family, **sizes)


@pytest.mark.parametrize("family", known_families())
def test_weights_are_counted_as_transformers_makes_them(family: str) -> None:
    import torch
    from transformers import AutoModel, AutoModelForCausalLM

    config = config_of(family)
    for causal in (False, True):
        if causal and family in ENCODERS:
            continue
        with torch.device("meta"):
            made = (AutoModelForCausalLM if causal else AutoModel).from_config(config)
        counted = architecture_of(json.loads(config.to_json_string()), causal)
        assert counted.parameters == sum(weight.numel() for weight in made.parameters())
        blocks = max(
            (part for part in made.modules() if isinstance(part, torch.nn.ModuleList)), key=len
        )
        assert counted.blocks == sum(weight.numel() for weight in blocks.parameters())


@pytest.mark.parametrize("family", known_families())
def test_adapters_are_counted_as_peft_makes_them(family: str) -> None:
    from peft import LoraConfig, inject_adapter_in_model
    from transformers import AutoModel, AutoModelForCausalLM

    causal = family not in ENCODERS
    config = config_of(family)
    if family == "opt":
        config.word_embed_proj_dim = config.hidden_size  # those of opt-350m have adapters as well
    of = architecture_of(json.loads(config.to_json_string()), causal)
    for on in ("all-linear", None):
        if on is None and family in (
            "distilbert",
            "gemma3_text",
            "qwen3",
            "modernbert",
            "xlm-roberta",
        ):
            continue  # peft chooses for some architectures only
        made = (AutoModelForCausalLM if causal else AutoModel).from_config(config)
        made.requires_grad_(False)
        inject_adapter_in_model(LoraConfig(r=4, target_modules=on), made)
        moving = sum(weight.numel() for weight in made.parameters() if weight.requires_grad)
        assert adapter_weights(of, 4, attention_only=on is None) == moving, on


def test_a_known_model_has_its_known_size() -> None:
    assert architecture_of(SEVEN, True).parameters == 6_738_415_616


def test_positions_that_are_counted_from_padding() -> None:
    roberta = {**config_of("roberta").to_dict(), "max_position_embeddings": 514, "pad_token_id": 1}
    assert architecture_of(roberta, False).positions == 512


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "mamba"}, "model type `mamba`"),
        ({}, "model type `?`"),
        ({"model_type": "llama", "hidden_size": 8}, "says nothing of 'num_attention_heads'"),
    ],
)
def test_what_has_no_formula_is_named(config: dict[str, Any], says: str) -> None:
    with pytest.raises(UnknownArchitecture) as found:
        architecture_of(config, True)
    assert says in str(found.value)


# -- nodes ---------------------------------------------------------------------------------------

SPEC = """experiment sizes
  "Sizes of models in a folder."

data qa = science_qa(parts: {supervise: 640, transfer: 64, test: 64})
strong S = model("own", TUNE)
teacher = finetune(S, gold(qa.supervise), train: {TRAIN}, NEEDS)
measure scores = accuracy(teacher) on qa.test
"""


def design(
    folder: Path, config: dict[str, Any], tune: str = "full()", train: str = "epochs: 2",
    needs: str = "seed: 0",
) -> Graph:  # fmt: skip
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / "config.json").write_text(json.dumps(config), "utf-8")
    (own / "vocab.txt").write_text("a\nb\n", "utf-8")
    text = SPEC.replace("TUNE", f"tune: {tune}").replace("TRAIN", train).replace("NEEDS", needs)
    graph = Compilation(Source("s.w2s", text), load_signatures()).graph
    assert graph is not None
    return graph


def load_of(graph: Graph, folder: Path, name: str = "teacher") -> Load:
    node = next(node for node in graph.nodes.values() if node.name == name)
    found = Loads(graph, folder).of(node)
    assert isinstance(found, Load)
    return found


def test_a_training_is_as_its_settings_say(tmp_path: Path) -> None:
    train = 'micro_batch: 4, max_length: 128, precision: "bf16_mixed", gradient_checkpointing: true'
    load = load_of(design(tmp_path, SEVEN, "lora(rank: 4)", train), tmp_path)
    assert (load.tuning, load.rank, load.rows, load.micro, load.length) == ("lora", 4, 32, 4, 128)
    assert load.mixed
    assert load.checkpointing
    assert load.steps == 2 * 20
    read = load_of(design(tmp_path, SEVEN), tmp_path, "label(teacher, qa.test)")
    assert (read.tuning, read.rows, read.length, read.steps) == ("read", 64, 256, 1)


def test_memory_of_a_training(tmp_path: Path) -> None:
    """16 bytes a weight in float32 with Adam; adapters have next to none of it."""
    full = footprint(load_of(design(tmp_path, SEVEN), tmp_path), on_gpu=True)
    weights = 6_738_415_616
    assert (full.weights, full.gradients) == (4 * weights, 4 * weights)
    assert full.optimizer == 8 * weights
    tokens = 32 * 256
    assert full.activations == pytest.approx(32 * tokens * 4 * (10 * 4096 + 4 * 11008), rel=0.01)
    assert full.flops == pytest.approx(40 * tokens * 6 * weights, rel=0.05)
    adapted = footprint(load_of(design(tmp_path, SEVEN, "lora()"), tmp_path), on_gpu=True)
    assert adapted.trained == 32 * 8 * (8 * 4096 + 3 * (4096 + 11008))  # as peft counts them
    assert adapted.peak - adapted.activations < (full.peak - full.activations) / 2


def test_each_setting_that_saves_memory_saves_some(tmp_path: Path) -> None:
    load = load_of(design(tmp_path, SEVEN), tmp_path)
    whole = footprint(load, on_gpu=True)
    for change in ({"micro": 4}, {"checkpointing": True}, {"shards": 4}, {"weight_bytes": 2}):
        assert footprint(replace(load, **change), on_gpu=True).peak < whole.peak
    assert footprint(replace(load, checkpointing=True), on_gpu=True).flops > (whole.flops or 0)


def test_operations_of_ones_own_may_call_their_parameters_as_ours(tmp_path: Path) -> None:
    """A plan must not fail on a `train` or a `head` that is something else."""
    graph = design(tmp_path, SEVEN)
    teacher = next(node for node in graph.nodes.values() if node.name == "teacher")
    loads = Loads(graph, tmp_path)
    for other in ({"train": "fast"}, {"train": {"epochs": 2}}):
        found = loads.of(replace(teacher, params={**teacher.params, **other}))
        assert isinstance(found, Load)
        assert found.tuning == "read"  # it wants a GPU and has a model
    foreign = {**teacher.params, "head": {"variant": "thinking"}}
    assert isinstance(loads.of(replace(teacher, params=foreign)), Load)


# -- what fits -----------------------------------------------------------------------------------


def gpu(gib: float) -> tuple[Resources, ...]:
    return (Resources(16, 1, 512 * GIB, gib * GIB, "A100"),)


def refused(graph: Graph, folder: Path, machines: tuple[Resources, ...]) -> PrerequisiteError:
    loads = Loads(graph, folder)
    lacks = [(n, too_large(n, machines, "auto", loads)) for n in graph.nodes.values()]
    found = [(node, lack) for node, lack in lacks if lack is not None]
    assert found
    return refusal(found, "auto")


@pytest.mark.parametrize(
    ("gib", "near"),
    [
        (120, "train.micro_batch: 4 fits"),
        (110, "train.micro_batch: 2 fits"),
        (48, "tune: lora() of the model, train.gradient_checkpointing: true fits"),
        (20, 'precision: "bfloat16" of the model fits'),
        (4, "no setting of ours fits"),
    ],
)
def test_what_can_not_fit_is_refused_with_what_does(tmp_path: Path, gib: int, near: str) -> None:
    said = refused(design(tmp_path, SEVEN), tmp_path, gpu(gib))
    assert "teacher needs about 1" in said.message
    assert "of GPU memory (6.74 billion weights: 25.1GiB, gradients 25.1GiB" in said.message
    assert f"the largest GPU has {gib}GiB" in said.message
    assert near in said.message
    assert "needs: {gpu_mem: ...}` is believed" in said.help


def test_the_nearest_setting_does_fit(tmp_path: Path) -> None:
    """Breaks where the message names a setting that would be refused again."""
    load = load_of(design(tmp_path, SEVEN), tmp_path)
    for gib in range(14, 200, 3):
        near = nearest_fitting(load, gib * GIB, on_gpu=True)
        assert near is not None
        assert near[1].peak <= gib * GIB


def test_what_fits_or_is_stated_is_not_refused(tmp_path: Path) -> None:
    graph = design(tmp_path, SEVEN)
    teacher = next(node for node in graph.nodes.values() if node.name == "teacher")
    loads = Loads(graph, tmp_path)
    assert too_large(teacher, gpu(180), "auto", loads) is None
    assert too_large(teacher, gpu(48), "auto", loads) is not None
    stated = replace(teacher, needs=Needs(gpu_mem=40 * GIB))
    assert too_large(stated, gpu(48), "auto", loads) is None
    said = short_of(stated, footprint(load_of(graph, tmp_path), on_gpu=True))
    assert said.startswith(
        "`teacher` asks for 40GiB (`needs: {gpu_mem: ...}`), and is estimated at 1"
    )
    unknown = (Resources(16, 1, 0, 0, ""),)
    assert too_large(teacher, unknown, "auto", loads) is None


def test_half_precision_without_a_gpu(tmp_path: Path) -> None:
    graph = design(tmp_path, SEVEN, train='precision: "fp16_mixed"')
    said = refused(graph, tmp_path, (Resources(16, 0, 4096 * GIB),))
    assert "asks for a GPU (precision: fp16_mixed needs a GPU" in said.message


# -- folders and repositories --------------------------------------------------------------------


def test_a_repository_that_is_not_here_is_not_estimated(tmp_path: Path) -> None:
    graph = design(tmp_path, SEVEN)
    (tmp_path / "own" / "config.json").unlink()
    (tmp_path / "own" / "vocab.txt").unlink()
    (tmp_path / "own").rmdir()
    teacher = next(node for node in graph.nodes.values() if node.name == "teacher")
    found = Loads(graph, tmp_path).of(teacher)
    assert found == NotEstimated("not estimated: the configuration of own is not on this machine")
    assert too_large(teacher, gpu(1), "auto", Loads(graph, tmp_path)) is None


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda own: (own / "vocab.txt").unlink(), "has no tokenizer"),
        (lambda own: (own / "config.json").unlink(), "has no config.json"),
        (lambda own: (own / "config.json").write_text("{"), "config.json can't be read"),
        (
            lambda own: (own / "vocab.txt").write_text("a\n" * 32001),
            "its tokenizer has ids up to 32,000, and the model embeds 32,000 words",
        ),
        (
            lambda own: (own / "tokenizer.json").write_text(
                json.dumps({"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 32000}]})
            ),
            "its tokenizer has ids up to 32,000",
        ),
    ],
)
def test_a_folder_that_lacks_something_is_told_of_before_a_run(
    tmp_path: Path, spoil: Any, says: str
) -> None:
    graph = design(tmp_path, SEVEN)
    loads = Loads(graph, tmp_path)
    for node in graph.nodes.values():
        loads.check_folder_of(node)
    spoil(tmp_path / "own")
    named = next(node for node in graph.nodes.values() if node.op == "model")
    with pytest.raises(PrerequisiteError, match=says):
        loads.check_folder_of(named)


def test_a_word_may_look_like_the_end_of_a_line(tmp_path: Path) -> None:
    """As in multilingual vocabularies."""
    design(tmp_path, {**SEVEN, "vocab_size": 4})
    (tmp_path / "own" / "vocab.txt").write_text("a\n\u2028\n\x85\nd\n", "utf-8")
    assert check_folder(tmp_path / "own", "own")["vocab_size"] == 4


def test_rows_longer_than_the_positions(tmp_path: Path) -> None:
    graph = design(tmp_path, {**SEVEN, "max_position_embeddings": 128})
    teacher = next(node for node in graph.nodes.values() if node.name == "teacher")
    assert Loads(graph, tmp_path).cut_short(teacher) == (
        "`teacher` asks for rows of 256 tokens, and its model has positions for 128: "
        "longer rows are cut to that"
    )


def test_machines_are_remembered_by_cluster(tmp_path: Path) -> None:
    assert recalled(tmp_path, "10.0.0.1:6379") == ("", ())
    remember(tmp_path / "new", "10.0.0.1:6379", gpu(40))
    remember(tmp_path / "new", "10.0.0.2:6379", gpu(80))
    seen, machines = recalled(tmp_path / "new", "10.0.0.1:6379")
    assert seen.endswith("UTC")
    assert machines == gpu(40)
