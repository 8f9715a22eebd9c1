"""What has no declaration of its own: the steps of a chain, and what an axis chooses."""

from __future__ import annotations

import pytest
from marked import BASE, analyse, at, with_mark

from w2sdl.lsp.completion import complete
from w2sdl.lsp.hover import hover
from w2sdl.lsp.navigation import definition, references
from w2sdl.lsp.rename import RenameRefused, rename
from w2sdl.source import Span

TEXT = (
    BASE.split("profile small")[0]
    + """
data e = science_qa(parts: {supervise: 11, transfer: 21, test: 10}, draw: 1)
axis domain = {one: {data: d, rate: 1e-3}, two: {data: e, rate: 1e-4}}
task  = domain.data
floor = finetune(W, gold(task.supervise), train: {learning_rate: domain.rate}, seed: seed)
C     = bootstrap([W, S], label(floor, task.transfer), seed: seed)
named = bootstrap(models: [W, W, S], labels: label(floor, task.transfer))
again = Ψ(S[gap: near], C[domain: one].labels1, seed: seed)
measure steps = accuracy(C, C.step1, named.step2) on d.test
"""
)


def said(needle: str, inside: int) -> str:
    found = hover(*at(TEXT, needle, inside))
    assert found is not None
    return found.text


def test_the_text_has_no_mistake() -> None:
    assert [m.title() for m in analyse(TEXT).messages] == []


@pytest.mark.parametrize(
    ("needle", "inside", "pieces"),
    [
        ("C.step1", 3, ["**C.step1**: Predictor, for each", "a step of the chain `C`", "= finetune("]),
        ("].labels1", 3, ["**C.labels1**: Labels", "C.labels1 = label(predictor: C.step1"]),
        ("named.step2", 8, ["**named.step2**: Predictor", "labels: named.labels1"]),
        ("C     =", 0, ["Finetune models one after another"]),
        ("task.supervise", 6, ["**part supervise** of `d`: 10", "chosen by `domain`; this is"]),
        ("domain.rate", 8, ["- `one`: `0.001`", "- `two`: `0.0001`"]),
        ("d.transfer", 3, ["**part transfer** of `d`: 20"]),
    ],
)  # fmt: skip
def test_a_hover_says_what_it_is(needle: str, inside: int, pieces: list[str]) -> None:
    shown = said(needle, inside)
    for piece in pieces:
        assert piece in shown
    if needle == "d.transfer":
        assert "first point" not in shown


def test_a_step_leads_to_the_call_that_it_is_made_of() -> None:
    analysis, offset = at(TEXT, "C.step1", 3)
    place = definition(analysis, offset)
    assert isinstance(place, Span)
    assert TEXT[place.start :].startswith("C     = bootstrap(")
    assert references(analysis, offset, (), True)


def test_a_step_has_no_name_to_change_and_its_chain_has() -> None:
    with pytest.raises(RenameRefused, match="`step1` is a step of a chain"):
        rename(*at(TEXT, "C.step1", 3), "first")
    ((_, places),) = rename(*at(TEXT, "C     ="), "chain").items()
    assert len(places) == 4


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("x = label(C.‸, d.test)", ["labels1", "step1"]),
        ("x = label(named.‸, d.test)", ["labels1", "labels2", "step1", "step2"]),
        ("x = gold(task.‸)", ["supervise", "test", "transfer"]),
    ],
)
def test_completion_offers_what_stands_behind_the_dot(written: str, offered: list[str]) -> None:
    text, offset = with_mark(f"{TEXT}{written}\n")
    assert [c.label for c in complete(analyse(text), offset).candidates] == offered


def test_a_profile_can_not_set_a_step() -> None:
    text, offset = with_mark(TEXT + "profile p {\n  C.‸\n}\n")
    labels = [c.label for c in complete(analyse(text), offset).candidates]
    assert "step1" not in labels
    assert "seed" in labels
