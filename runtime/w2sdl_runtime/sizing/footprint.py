"""Memory and work of one node, from the sizes of its network and the settings of its training.

At most: rows are taken to have ``max_length`` tokens. docs/models.md has the formulas in words, and
how far off they are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from w2sdl_runtime.sizing.activations import kept_bytes_a_layer, passing_bytes
from w2sdl_runtime.sizing.adapters import adapter_weights
from w2sdl_runtime.sizing.architectures import Architecture

Tuning = Literal["full", "lora", "linear_probe", "read"]

#: Python with torch and transformers, before any weight; on a GPU, what CUDA keeps for itself.
PROCESS = 450 * 2**20
CONTEXT = 600 * 2**20
#: A candidate is taken to have so many tokens, where its logits over the vocabulary are computed.
ANSWER = 4
_MOMENTS = 2  #: numbers that Adam remembers of each weight


@dataclass(frozen=True, slots=True)
class Load:
    """What a node does with a network."""

    network: Architecture
    tuning: Tuning
    rows: int  #: a step, all sides of all its items
    micro: int  #: of those, how many are read at once
    length: int  #: tokens of the longest row
    weight_bytes: int = 4  #: of each weight
    mixed: bool = False  #: under autocast
    checkpointing: bool = False
    rank: int = 0  #: of adapters
    attention_only: bool = False  #: adapters where peft puts them for the architecture
    sides: int = 1  #: rows of one item
    copies: int = 1  #: of the weights: one that the process keeps for the next node, one to train
    words: Literal["no", "candidate", "all"] = (
        "no"  #: where logits over the vocabulary are computed
    )
    steps: int | None = None  #: of the whole node, where the spec says it
    shards: int = 1  #: processes that hold a part of the blocks each

    @property
    def is_training(self) -> bool:
        """Whether anything but a head moves."""
        return self.tuning in ("full", "lora")

    @property
    def trained(self) -> int:
        """Weights that move, without the head's few."""
        if self.tuning == "full":
            return self.network.parameters
        if self.tuning == "lora":
            return adapter_weights(self.network, self.rank, attention_only=self.attention_only)
        return 0


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes at the worst moment, and floating-point operations."""

    model_type: str
    parameters: int
    trained: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    process: int
    step_flops: float  #: of a step, or of a batch that is read
    flops: float | None  #: of the whole node; None where the spec does not say how many steps
    on_gpu: bool
    load: Load

    @property
    def peak(self) -> int:
        """All of it at the worst moment.

        Activations go as gradients come, unless a step is made of several readings.
        """
        meets = self.load.micro < self.load.rows
        moving = (
            self.activations + self.gradients if meets else max(self.activations, self.gradients)
        )
        return self.process + self.weights + self.optimizer + moving

    def to_json(self) -> dict[str, Any]:
        """Plain data, with the peak; without the load."""
        record = asdict(self)
        del record["load"]
        return {**record, "peak": self.peak}


def footprint(load: Load, *, on_gpu: bool) -> Footprint:
    """What a node needs."""
    of, shards = load.network, load.shards
    here = of.parameters - of.blocks + of.blocks / shards
    trained = load.trained * here / of.parameters
    return Footprint(
        model_type=of.family,
        parameters=of.parameters,
        trained=load.trained,
        weights=int(here * load.weight_bytes * load.copies + _cast(load)),
        gradients=int(trained * load.weight_bytes),
        optimizer=int(trained * load.weight_bytes * _MOMENTS),
        activations=int(_activations(load)),
        process=CONTEXT if on_gpu else PROCESS,
        step_flops=_step_flops(load),
        flops=None if load.steps is None else _step_flops(load) * load.steps,
        on_gpu=on_gpu,
        load=load,
    )


def _cast(load: Load) -> float:
    """Autocast keeps matrices in half precision as well, for as long as a pass takes."""
    return 2.0 * load.network.matrices / load.shards if load.mixed and load.is_training else 0.0


def _activations(load: Load) -> float:
    of, at_once = load.network, min(load.micro, load.rows) * load.length
    at_once = -(-at_once // load.shards)
    words = _word_bytes(load, at_once)
    if not load.is_training:
        return at_once * passing_bytes(of, load.weight_bytes) + words
    a_layer = kept_bytes_a_layer(of, load.length, mixed=load.mixed, bytes_each=load.weight_bytes)
    inputs = of.layers * of.width * load.weight_bytes
    kept = inputs + a_layer if load.checkpointing else of.layers * a_layer
    return at_once * kept + words


def _word_bytes(load: Load, at_once: float) -> float:
    """Logits over the vocabulary: themselves, in float32, and once more for the way back."""
    if load.words == "no":
        return 0.0
    positions = at_once if load.words == "all" else at_once / load.length * min(ANSWER, load.length)
    return positions * load.network.vocabulary * 4 * (3 if load.is_training else 2)


def _step_flops(load: Load) -> float:
    """2 a weight and token forward; as much again for each gradient, and for what is read again."""
    of, tokens = load.network, load.rows * load.length
    attention = 4 * of.layers * load.length * of.query_width * (0.5 if of.causal else 1.0)
    share = {"no": 0.0, "candidate": min(ANSWER, load.length) / load.length, "all": 1.0}[load.words]
    words = share * of.vocabulary * of.width if of.causal else 0.0
    forward = tokens * (2 * (of.matrices + words) + attention)
    back = {"full": 2, "lora": 1}.get(load.tuning, 0)
    again = int(load.checkpointing) + int(load.micro < load.rows)
    return forward * (1 + back + (again if load.is_training else 0))
