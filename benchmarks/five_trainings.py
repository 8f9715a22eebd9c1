"""Five trainings of two tiny models (0.2M and 0.9M weights), labelling and 500-row evaluations, cold.

1,000 training rows of 23 tokens, 2 epochs, batch 32: the work of a weak-to-strong script's smallest
sweep (weak on gold, strong on gold, weak labels, and a student with each of two losses, twice weak).
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = """
experiment five_trainings "five trainings of two tiny models"
words = "words.txt"
data d = table("rows.jsonl", format: binary(text: "text", label: "label"),
               parts: {supervise: 1_000, transfer: 1_000, test: 500})
weak   W = pretrain(text_file(words, origin: "random words"), layers: 2, width: 64, steps: 1)
strong S = pretrain(text_file(words, origin: "random words"), layers: 2, width: 192, steps: 1)
floor   = finetune(W, gold(d.supervise))
y       = label(floor, d.transfer)
plain   = finetune(S, y)
sure    = finetune(S, y, loss: logconf())
ceiling = finetune(S, gold(d.transfer))
peer    = finetune(W, gold(d.transfer))
measure scores = accuracy(floor, peer, plain, sure, ceiling) on d.test
"""


def write_rows(folder: Path) -> None:
    rng = random.Random(0)
    words = [f"w{number}" for number in range(2_000)]
    rows = []
    for number in range(3_000):
        text = " ".join(rng.choice(words) for _ in range(22))
        rows.append(
            json.dumps({"text": f"{'good' if number % 2 else 'bad'} {text}", "label": number % 2})
        )
    (folder / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    known = ["good", "bad", *words]
    lines = [" ".join(known[i : i + 50]) for i in range(0, len(known), 50)]
    (folder / "words.txt").write_text("\n".join(lines))


def timed(command: list[str]) -> float:
    """Seconds of a whole command; its output is shown when it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start


def plain_script(folder: Path) -> float:
    """The same trainings with a plain script, one process after the other, as sweeps are run."""
    weak_labels = str(folder / "floor.transfer.npy")
    work = [
        ("64", "supervise", "gold", "floor"),
        ("64", "transfer", "gold", "peer"),
        ("192", "transfer", weak_labels, "plain"),
        ("192", "transfer", weak_labels, "sure"),  # its other loss costs the same
        ("192", "transfer", "gold", "ceiling"),
    ]
    script = [sys.executable, str(Path(__file__).with_name("plain_script.py")), str(folder)]
    return sum(timed([*script, *w[:3], str(folder / w[3])]) for w in work)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder)
        (folder / "five.w2s").write_text(SPEC, "utf-8")
        ours = timed([sys.executable, "-m", "w2sdl", "run", str(folder / "five.w2s")])
        again = timed([sys.executable, "-m", "w2sdl", "run", str(folder / "five.w2s")])
        theirs = plain_script(folder)
    print(f"w2sdl, cold     {ours:5.1f} s")
    print(f"w2sdl, re-run   {again:5.1f} s")
    print(f"plain script    {theirs:5.1f} s   ({theirs / ours:.1f} times the cold run)")


if __name__ == "__main__":
    main()
