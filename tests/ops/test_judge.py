"""Judges that read debates untrained: by log-probability, text, votes and likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import Workbench, make_items

from w2sdl_runtime.debating.rating import Rater
from w2sdl_runtime.debating.speech import Cue, Exchange, Turn
from w2sdl_runtime.debating.transcribing import cases_of, cue_of
from w2sdl_runtime.learning.judging import Questions, letter_tokens, log_odds
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.verdicts import answer_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.judge import judge
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.predictors import predict, predict_orders
from w2sdl_runtime.values import Corpus
from w2sdl_runtime.variants.protocols.consultancy import Consultancy
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.protocols.rounds import Sequential, Simultaneous
from w2sdl_runtime.variants.protocols.unargued import Blind, RandomQuotes
from w2sdl_runtime.variants.stances import BothOrders, CorrectFirst
from w2sdl_runtime.variants.verdicts import Likelihood, Logprob, Vote, Written

#: A judge that has learned to say A after "yes", and B after "no".
YES_OR_NO = "say {% if a == 'correct' %}yes{% else %}no{% endif %}. "


@pytest.fixture(scope="module")
def taught(tiny: Tiny):
    told = ["say yes. Answer: A", "say no. Answer: B", "say it. Nothing is said"] * 20
    corpus = tiny.bench.keep(Corpus(told, "test"))
    size = {"layers": 1, "width": 32, "steps": 150, "learning_rate": 1.2e-2}
    return tiny.bench.run(pretrain, corpus, seed=0, **size)


@pytest.fixture(scope="module")
def debates(tiny: Tiny):
    how = {"protocol": Consultancy(quotes=2), "stance": BothOrders()}
    return tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=0, **how)


def asked(tiny, model, debates, how, template=YES_OR_NO, seed=0):
    reader = tiny.bench.run(judge, model, debates, seed=seed, how=how, template=template)
    return predict(reader, tiny.test, tiny.bench.context("label"))


@pytest.mark.parametrize(
    "how", [Logprob(), Written(max_tokens=3), Vote(n=3, temperature=0.3, max_tokens=3)]
)
def test_the_letter_of_the_right_position_is_its_answer(tiny, taught, debates, how):
    """A is correct in one order and incorrect in the other: the letter changes, the answer stays."""
    for template, right in ((YES_OR_NO, True), (YES_OR_NO.replace("==", "!="), False)):
        said = asked(tiny, taught, debates, how, template)
        assert ((said > 0.9) if right else (said < 0.1)).all()


def test_a_judge_that_likes_a_letter_is_seen_by_order(tiny, taught, debates):
    reader = tiny.bench.run(judge, taught, debates, template="say yes. ")
    orders = predict_orders(reader, tiny.test, tiny.bench.context("label"))
    assert (orders["correct_first"] > 0.9).all()
    assert (orders["incorrect_first"] < 0.1).all()
    said = predict(reader, tiny.test, tiny.bench.context("label"))
    assert said == pytest.approx(np.full(24, 0.5), abs=0.1)


def test_log_odds_are_those_of_the_next_token(tiny, taught):
    import torch

    network = open_network(taught, tiny.bench.context("judge"))
    prompts = ["say yes. ", "no", "say it, say no. "]
    odds = log_odds(network, prompts, tiny.bench.context("judge"))
    first, second = letter_tokens(network)
    for prompt, found in zip(prompts, odds, strict=True):
        ids = network.tokenizer(f"{prompt}Answer:", return_tensors="pt")["input_ids"]
        with torch.no_grad():
            last = network.module(input_ids=ids).logits[0, -1].log_softmax(-1)
        assert found == pytest.approx(float(last[first] - last[second]), abs=1e-4)


def test_likelihood_compares_the_candidate_with_its_rival(tiny, debates):
    said = asked(tiny, tiny.model, debates, Likelihood())
    pairs = said.reshape(-1, 2)
    assert pairs.sum(1) == pytest.approx(np.ones(12), abs=0.2), "one candidate is the other's rival"
    assert np.mean((said > 0.5) == np.array(tiny.truth)) > 0.6


def test_votes_are_drawn_by_seed_and_are_shares(tiny, taught, debates):
    how = Vote(n=8, temperature=1.4, max_tokens=3)
    one, again, other = (asked(tiny, taught, debates, how, seed=s) for s in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
    assert ((one > 0) & (one < 1)).any()


def test_too_many_answers_without_a_side_are_an_error(tiny, taught, debates):
    with pytest.raises(PrerequisiteError, match="24 of 24 texts of the judge name no side"):
        asked(tiny, taught, debates, Written(max_tokens=3), "say it. ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Answer: A", 1.0),
        ("I think so.\nanswer:  <b>", 0.0),
        ("Answer: A. No: Answer: B.", 0.0),
        ("The answer: a mineral is meant. Answer: B", 0.0),
        ("answer: b.", 0.0),
    ],
)
def test_the_last_answer_counts(text, found):
    assert answer_of(text) == found


@pytest.mark.parametrize(
    "text", ["", "A", "Answer: apple", "Answer: C", "The answer: a mineral, so B."]
)
def test_no_answer_is_unknown(text):
    assert np.isnan(answer_of(text))


def test_a_judge_is_a_predictor_like_any_other(tiny, taught, debates):
    from workbench import make_labels

    reader = tiny.bench.run(judge, taught, debates, template=YES_OR_NO)
    labels = tiny.bench.run(label, reader, tiny.test, kind="hard")
    gold = make_labels(tiny.bench, tiny.test, tiny.truth, kind="hard")
    metric = accuracy(tiny.bench.context("accuracy"), labels, gold)
    assert metric.value == 0.5, "it says that every candidate is right"


def test_a_model_without_the_letters_can_not_be_asked(tiny, debates):
    with pytest.raises(PrerequisiteError, match="no token of its own for"):
        asked(tiny, tiny.model, debates, Logprob())


def test_what_can_not_judge(tiny, taught, debates):
    features = tiny.bench.run(finetune, tiny.model, tiny.gold)
    mixed = type(features)({"type": "ensemble", "members": [features.digest]})
    with pytest.raises(PrerequisiteError, match="needs one causal language model"):
        tiny.bench.run(judge, mixed, debates)
    with pytest.raises(PrerequisiteError, match="the judge's template has a mistake"):
        tiny.bench.run(judge, taught, debates, template="{% if %}")
    with pytest.raises(PrerequisiteError, match="'gold' is undefined"):
        asked(tiny, taught, debates, Logprob(), "{{ gold }}")


def test_one_order_alone_is_warned_of(tiny, taught, debates):
    tiny.bench.logs.clear()
    tiny.bench.run(judge, taught, debates)
    assert tiny.bench.logs == []
    one = tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=0, stance=CorrectFirst())
    tiny.bench.run(judge, taught, one)
    assert "in one order alone" in tiny.bench.logs[-1]


@pytest.mark.parametrize("protocol", [Blind(), RandomQuotes(n=1)])
def test_where_nobody_argues_there_is_no_order_to_warn_of(tiny, taught, protocol):
    shown = tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=0, protocol=protocol)
    tiny.bench.logs.clear()
    tiny.bench.run(judge, taught, shown)
    assert tiny.bench.logs == []


def test_a_template_sees_both_positions_and_no_gold():
    item = {"prompt": "P", "candidate": "C", "rival": "R", "passage": "X"}
    turns = [{"debater": "A", "stance": "incorrect", "text": "No."}]
    assert Questions("{{ a }} {{ b }} {{ passage }}").ask(item, turns) == "incorrect correct X"
    assert Questions("{{ a }}").ask(item, []) == "correct"


def test_a_draft_is_rated_by_its_own_debaters_position(tiny, taught):
    """The taught judge holds position A where A argues that the candidate is right."""
    context = tiny.bench.context("debate")
    rater = Rater(open_network(taught, context), context)
    rater._questions = Questions(YES_OR_NO)
    cases = cases_of(tiny.test)[:2]
    for first_correct, sign in ((True, 1), (False, -1)):
        exchanges = [Exchange(case, first_correct) for case in cases]
        for debater, other, side in (("A", "B", sign), ("B", "A", -sign)):
            cue = Cue(debater, 1, opponent=other, awaited=True)
            assert (side * rater.rate(exchanges, cue, ["", ""]) > 1).all()


@pytest.mark.parametrize(
    ("protocol", "slots"),
    [
        (Debate(), ["A* B", "A B*", "A B A*"]),
        (Consultancy(turns=2), ["A*", "A A*"]),
        (Simultaneous(rounds=2), ["A* B", "A B*", "A B A* B", "A B A B*"]),
        (Sequential(rounds=2), ["A* B", "A B*", "A B A* B", "A B A B*"]),
    ],
)
def test_a_stock_turn_stands_only_for_one_that_is_yet_to_come(tiny, taught, protocol, slots):
    """A draft is marked; in a round that it opens, or whose other turn it can't see, B is filled in."""
    context = tiny.bench.context("debate")
    rater = Rater(open_network(taught, context), context, stock="It is {{ stance }}.")
    script, found, stock = protocol.script(), [], "It is "
    for at, plan in enumerate(script):
        exchange = Exchange(cases_of(tiny.test)[0], first_correct=False)
        exchange.turns = [Turn(n + 1, one.speaker, "", "", ()) for n, one in enumerate(script[:at])]
        told = rater.filled(exchange.seen(plan.sees), cue_of(script, at), "draft")
        found.append(" ".join(t.debater + "*" * (t.text == "draft") for t in told))
        filled = [turn for turn in told if turn.text.startswith(stock)]
        assert [turn.text for turn in filled] == [f"{stock}{turn.stance}." for turn in filled]
        assert all(turn.debater != plan.speaker for turn in filled)
    assert found == slots


