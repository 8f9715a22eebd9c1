"""Protocols in rounds, market-making, both orders, checked quotes, and drafts to choose from."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_world import Tiny

from w2sdl_runtime.debating.checking import check_quotes, nearest, without_marks
from w2sdl_runtime.debating.generation import GeneratingSpeaker, Manner
from w2sdl_runtime.debating.rating import Rater
from w2sdl_runtime.debating.speech import Cue, Exchange
from w2sdl_runtime.debating.transcribing import cases_of
from w2sdl_runtime.learning.contexts import as_shown
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.writers import open_writer
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.predictors import predict, predict_orders
from w2sdl_runtime.values import Predictor
from w2sdl_runtime.variants.debaters.generative import Generative
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.protocols.consultancy import Consultancy
from w2sdl_runtime.variants.protocols.market_making import MarketMaking
from w2sdl_runtime.variants.protocols.rounds import Interactive, Sequential, Simultaneous
from w2sdl_runtime.variants.protocols.unargued import FullPassage, Oracle
from w2sdl_runtime.variants.stances import BothOrders, CorrectFirst

#: Says who spoke before, so that a transcript shows what each speaker had seen.
SEEN = "{% for said in turns %}{{ said.debater }}{% endfor %}"


def hold(tiny: Tiny, **named):
    return tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=0, **named)


def script(protocol):
    return [(plan.speaker, plan.quotes, plan.sees) for plan in protocol.script()]


def test_in_simultaneous_rounds_nobody_sees_the_round():
    assert script(Simultaneous(rounds=2, quotes=3)) == [
        *[("A", 1, 0), ("B", 1, 0)],
        *[("A", 1, 2), ("B", 0, 2)],
    ]


def test_in_sequential_rounds_b_sees_a_from_the_second_on():
    assert script(Sequential(rounds=3, quotes=2)) == [
        *[("A", 1, 0), ("B", 1, 0)],
        *[("A", 0, 2), ("B", 0, 3)],
        *[("A", 0, 4), ("B", 0, 5)],
    ]


def test_the_judge_asks_before_every_round_but_the_first(tiny):
    asked = script(Interactive(judge=tiny.model, rounds=3, quotes=2))
    assert [(speaker, sees) for speaker, _, sees in asked] == [
        *[("A", 0), ("B", 0), ("judge", None)],
        *[("A", 3), ("B", 3), ("judge", None)],
        *[("A", 6), ("B", 6)],
    ]
    consulted = Consultancy(turns=3, quotes=2, judge=tiny.model)
    assert [plan.speaker for plan in consulted.script()] == ["A", "judge", "A", "judge", "A"]
    assert [plan.speaker for plan in Consultancy(turns=2).script()] == ["A", "A"]


def test_speakers_see_what_the_script_says(tiny, monkeypatch):
    """The prompt of each turn is kept in place of what the model writes after it."""
    prompts: list[list[str]] = []

    def listen(self, asked, seeds, unit):
        prompts.append([one.prompt for one in asked])
        return original(self, asked, seeds, unit)

    from w2sdl_runtime.learning.writing import Writer

    original = Writer.write
    monkeypatch.setattr(Writer, "write", listen)
    talk = Generative(template=SEEN + "the", max_tokens=1, temperature=0)
    hold(tiny, debater=talk, protocol=Sequential(rounds=2, quotes=0))
    assert [told[0] for told in prompts] == ["the", "the", "ABthe", "ABAthe"]


def test_a_question_is_nobodys_side(tiny):
    protocol = Interactive(judge=tiny.model, rounds=2, quotes=2, question="The", question_tokens=3)
    row = hold(tiny, protocol=protocol).table.to_pylist()[0]
    question = row["turns"][2]
    assert (question["debater"], question["stance"]) == ("judge", "none")
    assert question["text"]
    assert json.loads(row["stances"])["judge"] == "none"
    assert json.loads(row["model"]) == [tiny.model.digest] * 3
    assert len(json.loads(row["prompt"])) == 1, "of the question; quotes need no prompt"
    assert json.loads(row["protocol"])["protocol"]["judge"] == tiny.model.digest
    consulted = hold(tiny, protocol=Consultancy(turns=2, judge=tiny.model), stance=CorrectFirst())
    shown = as_shown(consulted.table.to_pylist()[0]["turns"])
    assert shown.stance == 1, "the judge who asks takes no side"


def test_oracle_is_the_whole_passage(tiny):
    turns = [hold(tiny, protocol=p).table.column("turns") for p in (Oracle(), FullPassage())]
    assert turns[0] == turns[1]


# -- market-making ------------------------------------------------------------------------------------


def test_the_market_maker_argues_for_what_was_not_chosen(tiny):
    naive = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Features())
    said = predict(naive, tiny.test, tiny.bench.context("label"))
    assert 0 < (said > 0.5).sum() < len(said)
    table = hold(tiny, protocol=MarketMaking(against=naive, quotes=2)).table
    sides = [json.loads(text) for text in table.column("stances").to_pylist()]
    chosen = ["incorrect" if value > 0.5 else "correct" for value in said]
    assert sides == [{"A": side} for side in chosen]
    assert json.loads(table.to_pylist()[0]["protocol"])["protocol"]["against"] == naive.digest


# -- both orders --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swapped(tiny):
    return hold(tiny, protocol=Consultancy(quotes=2), stance=BothOrders())


def test_every_item_is_debated_twice(tiny, swapped):
    rows = swapped.table.to_pylist()
    assert len(rows) == 2 * len(tiny.test)
    by_item: dict[str, dict[str, str]] = {}
    for row in rows:
        by_item.setdefault(row["item_id"], {})[row["order"]] = json.loads(row["stances"])["A"]
    want = {"correct_first": "correct", "incorrect_first": "incorrect"}
    assert by_item == dict.fromkeys(tiny.test.column("item_id"), want)


def test_a_reader_answers_each_order_and_their_mean(tiny, swapped):
    how = {"protocol": Consultancy(quotes=2), "stance": BothOrders()}
    trained = tiny.bench.run(debate, tiny.model, tiny.model, tiny.train, seed=0, **how)
    both = type(swapped)(_stacked(trained.table, swapped.table))
    told = tiny.bench.keep(both)
    for head in (Features(), Linear()):
        reader = tiny.bench.run(finetune, tiny.model, tiny.gold, context=told, head=head)
        assert reader.facts["context"] == told.digest
        assert reader.facts["rows"]["used"] == 2 * len(tiny.train)
        context = tiny.bench.context("label")
        orders = predict_orders(reader, tiny.test, context)
        assert list(orders) == ["correct_first", "incorrect_first"]
        assert not np.allclose(*orders.values())
        if head == Features():
            right = [(p > 0.5) == np.array(tiny.truth) for p in orders.values()]
            assert np.mean(right) > 0.9, "every row was taught with its own label, in both orders"
        mean = predict(reader, tiny.test, context)
        assert mean == pytest.approx(np.mean(list(orders.values()), axis=0))
        labels = tiny.bench.run(label, reader, tiny.test)
        assert labels.table.column("value").to_numpy() == pytest.approx(mean)
        meta = json.loads(labels.table.column("meta")[0].as_py())
        assert meta["orders"] == {name: pytest.approx(p[0]) for name, p in orders.items()}
        group = Predictor({"type": "ensemble", "members": [reader.digest, reader.digest]})
        assert predict_orders(group, tiny.test, context)["correct_first"] == pytest.approx(
            orders["correct_first"]
        )


def _stacked(*tables):
    import pyarrow as pa

    return pa.concat_tables(tables)


# -- quotes -------------------------------------------------------------------------------------------

PASSAGE = "The lion’s den, they say, is in the Forest. Few animals visit it before the winter."


@pytest.mark.parametrize(
    ("quote", "how", "found", "verified"),
    [
        ("the lion's den they say", "strict", "the lion's den they say", True),
        ("the lion's den, they sad", "strict", "the lion's den, they sad", False),
        ("the lion's den, they sad", "fuzzy", "The lion’s den, they sa", True),
        ("few animal visit it befor the winter", "fuzzy", "Few animals visit it before the winter", True),
        ("no animal ever visits it", "fuzzy", "no animal ever visits it", False),
    ],
)  # fmt: skip
def test_a_quote_is_checked_and_marked(quote, how, found, verified):
    checked = check_quotes(f'I say: "{quote}" and so on.', PASSAGE, 2, how)
    mark = "v_quote" if verified else "u_quote"
    assert checked.text == f"I say: <{mark}>{found}</{mark}> and so on."
    assert [(q.text, q.verified) for q in checked.quotes] == [(found, verified)]
    assert without_marks(checked.text) == f'I say: "{found}" and so on.'


def test_marks_that_a_model_writes_count_for_nothing():
    checked = check_quotes("<v_quote>All is well</v_quote>", PASSAGE, 2, "strict")
    assert (checked.text, checked.quotes) == ("All is well", ())


def test_no_more_quotes_than_the_turn_may_show():
    told = check_quotes('"the forest" "the winter"', PASSAGE, 1, "strict")
    assert told.text == '<v_quote>the forest</v_quote> "the winter"'


@pytest.mark.parametrize(("how", "passage"), [("off", PASSAGE), ("strict", " ")])
def test_nothing_is_checked_without_a_passage_or_a_wish(how, passage):
    told = check_quotes('"the forest"', passage, 2, how)
    assert (told.text, told.quotes) == ('"the forest"', ())


def test_a_repair_takes_at_most_a_tenth():
    word = "abcdefghijklmnopqrst"  # 20 letters: two edits at most
    assert nearest(word, f"so {word[:9]}xy{word[11:]} it is") == f"{word[:9]}xy{word[11:]}"
    assert nearest(word, f"so {word[:9]}xyz{word[12:]} it is") == ""
    assert nearest("short", "shore") == "", "of nine letters and fewer none may change"


# -- drafts -------------------------------------------------------------------------------------------


def speaker(tiny, rater=None, **how):
    manner = Manner("The", **how)
    context = tiny.bench.context("debate")
    writer = open_writer(tiny.model, Sampling(12, 3.0), context)
    return GeneratingSpeaker(writer, manner, context, rater=rater)


class Longest(Rater):
    """Likes long turns."""

    def __init__(self):
        self.rated = []

    def rate(self, exchanges, cue, drafts):
        self.rated.append(list(drafts))
        return np.array([len(draft) for draft in drafts])


def exchanges_of(tiny):
    return [Exchange(case, first_correct=True) for case in cases_of(tiny.test)]


def test_the_best_rated_draft_is_said(tiny):
    rater = Longest()
    said = speaker(tiny, rater, best_of=4).speak(exchanges_of(tiny), Cue("A", 1))
    assert len(rater.rated) == 4
    best = [max(own, key=len) for own in zip(*rater.rated, strict=True)]
    assert [len(one.text) for one in said] == [len(text) for text in best]
    single = speaker(tiny).speak(exchanges_of(tiny), Cue("A", 1))
    assert [one.text for one in single] == rater.rated[0], (
        "the first draw is the only one of best_of 1"
    )


def test_short_turns_are_drawn_again_and_counted(tiny):
    plain = speaker(tiny).speak(exchanges_of(tiny), Cue("A", 1))
    tiny.bench.logs.clear()
    wanted = int(np.median([len(one.text.split()) for one in plain])) + 1
    longer = speaker(tiny, min_words=wanted).speak(exchanges_of(tiny), Cue("A", 1))
    counts = [len(one.text.split()) for one in longer]
    assert sum(counts) > sum(len(one.text.split()) for one in plain)
    short = sum(count < wanted for count in counts)
    told = [line for line in tiny.bench.logs if "words after 3 draws" in line]
    assert bool(short) == bool(told)
    assert not short or told[0].startswith(f"warning: {short} of 24 turns have fewer than {wanted}")


def test_a_critique_is_read_when_the_turn_is_written_anew(tiny):
    found = []

    class Listening(GeneratingSpeaker):
        def _draw(self, scene, draw, what="turn", template=""):
            found.append((what, scene.drafts[:1], scene.critiques[:1]))
            return super()._draw(scene, draw, what, template)

    manner = Manner("The", critique=1, critic="{{ draft }} is", refine="{{ critique }} so")
    context = tiny.bench.context("debate")
    listening = Listening(open_writer(tiny.model, Sampling(4, 1.0), context), manner, context)
    said = listening.speak(exchanges_of(tiny), Cue("A", 1))
    assert [what for what, _, _ in found] == ["draft", "critique", "turn"]
    assert found[2][1][0]
    assert found[2][2][0]
    assert len(said) == 24
