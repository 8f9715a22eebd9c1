"""The ``train`` record: every setting of a training, visible and overridable, with presets."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import Count, Fraction, Neutral, NonNegative, Positive, Record
from w2sdl_runtime.variants.schedules import Linear, Schedule

#: What a row that is too long loses: see `learning.tokens.encode`.
Truncation = Literal["context", "left", "right"]

_COSINE = {"variant": "cosine", "floor": 0.0}
_TWO_OUTPUTS = 2.0  #: the rate of one logit that moves as the difference of two does under Adam

_EPOCHS_OF = (
    "offered: as many whole passes over the rows that are kept as fit into the steps that `epochs` "
    "over all rows would take (Liu & Alahi 2024)"
)
_MICRO = "rows that a network reads at once, where a batch is too large for the memory"
_MULTIPLE = "the head's rate, as a multiple of learning_rate"
_WARMUP = "below 1: share of all steps; else steps"
_ADAM = "adam: weight decay as L2"
_CLIP = "largest gradient norm; 0 switches clipping off"
_LENGTH = "tokens a row; longer ones are cut as truncation says"
_TRUNCATION = (
    "context: the end of the context goes, then the start of the prompt; left, right: that end"
)
_PRECISION = "autocast; fp16_mixed needs a GPU, bf16_mixed is slow on a CPU below width 256"
_CHECKPOINTING = "activations are computed again on the way back: less memory, a third more work"
_DROPOUT = "wherever the model has dropout, and before the head"


class Train(Record):
    """Settings of one training. The defaults are the preset ``tiny``.

    The presets of peers are the settings that their code has by default (openai/weak-to-strong
    ``train_simple.py``, EleutherAI/w2s), or that Burns et al. 2023 state (``probe2023``, linear
    probing, for models with ``tune: linear_probe()``); a field given beside a preset wins. Their heads
    have two outputs and ours has one: Adam moves both by the rate, in opposite directions, so their
    difference, which is our one logit, moves twice as fast. Hence ``head_rate`` is 2. For
    ``reward()``, which has one output there too, write ``head_rate: 1``.

    What they don't reproduce: the head's bias, which peers' heads lack. Of ``openai2024``: one order
    of the rows for all epochs, the last rows that fill no batch left out, rows too long left out
    (here they are cut), Adafactor for the largest model. Of ``eleuther2024``: a head that starts at a
    hundredth of its usual draw (ours at zero) and has weight decay, and the weights kept that have
    the best AUROC on validation (``stop: agreeing()`` comes near, by agreement), rows cut at the
    tokenizer's length.
    """

    epochs: Count = Field(default=2, description="passes over the rows; see epochs_of")
    batch: Count = Field(default=32, description="rows a step; losses see all of them at once")
    epochs_of: Literal["kept", "offered"] = Field(default="kept", description=_EPOCHS_OF)
    micro_batch: Annotated[Count | None, Neutral("batch")] = Field(default=None, description=_MICRO)
    learning_rate: Positive = Field(default=3e-4, description="peak rate of the body")
    head_rate: Positive = Field(default=5.0, description=_MULTIPLE)
    schedule: Schedule = Field(default=Linear(), description="decay after the warm-up")
    warmup: NonNegative = Field(default=0.06, description=_WARMUP)
    optimizer: Literal["adamw", "adam"] = Field(default="adamw", description=_ADAM)
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    weight_decay: NonNegative = Field(default=0.0, description="of the body; the head has none")
    clip: NonNegative = Field(default=1.0, description=_CLIP)
    max_length: Count = Field(default=256, description=_LENGTH)
    truncation: Truncation = Field(default="context", description=_TRUNCATION)
    precision: Literal["float32", "bf16_mixed", "fp16_mixed"] = Field(
        default="float32", description=_PRECISION
    )
    gradient_checkpointing: Annotated[bool, Neutral()] = Field(
        default=False, description=_CHECKPOINTING
    )
    dropout: Fraction = Field(default=0.0, description=_DROPOUT)

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "tiny": {},
        # A small pretrained encoder (tens of millions of weights), a thousand rows or more.
        "encoder": {
            "epochs": 3,
            "learning_rate": 5e-5,
            "head_rate": 20.0,
            "warmup": 0.1,
            "weight_decay": 0.01,
        },
        # 1e-5 instead of 5e-5 from gpt2-large up. Why head_rate is 2 here and below: see above.
        "openai2024": {
            "epochs": 2,
            "batch": 32,
            "learning_rate": 5e-5,
            "head_rate": _TWO_OUTPUTS,
            "schedule": _COSINE,
            "warmup": 0.0,
            "optimizer": "adam",
            "clip": 0.0,
            "max_length": 1024,
        },
        # The rate of its strong model (its weak one has 5e-4); for tune: lora(rank: 8, alpha: 8).
        "eleuther2024": {
            "epochs": 3,
            "batch": 32,
            "learning_rate": 8e-5,
            "head_rate": _TWO_OUTPUTS,
            "schedule": _COSINE,
            "warmup": 40.0,
            "beta2": 0.95,
            "weight_decay": 0.1,
            "max_length": 1024,
        },
        # Probes on frozen bodies, in the paper itself: with tune: linear_probe(), head: linear() and
        # stop: agreeing(...). That the rate stays as it is and nothing is clipped is our design, and
        # so is reading "linear heads" as the paper's heads of two outputs.
        "probe2023": {
            "epochs": 200,
            "batch": 128,
            "learning_rate": 1e-3,
            "head_rate": _TWO_OUTPUTS,
            "schedule": {"variant": "constant"},
            "warmup": 0.0,
            "optimizer": "adam",
            "clip": 0.0,
            "max_length": 1024,
        },
    }

    @field_validator("schedule", mode="before")
    @classmethod
    def _schedule_from_json(cls, value: object) -> object:
        """Presets hold schedules in JSON form."""
        if not isinstance(value, dict):
            return value
        classes = {sub.variant_name: sub for sub in Schedule.__subclasses__()}
        fields = {key: item for key, item in value.items() if key != "variant"}
        return classes[value["variant"]](**fields)


def settings_of(train: Train) -> dict[str, Any]:
    """The settings in JSON form that decide a result, as far as it is not rounding."""
    return recorded(train) | {"micro_batch": None}


def recorded(train: Train) -> dict[str, Any]:
    """The settings as a result records them: those that can change a bit of it.

    ``truncation`` is left out where it is what it was before there was a choice, so that results of
    then and now are the same bytes.
    """
    settings: dict[str, Any] = to_json(train)
    del settings["gradient_checkpointing"]
    if settings["truncation"] == "context":
        del settings["truncation"]
    if settings["epochs_of"] == "kept":
        del settings["epochs_of"]
    return settings


def in_whole_passes(train: Train, kept: int, offered: int) -> Train:
    """The settings with their epochs counted in passes over the rows that are kept.

    With ``epochs_of: "offered"`` these are ``floor(epochs / r)``, r being the share of rows that is kept
    (Liu & Alahi 2024): about as many steps as without the drops.
    """
    if train.epochs_of == "kept":
        return train
    return train.model_copy(update={"epochs": train.epochs * offered // kept, "epochs_of": "kept"})