def test_whose_turn_was_seen_is_not_said_for_it_again(tiny, taught):
    context = tiny.bench.context("debate")
    rater = Rater(open_network(taught, context), context, stock="stock")
    script = Sequential(rounds=2).script()
    exchange = Exchange(cases_of(tiny.test)[0], first_correct=True)
    exchange.turns = [Turn(1, "A", "correct", "a", ()), Turn(2, "B", "incorrect", "b", ())]
    at_a = [turn.text for turn in rater.filled(exchange, cue_of(script, 2), "draft")]
    exchange.turns.append(Turn(3, "A", "correct", "c", ()))
    at_b = [turn.text for turn in rater.filled(exchange, cue_of(script, 3), "draft")]
    assert (at_a, at_b) == (["a", "b", "draft", "stock"], ["a", "b", "c", "draft"])


def test_a_model_that_can_not_choose_drafts_is_not_called_a_judge(tiny):
    context = tiny.bench.context("debate")
    rater = Rater(open_network(tiny.model, context), context, stock="stock")
    with pytest.raises(
        PrerequisiteError, match="whose preference chooses drafts has no token"
    ) as told:
        rater.rate(
            [Exchange(cases_of(tiny.test)[0], True)], Cue("A", 1, opponent="B", awaited=True), [""]
        )
    assert "best_of:" in told.value.help
    assert "how:" not in told.value.help


