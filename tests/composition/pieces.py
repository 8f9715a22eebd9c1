"""What composes: everything that makes labels, changes them or learns from them, as lines of a spec.

``{y}`` is the labels that come in, ``{first}`` those that they were made of, ``{part}`` the part of them
all. An operation that gives or takes labels and stands in none of these tables fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Producer:
    """An expression that makes labels, and the part whose rows it labels."""

    text: str
    part: str


#: Data and models that all lines share. Nothing here has a role: the rules have tests of their own.
PRELUDE = """
experiment composition "What can stand behind what?"

data qa = table(
  "qa.csv", columns: {domain: "topic"}, format: multiple_choice(),
  parts: {own: 24, more: 24},
)
data pref = table("pairs.csv", format: pairs(), parts: {own: 16, more: 16})
data said = table("said.csv", format: completion(), parts: {own: 16, more: 16})

M = pretrain(text_file("words.txt", origin: "our own"), layers: 1, width: 16, steps: 20)

judges  = finetune(M, gold(qa.own))
prefers = finetune(M, gold(pref.own), head: reward(), loss: bce())
writes  = finetune(
  M, gold(said.own), head: lm(max_tokens: 2), loss: lm(), train: {epochs: 150, learning_rate: 2e-2},
)
states  = embed(M, items(qa, pref, said))
argued  = D(M, M, items(qa.more), debater: quoting())
"""

PRODUCERS = {
    "soft": Producer("label(judges, {part})", "qa.more"),
    "hard": Producer('label(judges, {part}, kind: "hard")', "qa.more"),
    "zero_shot": Producer("label(zero_shot(M), {part})", "qa.more"),
    "few_shot": Producer(
        'label(few_shot(M, gold(qa.own), shots: 2, calibrate: "none"), {part})', "qa.more"
    ),
    "ensemble": Producer("label(ensemble(judges, zero_shot(M)), {part})", "qa.more"),
    "judge": Producer("label(judge(M, context: argued), {part})", "qa.more"),
    "probe": Producer("label(probe(states, gold(qa.own)), {part})", "qa.more"),
    "bootstrap": Producer("label(bootstrap([M, M], label(judges, qa.own)), {part})", "qa.more"),
    "gold": Producer("gold({part})", "qa.more"),
    "file": Producer(
        'label_file({part}, "labels.csv", origin: human(), extra: "leave_out",'
        ' key: ["prompt", "candidate"])',
        "qa.more",
    ),
    "pairwise": Producer("label(prefers, {part})", "pref.more"),
    "gold pairs": Producer("gold({part})", "pref.more"),
    "written": Producer("label(writes, {part})", "said.more"),
    "sampled": Producer("sample(writes, {part}, n: 2, max_tokens: 3)", "said.more"),
    "rated": Producer("rate(sample(writes, {part}, n: 2, max_tokens: 3), by: judges)", "said.more"),
    "gold texts": Producer("gold({part})", "said.more"),
    "words": Producer('label(probe(states, gold(qa.own, field: "domain")), {part})', "qa.more"),
    "gold words": Producer('gold({part}, field: "domain")', "qa.more"),
}

#: One producer a kind of labels, for pairs that the producer makes no difference to.
KINDS = ("soft", "pairwise", "written")

REFINERS = {
    "weigh margin": "weigh({y}, by: {first}, how: margin())",
    "weigh backing": "weigh({y}, by: {first}, how: backing())",
    "concat": "concat({y}, {y})",
    "was_right": "was_right({y}, gold({part}))",
    "confidence": "confidence({y})",
    "select above": "select({y}, by: {first}, how: above(0.0))",
    "select confident": "select({y}, how: confident(0.5))",
    "select consistent": "select({y}, by: {first}, how: consistent(top: 1))",
    "clean filter": "clean({y}, near: states, probe: knn(k: 3), how: filter(share: 0.2))",
    "clean relabel": "clean({y}, near: states, probe: logistic(), how: relabel())",
    "only": "only({y}, block: 0, blocks: 1)",
    "assign": "assign({first}, {y}, {first}, how: mean())",
    "weigh reliability": "weigh({y}, by: votes({y}, {first}), how: reliability())",
    "select entropy": "select({y}, by: votes({y}, {first}), how: entropy())",
    "votes": "votes({y}, {first})",
    "smooth knn": "smooth({y}, states, how: knn(k: 3))",
    "smooth spread": "smooth({y}, states, how: spread(k: 3))",
    "subsample": "subsample({y}, rows: 8)",
    "retold": 'retold({y}, retell(items({part}), how: wording(template: "{{{{ prompt }}}}")))',
    "route": "route(by: {first}, then: {y}, otherwise: {first})",
    "corrupt": "corrupt(gold({part}), like: {y}, form: random_flips())",
}

LEARNERS = {
    "linear xent": "Ψ(M, {y})",
    "linear logconf": "Ψ(M, {y}, loss: logconf(alpha: 0.5, threshold: median(), warmup: linear(0.2)))",
    "likelihood product": "Ψ(M, {y}, head: likelihood(), loss: product())",
    "features": "Ψ(M, {y}, head: features(), context: argued)",
    "linear entropy": "Ψ(M, {y}, loss: entropy())",
    "linear window": "Ψ(M, {y}, loss: window(r: 0.15))",
    "linear kl": "Ψ(M, {y}, loss: kl())",
    "stopped": "Ψ(M, {y}, stop: agreeing(label(judges, qa.own)))",
    "reward bce": "Ψ(M, {y}, head: reward(), loss: bce())",
    "reward conflict": "Ψ(M, {y}, head: reward(), loss: conflict(gold({part})))",
    "dpo": "Ψ(M, {y}, head: dpo(), loss: bce())",
    "simpo": "Ψ(M, {y}, head: simpo(), loss: bce(margin: 1.0))",
    "lm": "Ψ(M, {y}, head: lm(max_tokens: 2), loss: lm())",
    "bootstrap": "bootstrap([M, M], {y}, pools: [{part}])",
    "probe": "probe(states, {y})",
    # Of so few rows, labels may find none wrong, and examples are of both sorts.
    "few_shot": "few_shot(M, {y}, shots: 0)",
    "shown": 'show({y}, template: "{{{{ label }}}}")',
}

#: Producers whose kind of labels the files decide: what can't take them is told when it runs.
UNKNOWN_BEFORE = ("words", "gold words")

#: Pieces one behind the other of which the same is true: judgements of rows without candidates or debates.
LATE = {
    (made, learner)
    for made in ("was_right", "confidence", "rated")
    for learner in ("likelihood product", "features")
}
