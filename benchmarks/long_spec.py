"""A valid spec of any number of lines, written as people write: blocks of an arm each, with comments."""

from __future__ import annotations

_HEAD = """experiment long_spec
  "Many arms of one design, to measure how long a long spec takes"

axis seed   = 0..1
axis member = 0..1
axis kind   = [none(), random_quotes(n: 2), debate(turns: 3, quotes: 2)]

data sciq = science_qa(parts: {supervise: 1_200, transfer: 1_400, validation: 400, test: 1_000})
recipe    = {epochs: 3, preset: tiny()}

weak   W = pretrain(corpus(sciq), layers: 1, width: 32, steps: 600, seed: seed)
strong S = pretrain(corpus(sciq), layers: 1, width: 64, steps: 700, seed: seed)
"""

_ARM = """
# Arm NN: as the arm before it, with another batch and a learning rate of its own.
T_NN = D(S, S, items(sciq), protocol: kind, debater: quoting(), seed: [seed, member])
W_NN' = Φ(W, gold(sciq.supervise), context: T_NN, head: features(), seed: [seed, member])
supervisor_NN = ensemble(W_NN', over: member)
S_NN'      = Ψ(S, label(supervisor_NN, sciq.transfer), head: likelihood(), loss: xent(),
               train: {batch: 16, learning_rate: NNe-5}, seed: seed)
ceiling_NN = Ψ(S, gold(sciq.transfer), head: likelihood(), train: recipe, seed: seed)
floor_NN   = finetune(W, gold(sciq.supervise), head: likelihood(), seed: seed)

measure scores_NN    = accuracy(floor_NN, zero_shot(S), supervisor_NN, S_NN', ceiling_NN) on sciq.test
measure recovered_NN = pgr(weak: floor_NN, student: S_NN', ceiling: ceiling_NN, over: seed) on sciq.test

expect helps_NN: mean(scores_NN[of: S_NN', kind: debate], over: seed)
               > mean(scores_NN[of: S_NN', kind: none], over: seed)
"""


def long_spec(lines: int) -> str:
    """A spec of at least ``lines`` lines, up to one arm more."""
    text, arm = _HEAD, 0
    while text.count("\n") < lines:
        arm += 1
        text += _ARM.replace("NN", str(arm))
    return text
