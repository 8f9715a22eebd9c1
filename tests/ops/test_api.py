"""`api` and `api_scorer` against a real server on loopback: what fails, what is kept, what is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from workbench import Workbench, make_items

from tests.endpoint import Reply, Script, Served, chat, echo, serving
from w2sdl_runtime.endpoints import addresses
from w2sdl_runtime.endpoints.addresses import Endpoint, key_for, key_names, url_problem
from w2sdl_runtime.endpoints.client import retry_after
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.tokens import Text
from w2sdl_runtime.learning.writers import open_writer
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.ops.api import api
from w2sdl_runtime.ops.sample import sample
from w2sdl_runtime.partials import Partials
from w2sdl_runtime.values import Items, Model

QUICK: dict[str, Any] = {"first_pause": 0.01, "tries": 4, "patience": 5.0}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def context(bench: Workbench, served: Served, **settings: Any) -> Context:
    """A node's context in a run whose spec names the server, with a store that keeps answers."""
    ctx = bench.context("sample")
    own = {"url": served.url, **QUICK, **settings}
    kept = Partials(work=ctx.work, log=ctx.log, readings=bench.root / "readings")
    named = {"model `m`": own, "attribute `TOXICITY`": own}
    return replace(ctx, partials=kept, endpoints=named)


def written(
    ctx: Context,
    prompts: Sequence[str],
    how: Sampling = Sampling(8, 0.7, 0.9),  # noqa: B008 (frozen)
    form: str = "chat",
) -> list[tuple[str, bool]]:
    model = Model({"source": "api", "name": "m", "form": form, "reader": "api"})
    found = open_writer(model, how, ctx).write(
        [Text(prompt, "") for prompt in prompts],
        [(at + 1) << 32 for at in range(len(prompts))],
        "texts",
    )
    return [(one.text, one.ended) for one in found]


def in_turn(*replies: Reply) -> Script:
    """These replies, then echoes."""
    return lambda number, body: replies[number] if number < len(replies) else echo(number, body)


# -- what is sent, and what comes back ------------------------------------------------------------


def test_a_chat_is_asked_with_all_settings_and_no_key(bench: Workbench) -> None:
    with serving(echo) as served:
        assert written(context(bench, served), ["a", "b"]) == [("a / 1", True), ("b / 2", True)]
    assert sorted(one.body["seed"] for one in served.asked) == [1, 2]
    asked = served.asked[0]
    assert asked.path == "/v1/chat/completions"
    assert {**asked.body, "messages": 0, "seed": 0} == {
        "model": "m", "messages": 0, "max_tokens": 8, "temperature": 0.7, "top_p": 0.9, "seed": 0
    }  # fmt: skip
    assert "authorization" not in asked.headers
    assert any("may write other texts" in line for line in bench.logs)


def test_completions_and_texts_that_were_cut(bench: Workbench) -> None:
    said = Reply(body=json.dumps({"choices": [{"text": " and so ", "finish_reason": "length"}]}))
    with serving(lambda *_: said) as served:
        found = written(context(bench, served), ["a"], Sampling(3), form="completions")
    assert found == [("and so", False)]
    assert served.asked[0].path == "/v1/completions"
    assert served.asked[0].body == {
        "model": "m",
        "prompt": "a",
        "max_tokens": 3,
        "temperature": 0.0,
    }


def test_a_model_that_spent_all_tokens_on_thinking_wrote_nothing(bench: Workbench) -> None:
    with serving(lambda *_: chat(None, "length")) as served:
        assert written(context(bench, served), ["a"]) == [("", False)]


# -- failures ---------------------------------------------------------------------------------------

