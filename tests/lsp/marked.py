"""Texts with a mark where the cursor is."""

from __future__ import annotations

from pathlib import Path

from w2sdl.lsp.analysis import Analysis

ROOT = Path(__file__).parents[2]
SPECS = sorted([*ROOT.glob("specs/*.w2s"), *ROOT.glob("examples/*.w2s")])
#: specs that need nothing beside them: no operation of their own, and no library
PLAIN = [
    path
    for path in SPECS
    if "own_operation" not in path.name and "\nimport " not in path.read_text("utf-8")
]
MARK = "‸"

BASE = """experiment e "?"
axis seed = 0..1
# How the weak one is helped.
axis evidence = [none(), random_quotes(n: 2), debate(turns: 3)]
axis gap = {near: 32, far: 64}
recipe = {epochs: 3, preset: tiny()}
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5, seed: seed)
strong S = pretrain(corpus(d), layers: 1, width: gap, steps: 5, seed: seed)
T  = D(S, S, items(d), protocol: evidence, seed: seed)
W' = Φ(W, gold(d.supervise), context: T, train: recipe, seed: seed)
S' = Ψ(S, label(W', d.transfer), loss: xent(), seed: seed)
def hop(teacher, base) -> y, next {
  y    = label(teacher, d.transfer)
  next = Ψ(base, y, train: recipe, seed: seed)
}
one = hop(W', S)
measure scores = accuracy(W', S', one.next) on d.test
expect helps: mean(scores[of: S', evidence: debate, gap: near], over: seed) > 0.5
profile small {
  recipe.epochs = 1
  T.protocol = none()
  gap = {near: 16}
}
"""


def with_mark(text: str) -> tuple[str, int]:
    """A text without its mark, and where the mark stood."""
    offset = text.index(MARK)
    return text[:offset] + text[offset + 1 :], offset


def analyse(text: str) -> Analysis:
    return Analysis(text, ROOT / "examples" / "marked.w2s")


def at(text: str, needle: str, inside: int = 0, nth: int = 0) -> tuple[Analysis, int]:
    """An analysis, and the offset of the nth place that reads ``needle``."""
    offset = -1
    for _ in range(nth + 1):
        offset = text.index(needle, offset + 1)
    return analyse(text), offset + inside
