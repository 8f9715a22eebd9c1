"""Hypothesis strategies for designs: specs that compile, over the signatures of ``tests/lang/fake_ops.py``.

A design is a small weak-to-strong experiment with everything about it drawn: axes and what varies along
them, debates or none, an ensemble or none, which arguments are written and in what order, how many
measures, names, spelling of Φ and Ψ, order of declarations. It breaks no rule of validity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

_NAMES = (
    "W", "S", "W'", "S'", "T", "floor", "ceiling", "teacher", "student", "sup_1", "Ωmega", "β'",
    "a_rather_long_name_of_a_binding", "M0", "judge", "scores", "recovered", "agree", "qa", "sciq",
)  # fmt: skip


@dataclass
class _Design:
    """A design under construction: the declarations so far, and names to give."""

    draw: Any
    names: list[str]
    lines: list[str] = field(default_factory=list)

    def name(self) -> str:
        return self.names.pop()

    def maybe(self) -> bool:
        return bool(self.draw(st.booleans()))

    def pick(self, *options: str) -> str:
        return str(self.draw(st.sampled_from(options)))

    def number(self, least: int, most: int, step: int = 1) -> str:
        """A multiple of ``step``, spelled with or without underscores."""
        value = self.draw(st.integers(least, most)) * step
        return f"{value:_}" if self.maybe() else str(value)

    def call(self, op: str, edges: list[str], *named: str) -> str:
        """A call with its named arguments in any order; empty ones are left out."""
        arguments = self.draw(st.permutations([argument for argument in named if argument]))
        comma = "," if (edges or arguments) and self.maybe() else ""
        return f"{op}({', '.join([*edges, *arguments])}{comma})"

    def bind(self, value: str, role: str = "") -> str:
        name = self.name()
        self.lines.append(f"{role} {name} = {value}".strip())
        return name


@st.composite
def designs(draw: Any) -> str:
    """The text of a design, a declaration a line, in any order."""
    design = _Design(draw, list(draw(st.permutations(_NAMES))))
    seed = _seed_axis(design)
    member = _axis(design, "member", f"0..{draw(st.integers(0, 2))}")
    loss = _loss_axis(design)
    data = _data(design)
    models = [_model(design, data, role, seed) for role in ("weak", "strong")]
    _measures(design, data, *_trainings(design, data, models, seed, member, loss), seed)
    lines = draw(st.permutations(design.lines)) if design.maybe() else design.lines
    head = "experiment drawn" + (' "drawn, not meant"' if design.maybe() else "")
    return "\n".join([head, *lines]) + "\n"


def _axis(design: _Design, name: str, points: str) -> str:
    """An axis half of the time; "" if there is none."""
    if not design.maybe():
        return ""
    design.lines.append(f"axis {name} = {points}")
    return name


def _seed_axis(design: _Design) -> str:
    design.lines.append(f"axis seed = {design.pick('0..1', '[3, 5]', '[7]', '1_000..1_001')}")
    return "seed"


def _loss_axis(design: _Design) -> str:
    points = [
        "{plain: xent(), half: logconf(alpha: 50%)}",
        "[xent(), logconf(alpha: 0.25)]",
        "[logconf()]",
    ]
    return _axis(design, "loss", design.pick(*points))


def _data(design: _Design) -> str:
    parts = [f"{part}: {design.number(10, 20_000)}" for part in ("supervise", "transfer", "test")]
    world = f"world: {design.number(0, 9)}" if design.maybe() else ""
    return design.bind(
        design.call("science_qa", [], f"parts: {{{', '.join(parts)}}}", world), "data"
    )


def _model(design: _Design, data: str, role: str, seed: str) -> str:
    sizes = [f"{size}: {design.number(1, 1_000, 2)}" for size in ("layers", "width", "steps")]
    varies = f"seed: {seed}" if design.maybe() else ""
    value = design.call("pretrain", [f"corpus({data})"], *sizes, varies)
    return design.bind(value, role if design.maybe() else "")


def _trainings(
    design: _Design, data: str, models: list[str], seed: str, member: str, loss: str
) -> tuple[str, str, str, str]:
    """Floor, supervisor, student and ceiling."""
    weak, strong = models
    recipe = design.pick(
        "", f"train: {{epochs: {design.number(1, 9)}}}", "train: {preset: openai2024()}"
    )
    seeded = f"seed: {seed}"
    told = f"gold({data}.supervise)"
    floor = design.bind(design.call("finetune", [weak, told], recipe, seeded))
    teacher = floor
    if design.maybe():
        draws = f"seed: [seed, {member}]" if member else seeded
        shown = design.bind(
            design.call(design.pick("D", "debate"), [strong, strong, f"items({data})"],
                        design.pick("", "protocol: debate(turns: 5)", "protocol: none()"), draws)
        )  # fmt: skip
        facilitate = design.pick("Φ", "facilitate", "finetune")
        teacher = design.bind(
            design.call(
                facilitate, [weak, told], f"context: {shown}", "head: features()", recipe, draws
            )
        )
        if member:
            teacher = design.bind(f"ensemble({teacher}, over: {member})")
    align = design.pick("Ψ", "align", "finetune")
    varied = f"loss: {loss}" if loss else design.pick("", "loss: logconf(alpha: 10%)")
    labels = f"label({teacher}, {data}.transfer)"
    student = design.bind(design.call(align, [strong, labels], varied, recipe, seeded))
    ceiling = design.bind(design.call(align, [strong, f"gold({data}.transfer)"], recipe, seeded))
    return floor, teacher, student, ceiling


def _measures(
    design: _Design, data: str, floor: str, teacher: str, student: str, ceiling: str, seed: str
) -> None:
    scores = design.name()
    scored = f"accuracy({floor}, {student}, {ceiling})"
    design.lines.append(f"measure {scores} = {scored} on {data}.test")
    if design.maybe():
        arguments = [f"weak: {floor}", f"student: {student}", f"ceiling: {ceiling}"]
        value = design.call("pgr", [], *arguments, f"over: {seed}")
        design.lines.append(f"measure {design.name()} = {value} on {data}.test")
    if design.maybe():
        design.lines.append(
            f"measure {design.name()} = agreement({student}, {teacher}) on {data}.test"
        )
    if design.maybe():
        slack = design.pick("", " + 0.01", " - 1%")
        left, right = (f"mean({scores}[of: {of}], over: {seed})" for of in (ceiling, floor))
        design.lines.append(f"expect {design.name()}: {left} > {right}{slack}")
        at = design.pick("", " at 0.9", " at 99%")
        claim = design.pick(f"0.1 <= {right} < {left}", f"{left} == {right} within 2.5%")
        design.lines.append(f"expect {design.name()}{at}: {claim}")
    if design.maybe():
        design.lines.append(f"baseline of: {floor}")