FAILURES = {
    "too many requests": Reply(429, '{"error": {"message": "slow down"}}'),
    "a fault of the server": Reply(500, "oh"),
    "a gateway": Reply(503, "<html>"),
    "garbage": Reply(body="this is no JSON"),
    "half a body": Reply(body=chat("whole").body, sends=20),
    "no body": Reply(body=chat("whole").body, sends=0),
    "no choices": Reply(body='{"choices": []}'),
    "a choice without a text": Reply(body='{"choices": [{"message": {}}]}'),
    "another form": Reply(body='["text"]'),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_another_try_may_mend_is_tried_again(bench: Workbench, what: str) -> None:
    with serving(in_turn(FAILURES[what])) as served:
        assert written(context(bench, served), ["a"]) == [("a / 1", True)]
    assert len(served.asked) == 2
    assert any(line.startswith("try 1 failed") for line in bench.logs)


def test_a_late_answer_counts_as_none(bench: Workbench) -> None:
    with serving(in_turn(Reply(after=0.6, body=chat("late").body))) as served:
        found = written(context(bench, served, patience=0.2), ["a"])
    assert found == [("a / 1", True)]


@pytest.mark.parametrize("what", ["garbage", "a fault of the server"])
def test_tries_end_with_what_was_said_last(bench: Workbench, what: str) -> None:
    with (
        serving(lambda *_: FAILURES[what]) as served,
        pytest.raises(PrerequisiteError, match="gave no answer in 4 tries") as failed,
    ):
        written(context(bench, served), ["a"])
    assert len(served.asked) == 4
    assert ("no JSON" if what == "garbage" else "500") in failed.value.message
    assert "all answers so far are kept" in failed.value.help


def test_nobody_there(bench: Workbench) -> None:
    with serving(echo) as served:
        pass
    with pytest.raises(PrerequisiteError, match=r"gave no answer in 4 tries: .*Connect"):
        written(context(bench, served), ["a"])


@pytest.mark.parametrize(
    ("status", "advice"),
    [(400, "look at the URL"), (404, "look at the URL"), (401, "--api-key http://")],
)
def test_a_refusal_is_told_at_once(bench: Workbench, status: int, advice: str) -> None:
    no = Reply(status, '{"error": {"message": "no such model"}}')
    with (
        serving(lambda *_: no) as served,
        pytest.raises(PrerequisiteError, match=f"{status} .*: no such model") as failed,
    ):
        written(context(bench, served), ["a"])
    assert len(served.asked) == 1
    assert advice in failed.value.help


def test_a_server_that_asks_for_patience_gets_it(bench: Workbench) -> None:
    with serving(in_turn(Reply(429, "{}", {"Retry-After": "0.4"}))) as served:
        written(context(bench, served, parallel=1), ["a"])
    assert served.asked[1].at - served.asked[0].at >= 0.4
    with (
        serving(lambda *_: Reply(429, "{}", {"Retry-After": "7200"})) as served,
        pytest.raises(PrerequisiteError, match="asks to wait 7,200 seconds"),
    ):
        written(context(bench, served), ["b"])


def test_everybody_waits_where_one_is_asked_to(bench: Workbench) -> None:
    """The third request is another thread's, and begins after the pause that the first was given."""

    def script(number: int, body: dict[str, Any]) -> Reply:
        if number == 0:
            return Reply(429, "{}", {"Retry-After": "0.5"})
        return replace(echo(number, body), after=0.15)

    with serving(script) as served:
        written(context(bench, served, parallel=2), ["a", "b", "c"])
    assert served.asked[2].at - served.asked[0].at >= 0.45


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("2.5") == 2.5
    assert retry_after("Fri, 31 Dec 2199 23:59:59 GMT") > 1e9
    assert (
        retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == retry_after("soon") == retry_after("") == 0
    )


# -- what is kept -----------------------------------------------------------------------------------


def test_a_later_failure_loses_no_answer(bench: Workbench) -> None:
    """Five are answered and one is refused; the next time one is asked, whatever the URL."""

    def some(number: int, body: dict[str, Any]) -> Reply:
        return Reply(400, "{}") if body["messages"][0]["content"] == "5" else echo(number, body)

    prompts = [str(at) for at in range(6)]
    with serving(some) as served, pytest.raises(PrerequisiteError, match="400"):
        written(context(bench, served, parallel=2), prompts)
    with serving(echo) as other:
        found = written(context(bench, other, parallel=2), prompts)
    assert [text for text, _ in found] == [f"{at} / {at + 1}" for at in range(6)]
    assert [one.body["messages"][0]["content"] for one in other.asked] == ["5"]
    assert served.url != other.url


def test_answers_under_way_are_kept_when_nobody_listens_any_more(bench: Workbench) -> None:
    """An attempt that runs out of time, or is interrupted, while requests are with the server."""

    class Stop(BaseException):
        """As the limit of a node's time is."""

    def stop(done: int, total: int, unit: str, **facts: Any) -> None:
        if done:
            raise Stop

    slow = lambda number, body: replace(echo(number, body), after=0.3 if number else 0.0)  # noqa: E731
    with serving(slow) as served:
        ctx = context(bench, served, parallel=3)
        with pytest.raises(Stop):
            written(replace(ctx, report=stop), ["0", "1", "2"])
        assert len(written(context(bench, served), ["0", "1", "2"])) == 3
    assert len(served.asked) == 3


def test_equal_requests_are_sent_once_and_other_settings_anew(bench: Workbench) -> None:
    with serving(echo) as served:
        ctx = context(bench, served)
        assert len(written(ctx, ["a", "a"], Sampling(8))) == 2
        assert len(served.asked) == 1
        written(ctx, ["a"], Sampling(9))
        written(ctx, ["a"], Sampling(8, 0.5))
        written(ctx, ["a"], Sampling(8))
    assert len(served.asked) == 3


# -- how fast ---------------------------------------------------------------------------------------


def test_so_many_at_once_and_no_more(bench: Workbench) -> None:
    with serving(lambda n, body: replace(echo(n, body), after=0.05)) as served:
        written(context(bench, served, parallel=3), [str(at) for at in range(12)])
    assert served.most_at_once == 3


def test_so_many_a_minute_and_no_more(bench: Workbench) -> None:
    with serving(echo) as served:
        written(context(bench, served, per_minute=600, parallel=4), [str(at) for at in range(5)])
    times = sorted(one.at for one in served.asked)
    assert times[-1] - times[0] >= 0.35  # four pauses of a tenth of a second


# -- keys -------------------------------------------------------------------------------------------


def test_a_key_goes_to_the_origin_that_it_is_for(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_API_KEY", "very-secret-1")
    monkeypatch.setenv("OTHER_API_KEY", "very-secret-2")
    with serving(echo) as served:
        origin = served.url.removesuffix("/v1")
        told = f"https://api.example.org=OTHER_API_KEY,{origin}=OWN_API_KEY"
        monkeypatch.setenv(addresses.KEYS, told)
        written(context(bench, served), ["a"])
        monkeypatch.setenv(addresses.KEYS, "https://api.example.org=OTHER_API_KEY")
        written(context(bench, served), ["b"])
    assert [one.headers.get("authorization") for one in served.asked] == [
        "Bearer very-secret-1",
        None,
    ]
    kept = b"".join(
        path.read_bytes() for path in (bench.root / "readings").rglob("*") if path.is_file()
    )
    assert b"very-secret" not in kept


def test_keys_that_would_be_lost_or_told_are_refused() -> None:
    own = {addresses.KEYS: "http://api.example.org=A_KEY", "A_KEY": "x" * 20}
    with pytest.raises(PrerequisiteError, match="unencrypted"):
        key_for(Endpoint("http://api.example.org/v1"), own)
    with pytest.raises(PrerequisiteError, match="A_KEY, which is not set"):
        key_for(Endpoint("http://api.example.org/v1"), {addresses.KEYS: own[addresses.KEYS]})
    with pytest.raises(PrerequisiteError, match="would not mask it"):
        key_names("https://api.example.org=HOME")
    with pytest.raises(PrerequisiteError, match="ORIGIN=VARIABLE"):
        key_names("api.example.org")
    assert key_names("https://A.example.org/v1=A_KEY") == {"https://a.example.org": "A_KEY"}


@pytest.mark.parametrize(
    "url",
    ["ftp://x/v1", "x", "https://", "https://me:word@x/v1", "https://x/v1?key=1", "http://[x"],
)
def test_urls_that_can_not_be_asked_or_hold_secrets(url: str) -> None:
    assert url_problem(url) is not None
    assert url_problem("https://api.example.org:8443/v1") is None


# -- in operations ----------------------------------------------------------------------------------


@pytest.fixture
def items(bench: Workbench) -> Items:
    return bench.keep(make_items([{"prompt": f"text {at}"} for at in range(3)]))


def test_samples_of_a_remote_model(bench: Workbench, items: Items) -> None:
    model = bench.run(api, "http://127.0.0.1:9/v1", model="m")
    assert "127" not in json.dumps(model.facts)
    with serving(echo) as served:
        labels = sample(context(bench, served), model, items, n=2, max_tokens=4)
    drawn = [json.loads(meta)["samples"] for meta in labels.table["meta"].to_pylist()]
    assert [len(set(row)) for row in drawn] == [2, 2, 2]
    assert drawn[0][0].startswith("text 0 / ")
    with pytest.raises(PrerequisiteError, match="has no setting top_k"):
        sample(context(bench, served), model, items, top_k=5)
