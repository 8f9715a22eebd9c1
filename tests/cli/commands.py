"""Commands called in this process, and the smallest design that trains."""

from __future__ import annotations

import pytest

from w2sdl.cli import run_cli

SMALL = """
experiment small "a spec small enough for a test"
axis seed = 0..1
data d = science_qa(parts: {supervise: 80, transfer: 80, test: 80})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 4)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 4)
teacher = finetune(W, gold(d.supervise), head: likelihood(), seed: seed)
student = Ψ(S, label(teacher, d.transfer), head: likelihood(), seed: seed)
ceiling = Ψ(S, gold(d.transfer), head: likelihood(), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
"""


def w2sdl(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    capsys.readouterr()
    code = run_cli([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err
