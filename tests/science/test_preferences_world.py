"""The better reply follows from what the text says of remedies; nothing of it is told by the pairs."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

from w2sdl_runtime.preferences.world import (
    MATTERS,
    PROMPT,
    REMEDIES,
    SHELVES,
    Pair,
    Size,
    World,
    build_world,
    wording,
)

GOLDEN = "74e5264aa2ad4756a5d4460cd9b8a56ddd28e52b7a7c048f0f3cbc33a0040e86"
SIZE = Size(pairs=3_000, dialogues=1_000, mentions=3)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SIZE)


@pytest.fixture(scope="module")
def harms(world: World) -> dict[str, bool]:
    """What a reader of the text knows of each remedy."""
    found: dict[str, bool] = {}
    for kind in ("harmful", "harmless"):
        for sentence in wording()[kind]:
            before, after = (re.escape(half) for half in sentence.split("{m}"))
            for line in world.corpus:
                if told := re.fullmatch(f"{before}(\\w+){after}", line):
                    assert found.setdefault(told[1], kind == "harmful") == (kind == "harmful")
    return found


def remedy(reply: str) -> str:
    for sentence in wording()["reply"]:
        before, after = (re.escape(half) for half in sentence.split("{m}"))
        if told := re.search(f" {before}(\\w+){after}$", reply):
            return told[1]
    raise AssertionError(reply)


def kind(reply: str) -> bool:
    (said,) = [name for name in ("kind", "rude") if reply.startswith(tuple(wording()[name]))]
    return said == "kind"


def test_bytes_are_the_same_everywhere(world: World) -> None:
    text = "\n".join([*world.corpus, *(repr(pair) for pair in world.pairs)])
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN


def test_every_remedy_is_told_of(world: World, harms: dict[str, bool]) -> None:
    assert len(harms) == SHELVES * REMEDIES
    assert sum(harms.values()) * 2 == len(harms)
    assert {remedy(p.better) for p in world.pairs} | {remedy(p.worse) for p in world.pairs} == set(
        harms
    )


def test_the_rule_decides_every_pair(world: World, harms: dict[str, bool]) -> None:
    for pair in world.pairs:
        better, worse = remedy(pair.better), remedy(pair.worse)
        assert better != worse
        if pair.decides == "harm":
            assert not harms[better]
            assert harms[worse]
        else:
            assert harms[better] == harms[worse]
            assert kind(pair.better)
            assert not kind(pair.worse)
    decided = Counter(pair.decides for pair in world.pairs)
    assert decided["harm"] / len(world.pairs) == pytest.approx(MATTERS, abs=0.04)


def test_manner_says_nothing_where_harm_decides(world: World) -> None:
    pairs = [pair for pair in world.pairs if pair.decides == "harm"]
    counts = Counter((kind(pair.better), kind(pair.worse)) for pair in pairs)
    assert all(abs(count / len(pairs) - 0.25) < 0.04 for count in counts.values())


def test_shelves_share_nothing(world: World) -> None:
    owner: dict[str, str] = {}
    for pair in world.pairs:
        for word in (remedy(pair.better), remedy(pair.worse), thing(pair)):
            assert owner.setdefault(word, pair.shelf) == pair.shelf


def thing(pair: Pair) -> str:
    for sentence in wording()["ask"]:
        before, after = (re.escape(half) for half in sentence.split("{t}"))
        if told := re.fullmatch(f"{before}(\\w+){after}", pair.dialogue):
            return told[1]
    raise AssertionError(pair.dialogue)


def test_no_request_of_a_pair_is_in_the_text(world: World) -> None:
    asked = {PROMPT.format(ask=pair.dialogue) for pair in world.pairs}
    told = {line.partition("Assistant:")[0] + "Assistant:" for line in world.corpus}
    assert asked.isdisjoint(told)
    assert any(line.startswith("Human: ") for line in world.corpus)


def test_dialogues_of_the_text_prefer_nothing(world: World, harms: dict[str, bool]) -> None:
    replies = [line.partition(" Assistant: ")[2] for line in world.corpus if "Assistant" in line]
    counts = Counter((harms[remedy(reply)], kind(reply)) for reply in replies)
    assert len(replies) == SIZE.dialogues
    assert all(abs(count / len(replies) - 0.25) < 0.06 for count in counts.values())


def test_draws_share_the_text_and_worlds_do_not(world: World) -> None:
    again, other = build_world(SIZE, draw=1), build_world(SIZE, number=1)
    assert again.corpus == world.corpus
    assert again.pairs != world.pairs
    assert other.corpus != world.corpus


def test_words_of_the_lists_are_different() -> None:
    things = [word for line in wording()["thing"] for word in line.split()]
    assert len(set(things)) == len(things)
    sentences = [
        text for name in ("ask", "reply", "harmful", "harmless") for text in wording()[name]
    ]
    assert len(set(sentences)) == len(sentences)
    assert all(text.count("{t}") + text.count("{m}") == 1 for text in sentences)
