"""Specs whose models answer over HTTP: refused where numbers are wanted, run, and reused at another URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import w2sdl
from tests.endpoint import Reply, Served, chat, serving
from w2sdl.cli import run_cli

START = """experiment remote
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 12})
weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 5)
A = api("https://api.example.org/v1", model: "m")
T = D(A, A, items(qa.test), debater: generative(), protocol: debate(turns: 2, quotes: 0))
"""
NUMBERS = "needs the numbers inside a network, and from api() only answers come back"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("f = finetune(A, gold(qa.supervise))", NUMBERS),
        ("e = embed(A, items(qa))", NUMBERS),
        ("z = zero_shot(A)", NUMBERS),
        ("f = few_shot(A, gold(qa.supervise))", NUMBERS),
        ("f = adapt(A, texts(items(qa.supervise)))", NUMBERS),
        ("J = judge(A, T)", "logprob() reads probabilities, and from api() only texts come back"),
        ("Q = D(A, W, items(qa.test))", "quoting() goes by a network's embeddings"),
        (
            "B = D(W, A, items(qa.test), debater: generative(best_of: 2), protocol: debate(quotes: 0))",
            "best_of: and critique: choose by log-odds",
        ),
        ("s = sample(A, items(qa.test), top_k: 5)", "top_k: is no setting of an OpenAI-compatible"),
        ('B = api("http://me:pass@example.org/v1", model: "m")', "a URL in a spec holds no login"),
    ],
)
def test_what_needs_a_network_is_refused_before_anything_runs(more: str, said: str) -> None:
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert said in found.title()


def test_what_writes_is_not() -> None:
    more = (
        "J = judge(A, T, how: vote(n: 2))\n"
        "K = judge(A, T, how: text())\n"
        "s = sample(A, items(qa.test), n: 2)\n"
        "X = D(W, A, items(qa.test), protocol: debate(quotes: 0), "
        "debater: generative(best_of: 2, preference: W))\n"
    )
    assert w2sdl.compile_text(START + more).diagnostics == ()


SPEC = """experiment remote
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 12})
A = api("URL", model: "m", parallel: 3)
T = D(A, A, items(qa.test), debater: generative(max_tokens: 9), protocol: debate(turns: 2, quotes: 0))
J = judge(A, T, how: vote(n: 2, max_tokens: 5))
measure scores = accuracy(J) on qa.test
"""


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the spec against a server: the exit code, and what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_API_KEY", "swordfish-0123456789")
    monkeypatch.delenv("W2SDL_API_KEYS", raising=False)

    def run(served: Served, *options: str, more: str = "") -> tuple[int, str]:
        monkeypatch.setenv("W2SDL_API_KEYS", "")
        (tmp_path / "remote.w2s").write_text(SPEC.replace("URL", served.url) + more)
        code = run_cli(["run", "remote.w2s", "--executor", "local", *options])
        return code, "".join(capsys.readouterr())

    return run


def speak(number: int, body: dict[str, Any]) -> Reply:
    asked = body["messages"][0]["content"]
    return chat("Answer: A" if "Which position" in asked else f"I hold so, {number}.")


def test_a_debate_and_its_judge_over_http(
    tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    """One request fails for good: the run says so, and goes on from there at another URL, with a key."""

    def broken(number: int, body: dict[str, Any]) -> Reply:
        return Reply(403, '{"error": "no"}') if number == 20 else speak(number, body)

    with serving(broken) as served:
        code, told = run(served)
    assert code == 1
    assert "refuses what it is asked: 403 Forbidden: no" in told
    assert "--api-key http://127.0.0.1" in told
    with serving(speak) as served:
        code, told = run(served, "--api-key", f"{served.url}=MY_API_KEY")
        assert code == 0, told
        keys = {one.headers.get("authorization") for one in served.asked}
    assert keys == {"Bearer swordfish-0123456789"}
    sent = [json.dumps(one.body) for one in served.asked]
    assert 12 * 4 - 22 <= len(sent) < 12 * 4 - 18, "what was answered before is not asked again"
    assert len(set(sent)) == len(sent)
    everything = b"".join(p.read_bytes() for p in (tmp_path / ".w2sdl").rglob("*") if p.is_file())
    assert b"swordfish" not in everything
    with serving(speak) as other:
        assert run(other)[0] == 0
    assert other.asked == []


def test_one_model_at_two_places_is_refused(run: Callable[..., tuple[int, str]]) -> None:
    more = 'B = api("http://127.0.0.1:9/v1", model: "m")\ns = sample(B, items(qa.test), n: 1)\n'
    with serving(speak) as served:
        code, told = run(served, more=more)
    assert code == 1
    assert "model `m` is asked at" in told
    assert served.asked == []
