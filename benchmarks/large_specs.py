"""Specs that expand to many nodes, by shape, and one of them as a Snakefile. Nobody will run them."""

from __future__ import annotations

_HEAD = """experiment large "a graph of {nodes:,} nodes"
data d = science_qa(parts: {{supervise: 10, transfer: 20, test: 10}})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 5)
"""
ARMS, MEMBERS = 10, 5


def seeds_for(nodes: int) -> int:
    """Each seed has 50 teachers, and for each of 10 arms their mean, its labels, a student, and what
    is measured of the mean and of the student: 120 nodes.
    """
    return max(1, round(nodes / 120))


def axes(nodes: int) -> str:
    """Seeds x arms x members, of which the members are averaged."""
    arms = ", ".join(f"{0.05 * arm:.2f}" for arm in range(ARMS))
    return f"""{_HEAD.format(nodes=nodes)}
axis seed   = 0..{seeds_for(nodes) - 1}
axis member = 0..{MEMBERS - 1}
axis arm    = [{arms}]
W'      = finetune(W, gold(d.supervise), loss: logconf(alpha: arm), seed: [seed, member])
teacher = ensemble(W', over: member)
S'      = finetune(S, label(teacher, d.transfer), loss: logconf(alpha: arm), seed: seed)
measure scores = accuracy(teacher, S') on d.test
"""


def deep(bindings: int) -> str:
    """Each student teaches the next: 2 nodes a binding, one after the other."""
    lines = [_HEAD.format(nodes=2 * bindings), "S0 = finetune(W, gold(d.supervise))"]
    lines += [
        f"S{level} = finetune(S, label(S{level - 1}, d.transfer))" for level in range(1, bindings)
    ]
    return "\n".join([*lines, f"measure a = accuracy(S{bindings - 1}) on d.test\n"])


def wide(bindings: int) -> str:
    """Students side by side: one node a binding."""
    lines = [_HEAD.format(nodes=bindings)]
    lines += [f"S{n} = finetune(S, gold(d.supervise), seed: {n})" for n in range(bindings)]
    return "\n".join([*lines, f"measure a = accuracy(S{bindings - 1}) on d.test\n"])


SHAPES = {"axes": axes, "deep": deep, "wide": wide}

_RULE = """
rule {name}:
    input: {inputs}
    output: "out/{name}{at}"
    shell: "true"
"""
_SEED, _MEMBER = ".{seed}.{arm}", ".{seed}.{arm}.{member}"


def snakefile(nodes: int) -> str:
    """The jobs and edges of `axes`: a rule for each operation on a name, files named by wildcards."""

    def rule(name: str, *inputs: str, at: str = "") -> str:
        return _RULE.format(name=name, at=at, inputs=", ".join(inputs))

    def file(name: str, at: str = "") -> str:
        return f'"out/{name}{at}"'

    members = f'expand("out/weak{_SEED}.{{member}}", member=range({MEMBERS}), allow_missing=True)'
    scores = [
        f'expand("out/score_{of}{_SEED}", seed=range({seeds_for(nodes)}), arm=range({ARMS}))'
        for of in ("teacher", "student")
    ]
    measured = [
        rule(f"tested_{of}", file(of, _SEED), file("test_items"), at=_SEED)
        + rule(f"score_{of}", file(f"tested_{of}", _SEED), file("test_gold"), at=_SEED)
        for of in ("teacher", "student")
    ]
    return "".join(
        [
            "rule all:\n    input: " + ", ".join(scores) + "\n",
            rule("data"),
            rule("corpus", file("data")),
            *(rule(part, file("data")) for part in ("supervise", "transfer", "test")),
            rule("W", file("corpus")),
            rule("S", file("corpus")),
            rule("gold", file("supervise")),
            rule("items", file("transfer")),
            rule("test_items", file("test")),
            rule("test_gold", file("test")),
            rule("weak", file("W"), file("gold"), at=_MEMBER),
            rule("teacher", members, at=_SEED),
            rule("labels", file("teacher", _SEED), file("items"), at=_SEED),
            rule("student", file("S"), file("labels", _SEED), at=_SEED),
            *measured,
        ]
    )
