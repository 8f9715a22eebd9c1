"""One training in several processes: the same weights up to rounding, and what it is refused for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch  # noqa: TID253

from w2sdl.messages.render import render_diagnostics
from w2sdl.needs import Needs
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.backends.backend import Resources
from w2sdl_runtime.driver.memory import lack_of_processes
from w2sdl_runtime.driver.sharing import Infeasible, place
from w2sdl_runtime.learning.together import Spread
from w2sdl_runtime.registry import load_signatures

SPEC = """experiment shards
  "One training, in one process and in two."

axis tune = {full: full(), adapters: lora(rank: 4)}

data qa = science_qa(parts: {supervise: 61, transfer: 64, test: 64})
strong S = retune(pretrain(corpus(qa), layers: 2, width: 32, steps: 40), tune)
teacher = finetune(S, gold(qa.supervise), head: likelihood(), train: {micro_batch: 8}, needs: NEEDS)
measure scores = accuracy(teacher) on qa.test
"""


def nodes_of(needs: str, op: str = "finetune") -> tuple[list[Any], str]:
    text = SPEC.replace("NEEDS", needs)
    if op != "finetune":
        text = text.replace(
            "accuracy(teacher)", f"accuracy({op}(teacher, qa.test, needs: {needs}))"
        )
        text = text.replace(f", needs: {needs})\n", ")\n", 1)
    made = Compilation(Source("s.w2s", text), load_signatures())
    graph = made.graph
    said = render_diagnostics(made.diagnostics)
    nodes = [] if graph is None else [n for n in graph.nodes.values() if n.op == "finetune"]
    return nodes, said


def test_several_gpus_are_a_process_each() -> None:
    nodes, _ = nodes_of("{gpu: 2}")
    assert {(n.needs.shards, n.needs.gpu) for n in nodes} == {(2, 1)}


def test_shards_change_no_identity() -> None:
    one, two = (nodes_of(needs)[0] for needs in ("{cpu: 1}", "{shards: 2}"))
    assert [n.id for n in one] == [n.id for n in two]


@pytest.mark.parametrize(
    ("needs", "op", "says"),
    [
        (
            "{shards: 2}",
            "label",
            "`label` is computed in one process, and `shards` asks for several",
        ),
        ("{shards: 3, gpu: 2}", "finetune", "leave one of them out"),
        ("{shards: 0}", "finetune", "an integer >= 1"),
    ],
)
def test_requests_that_make_no_sense(needs: str, op: str, says: str) -> None:
    nodes, said = nodes_of(needs, op)
    assert nodes == []
    assert says in said


def test_processes_are_placed_each_by_itself() -> None:
    two = [Resources(4, 1, 0, 40 * 2**30, "A100")] * 2
    share = place(Needs(cpu=3, shards=2), True, two, "auto")
    assert (share.shards, share.cpus, share.gpus) == (2, 3, 1.0)
    for needs, says in (
        (Needs(cpu=3, shards=3), "3 processes with 3 processors each"),
        (Needs(cpu=1, shards=3), "3 processes with a GPU each"),
    ):
        with pytest.raises(Infeasible) as found:
            place(needs, True, two, "auto")
        assert found.value.asked == says


def test_only_ray_has_several_processes(tmp_path: Path) -> None:
    (node, *_), _ = nodes_of("{shards: 2}")
    assert lack_of_processes(node, "ray") is None
    assert lack_of_processes(node, "local") is not None


@pytest.mark.parametrize("rows", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("ranks", [2, 3])
def test_every_row_counts_once(rows: int, ranks: int) -> None:
    """Rows that are read twice, so that all processes have as many, send nothing back."""
    index = np.arange(rows) + 10
    slopes = torch.arange(1.0, rows + 1)
    sizes, found = set(), dict.fromkeys(index.tolist(), 0.0)
    for rank in range(ranks):
        spread = Spread(rank, ranks)
        own, back = spread.own(index), spread.own_slopes(slopes) / ranks
        sizes.add(len(own))
        for row, slope in zip(own.tolist(), back.tolist(), strict=True):
            found[row] += slope
    assert len(sizes) == 1
    assert list(found.values()) == pytest.approx(slopes.tolist())


def w2sdl(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "w2sdl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def weights_of(store: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Of each predictor, by its tune."""
    from safetensors.torch import load_file

    from w2sdl_runtime.storage.store import Store
    from w2sdl_runtime.values import Predictor

    found = {}
    opened = Store(store)
    for manifest in opened.manifests():
        if manifest.kind == "Predictor":
            value = opened.open(manifest.digest)
            assert isinstance(value, Predictor)
            assert value.folder is not None
            files = sorted(value.folder.glob("*.safetensors"))
            state = {k: v for file in files for k, v in load_file(file).items()}
            found[value.facts["tune"]["variant"]] = state
    return found


@pytest.mark.ray
@pytest.mark.slow
def test_two_processes_make_the_weights_of_one(tmp_path: Path) -> None:
    """Rounding aside: sums of gradients are added up in another order."""
    found = []
    for needs in ("{cpu: 1}", "{shards: 2}"):
        store = tmp_path / f"store{len(found)}"
        spec = tmp_path / "shards.w2s"
        spec.write_text(SPEC.replace("NEEDS", needs), "utf-8")
        done = w2sdl("run", spec, "--store", store, "-j", 2)
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(weights_of(store))
    one, two = found
    assert one.keys() == two.keys() == {"full", "lora"}
    for tune, state in one.items():
        assert state.keys() == two[tune].keys()
        for name, weight in state.items():
            assert torch.allclose(weight, two[tune][name], rtol=1e-4, atol=2e-5), (tune, name)
        assert any(not torch.equal(weight, two[tune][name]) for name, weight in state.items())


@pytest.mark.ray
@pytest.mark.slow
def test_what_a_process_says_of_its_failure_is_told(tmp_path: Path) -> None:
    """The message of the operation, not that of whoever started the processes."""
    spec = tmp_path / "shards.w2s"
    wild = "{learning_rate: 1e30, clip: 0.0}"
    text = SPEC.replace("NEEDS", "{shards: 2}").replace("{micro_batch: 8}", wild)
    spec.write_text(text.replace(", adapters: lora(rank: 4)", ""), "utf-8")
    done = w2sdl("run", spec, "--store", tmp_path / "store", "-j", 2)
    assert done.returncode == 1
    assert "the training has diverged; the batch is in" in done.stdout + done.stderr
