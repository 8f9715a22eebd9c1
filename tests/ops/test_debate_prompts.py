"""What a debater that writes is asked: by its protocol, its item and the data set of its spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_world import Tiny
from workbench import make_items

from w2sdl_runtime.debating.generation import Scene
from w2sdl_runtime.debating.speech import Case, Exchange, Turn
from w2sdl_runtime.debating.transcribing import cue_of
from w2sdl_runtime.learning.writing import compile_template
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.variants.debaters.generative import DEFAULT_TEMPLATE, REFINE, Generative
from w2sdl_runtime.variants.protocols import Protocol
from w2sdl_runtime.variants.protocols.consultancy import Consultancy
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.protocols.rounds import Simultaneous

PROMPTS = Path(__file__).parents[2] / "specs" / "prompts"
FLAWS, COUNTER = "List the flaws", "Write a counter-argument"
QUESTION = Case("i", "Q: what colour is it? A:", "blue", "red", "The sky is blue.", ())
WITH_PASSAGE = Case(
    "i", "Passage: The sky is blue.\nQuestion: is it", "", "", "The sky is blue.", ()
)
DIALOGUE = Case("i", "Human: hi Assistant: go away", "", "", "", ())
PAIR = Case("i", "Human: hi Assistant:", "hello", "go away", "", ())


def asked(case: Case, protocol: Protocol, template: str = DEFAULT_TEMPLATE) -> list[str]:
    """The prompt of every turn; what was said in turn n is ``said n``."""
    script, compiled = protocol.script(), compile_template(template)
    exchange, prompts = Exchange(case, first_correct=True), []
    for at, plan in enumerate(script):
        scene = Scene([exchange.seen(plan.sees)], cue_of(script, at))
        prompts.append(scene.prompt(compiled, 0))
        stance = exchange.stance(plan.speaker)
        exchange.turns.append(Turn(at + 1, plan.speaker, stance, f"said {at + 1}", ()))
    return prompts


def told(prompts: list[str]) -> list[str]:
    """What each prompt asks beside an argument."""
    marks = (FLAWS, COUNTER, "Add to what you have said")
    return [next((mark for mark in marks if mark in prompt), "") for prompt in prompts]


@pytest.mark.parametrize("template", [DEFAULT_TEMPLATE, REFINE])
def test_a_debater_answers_its_opponent_as_in_the_paper(template: str) -> None:
    prompts = asked(QUESTION, Debate(), template)
    assert told(prompts) == ["", FLAWS, COUNTER]
    assert "said 2" not in prompts[1]
    assert "debate with debater B on whether this answer is correct" in prompts[0]
    assert told(asked(QUESTION, Simultaneous(rounds=2), template)) == ["", "", COUNTER, COUNTER]


@pytest.mark.parametrize("template", [DEFAULT_TEMPLATE, REFINE])
def test_who_argues_alone_is_told_of_no_opponent(template: str) -> None:
    for protocol in (Consultancy(turns=3), Debate(turns=1)):
        prompts = asked(QUESTION, protocol, template)
        assert all("opponent" not in prompt and "debate with" not in prompt for prompt in prompts)
    assert told(asked(QUESTION, Consultancy(turns=3), template)) == [
        "",
        *["Add to what you have said"] * 2,
    ]


def test_a_passage_that_the_prompt_shows_stands_there_once() -> None:
    for case in (QUESTION, WITH_PASSAGE):
        assert all(p.count("The sky is blue.") == 1 for p in asked(case, Debate()))


@pytest.mark.parametrize(
    ("name", "case", "sides"),
    [
        ("sciq", QUESTION, ("correct", "incorrect")),
        ("boolq", WITH_PASSAGE, ("yes", "no")),
        ("hh_dialogue", DIALOGUE, ("liked better", "liked less")),
        ("hh_pair", PAIR, ("this reply", "the other")),
    ],
)
def test_a_spec_asks_about_what_its_rows_are(name: str, case: Case, sides: tuple[str, str]) -> None:
    template = (PROMPTS / f"{name}.j2").read_text("utf-8")
    prompts = asked(case, Debate(), template)
    assert told(prompts) == ["", FLAWS, COUNTER]
    ends = [prompt.splitlines()[-1] for prompt in prompts]
    assert ends == [f"Debater {d} ({sides[d == 'B']}):" for d in "ABA"]
    assert f"Debater A ({sides[0]}): said 1" in prompts[2]
    for prompt in prompts:
        assert prompt.count(case.prompt) == 1
        assert ("this answer" in prompt) == (name == "sciq")
        assert (case.rival in prompt) == (name == "hh_pair" or not case.rival)
        assert "\n\n\n" not in prompt
    alone = asked(case, Consultancy(turns=2), template)
    assert told(alone) == ["", ""]
    assert all("opponent" not in prompt and "debate" not in prompt for prompt in alone)


@pytest.mark.parametrize(
    ("candidate", "template", "said"),
    [("", DEFAULT_TEMPLATE, True), ("lives", DEFAULT_TEMPLATE, False), ("", "{{ prompt }}", False)],
)
def test_rows_without_an_answer_want_a_prompt_of_their_own(
    tiny: Tiny, candidate: str, template: str, said: bool
) -> None:
    rows = make_items([{"prompt": "the lion", "candidate": candidate}], "alone")
    tiny.bench.logs.clear()
    how = {
        "debater": Generative(template=template, max_tokens=2),
        "protocol": Debate(turns=1, quotes=0),
    }
    tiny.bench.run(debate, tiny.model, tiny.model, tiny.bench.keep(rows), seed=0, **how)
    assert said == any("template: says what is debated" in line for line in tiny.bench.logs)
