"""Random graphs of operations that take no time, each a function of its seed."""

from __future__ import annotations

import random

from tests.runtime.tiny_graph import Builder

MODULES = ("tests.faults.fault_ops",)
#: Operation -> (its port, the kind it needs, the kind it gives).
_STEPS = {
    "fault_sum": ("parts", "metric", "metric"),
    "fault_sign": ("of", "metric", "metric"),
    "fault_long": ("of", "metric", "metric"),
    "fault_folder": ("of", "metric", "predictor"),
    "fault_reader": ("of", "predictor", "metric"),
    "fault_data": ("of", "metric", "data"),
    "fault_part": ("data", "data", "metric"),
}


def random_graph(seed: int) -> Builder:
    """Five to eleven nodes; those that may be inputs of later ones are drawn from all before."""
    draw = random.Random(seed)
    builder = Builder(MODULES)
    found: dict[str, list[str]] = {"metric": [], "predictor": [], "data": []}
    for tag in range(draw.randint(1, 2)):
        found["metric"].append(builder.add("fault_number", tag=tag))
    for tag in range(len(builder.nodes), draw.randint(5, 11)):
        possible = [name for name, (_, needs, _) in _STEPS.items() if found[needs]]
        op = draw.choice(possible)
        port, needs, gives = _STEPS[op]
        count = draw.randint(1, 3) if port == "parts" else 1
        parents = [draw.choice(found[needs][-4:]) for _ in range(count)]
        found[gives].append(builder.add(op, {port: parents}, tag=tag))
    return builder