def test_likelihood_needs_a_rival(tmp_path, tiny):
    bench: Workbench = tiny.bench
    items = bench.keep(make_items([{"prompt": "the lion", "candidate": "lives"}], "alone"))
    from w2sdl_runtime.variants.protocols.unargued import Nothing

    told = bench.run(debate, tiny.model, tiny.model, items, seed=0, protocol=Nothing())
    reader = bench.run(judge, tiny.model, told, how=Likelihood())
    with pytest.raises(PrerequisiteError, match="1 of 1 items have no rival"):
        predict(reader, items, bench.context("label"))


def test_a_judge_has_no_weights_to_export_or_to_train_on(tiny, taught, debates):
    from w2sdl_runtime.predictors.exporting import write_predictor

    reader = tiny.bench.run(judge, taught, debates)
    context = tiny.bench.context("export")
    with pytest.raises(PrerequisiteError, match="nothing was trained"):
        write_predictor(reader, context.scratch(), context)
    with pytest.raises(PrerequisiteError, match="no network to continue from"):
        finetune(context, reader, tiny.gold)


@pytest.mark.parametrize("how", [Written(max_tokens=3), Vote(n=2, max_tokens=3)])
def test_prompts_that_the_judge_reads_in_part_are_counted(tiny, taught, debates, how):
    """So far from what it has learned, this one says nothing that is an answer."""
    with pytest.raises(PrerequisiteError, match="of the judge name no side"):
        asked(tiny, taught, debates, how, "no " * 4100 + YES_OR_NO)
    assert "24 of 24 prompts of verdicts were cut to " in " ".join(tiny.bench.logs[-1:])
