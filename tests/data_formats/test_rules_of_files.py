"""What files say of their makers, and folds of their rows, reaches the rules of validity."""

from __future__ import annotations

import pytest

from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

SPEC = """
experiment rules
data qa = science_qa(parts: {{supervise: 40, transfer: 40, test: 20}})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 2, width: 64, steps: 10)
{supervision}
floor   = finetune(W, gold(qa.supervise))
S'      = Ψ(S, y)
ceiling = Ψ(S, gold(qa.transfer))
measure recovered = pgr(weak: floor, student: S', ceiling: ceiling) on qa.test
"""
_JUDGE = 'label(predictor_folder("j", origin: human(){saw}), qa.transfer)'
_FILE = 'label_file(qa.transfer, "l.csv", origin: human(){saw})'
_NAIVE = "label(finetune(W, gold({rows})), qa.transfer)"
_MIXED = "label(finetune(W, concat(gold(folds(qa.transfer, k: 5)), gold({rows}))), {rows})"
_ADAPTED = "label(finetune(adapt(W, texts(items({rows}))), gold(qa.supervise)), qa.transfer)"


@pytest.mark.parametrize(
    ("y", "codes"),
    [
        (_JUDGE.format(saw=""), []),
        (_JUDGE.format(saw=", saw: gold(qa.supervise)"), []),
        (_JUDGE.format(saw=", saw: gold(qa.transfer)"), ["W2S0603"]),
        (_FILE.format(saw=""), []),
        (_FILE.format(saw=", saw: gold(qa.transfer)"), ["W2S0603"]),
        (_FILE.format(saw=", saw: gold(qa.test)"), ["W2S0602"]),
        (_NAIVE.format(rows="folds(qa.transfer, k: 5)"), []),
        (_NAIVE.format(rows="qa.transfer"), ["W2S0603"]),
        (_MIXED.format(rows="qa.supervise"), ["W2S0603"]),
        (_ADAPTED.format(rows="qa.supervise"), []),
        (_ADAPTED.format(rows="qa.test"), ["W2S0602"]),
    ],
)
def test_verdicts(y: str, codes: list[str]) -> None:
    text = SPEC.format(supervision=f"y = {y}")
    compiled = Compilation(Source("rules.w2s", text), load_signatures())
    assert [d.code for d in compiled.diagnostics if d.level == "error"] == codes
