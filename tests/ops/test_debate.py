from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import make_items

from w2sdl_runtime.debating.generation import GeneratingSpeaker, Manner
from w2sdl_runtime.debating.speech import Cue, Exchange, split_sentences, stands_in
from w2sdl_runtime.debating.transcribing import cases_of
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.writing import Writer, compile_template
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.debaters.generative import Generative
from w2sdl_runtime.variants.debaters.quoting import Quoting
from w2sdl_runtime.variants.protocols.consultancy import Consultancy
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.protocols.unargued import FullPassage, Nothing, RandomQuotes
from w2sdl_runtime.variants.stances import CorrectFirst
from w2sdl_runtime.variants.texts import TextOf

FOUR = [Debate(turns=3, quotes=2), Consultancy(quotes=2), RandomQuotes(n=2)]


def hold(tiny: Tiny, items=None, seed=0, **named):
    items = items or tiny.test
    return tiny.bench.run(debate, tiny.model, tiny.model, items, seed=seed, **named).table


def quotes_of(table):
    return [
        [q for turn in turns for q in turn["quotes"]] for turns in table.column("turns").to_pylist()
    ]


@pytest.mark.parametrize("quotes", [2, 3, 4])
def test_every_protocol_shows_the_same_number_of_quotes(tiny, quotes):
    for protocol in (
        Debate(turns=3, quotes=quotes),
        Debate(turns=2, quotes=quotes),
        Debate(turns=5, quotes=quotes),
        Consultancy(quotes=quotes),
        RandomQuotes(n=quotes),
    ):
        shown = quotes_of(hold(tiny, protocol=protocol))
        assert {len(one) for one in shown} == {quotes}
        assert all(len({q["text"] for q in one}) == quotes for one in shown), "one was shown twice"


@pytest.mark.parametrize("protocol", [*FOUR, FullPassage()])
def test_quotes_are_verified_sentences_of_the_passage(tiny, protocol):
    shown = quotes_of(hold(tiny, protocol=protocol))
    for passage, quotes in zip(tiny.test.column("passage"), shown, strict=True):
        assert all(q["verified"] and q["text"] in split_sentences(passage) for q in quotes)


@pytest.mark.parametrize(
    ("turns", "quotes", "expected"),
    [
        (3, 2, [("A", 1), ("B", 1), ("A", 0)]),
        (3, 4, [("A", 1), ("B", 2), ("A", 1)]),
        (3, 5, [("A", 2), ("B", 2), ("A", 1)]),
        (1, 3, [("A", 3)]),
        (4, 0, [("A", 0), ("B", 0), ("A", 0), ("B", 0)]),
    ],
)
def test_the_turns_share_the_quotes(turns, quotes, expected):
    assert [(t.speaker, t.quotes) for t in Debate(turns=turns, quotes=quotes).script()] == expected


def test_no_evidence_is_an_empty_transcript(tiny):
    table = hold(tiny, protocol=Nothing())
    assert table.column("turns").to_pylist() == [[]] * 24
    assert set(table.column("stances").to_pylist()) == {"{}"}


def test_sides_are_opposite_and_drawn_by_item(tiny):
    table = hold(tiny)
    sides = [json.loads(text) for text in table.column("stances").to_pylist()]
    assert all({one["A"], one["B"]} == {"correct", "incorrect"} for one in sides)
    assert 5 <= sum(one["A"] == "correct" for one in sides) <= 19
    first = {
        json.loads(t)["A"] for t in hold(tiny, stance=CorrectFirst()).column("stances").to_pylist()
    }
    assert first == {"correct"}


def test_a_row_is_debated_alone(tiny):
    """Order, neighbours in the draw, and gold change no row; another seed changes sides."""
    some = tiny.bench.keep(type(tiny.test)(tiny.test.table.take(list(range(23, -1, -1)))))
    for protocol in FOUR:
        there = hold(tiny, protocol=protocol).to_pylist()
        back = hold(tiny, items=some, protocol=protocol).to_pylist()
        assert there == back[::-1]
    assert hold(tiny, seed=1).column("stances") != hold(tiny, seed=2).column("stances")


def test_random_quotes_are_drawn_by_item(tiny):
    shown = quotes_of(hold(tiny, protocol=RandomQuotes(n=2)))
    places = {
        tuple(split_sentences(passage).index(quote["text"]) for quote in quotes)
        for passage, quotes in zip(tiny.test.column("passage"), shown, strict=True)
    }
    assert len(places) >= 5, "of the six pairs of four sentences"
    assert all(first < second for first, second in places)


def test_a_seed_decides_every_byte(tiny):
    def run(seed):
        return tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=seed).digest

    assert run([1, 2]) == run([1, 2])
    assert run([1, 3]) != run([1, 2])


def test_a_debater_quotes_for_its_own_side(tiny):
    """The first quote mostly names its answer, and partisanship is what makes it."""
    table = hold(tiny, stance=CorrectFirst(), protocol=Consultancy(quotes=1))
    named = [
        candidate in quotes[0]["text"]
        for candidate, quotes in zip(tiny.test.column("candidate"), quotes_of(table), strict=True)
    ]
    plain = hold(
        tiny, stance=CorrectFirst(), protocol=Consultancy(quotes=1), debater=Quoting(partisanship=0)
    )
    by_similarity = [
        candidate in quotes[0]["text"]
        for candidate, quotes in zip(tiny.test.column("candidate"), quotes_of(plain), strict=True)
    ]
    assert np.mean(named) > 0.8
    assert np.mean(named) > np.mean(by_similarity)


def test_a_wrong_side_without_a_rival_speaks_against_the_candidate(tiny):
    rows = [
        {
            "prompt": "The lion lives in the",
            "candidate": "forest",
            "passage": "The lion lives in the forest. The lion lives in the river.",
        }
    ]
    items = tiny.bench.keep(make_items(rows, "one"))
    turns = hold(tiny, items=items, stance=CorrectFirst(), protocol=Debate(turns=2, quotes=2))
    first, second = turns.column("turns").to_pylist()[0]
    assert "forest" in first["quotes"][0]["text"]
    assert "river" in second["quotes"][0]["text"]
    assert second["text"].startswith("The answer is not forest.")


def test_every_row_says_where_it_comes_from(tiny):
    row = hold(tiny, seed=[3, 1]).to_pylist()[0]
    assert row["node"] == "0" * 64
    assert json.loads(row["model"]) == [tiny.model.digest] * 2
    assert json.loads(row["seed"]) == [3, 1]
    assert json.loads(row["protocol"])["protocol"] == {"variant": "debate", "turns": 3, "quotes": 2}
    assert row["truncated"] is False
    assert json.loads(row["prompt"]) == []


@pytest.mark.parametrize("protocol", FOUR)
def test_items_without_passage_can_not_be_quoted(tiny, protocol):
    items = tiny.bench.keep(make_items([{"prompt": "the", "candidate": "wolf"}], "bare"))
    with pytest.raises(PrerequisiteError, match="no passage"):
        hold(tiny, items=items, protocol=protocol)
    assert quotes_of(hold(tiny, items=items, protocol=Nothing())) == [[]]


def test_short_passages_are_shown_whole_and_said(tiny):
    items = tiny.bench.keep(
        make_items([{"prompt": "the", "candidate": "wolf", "passage": "One."}], "short")
    )
    for protocol in FOUR:
        tiny.bench.logs.clear()
        assert len(quotes_of(hold(tiny, items=items, protocol=protocol))[0]) == 1
        assert tiny.bench.logs == [
            "warning: 1 of 1 passages have fewer than 2 sentences: all are shown"
        ]


@pytest.mark.parametrize(
    ("passage", "sentences"),
    [
        ("One. Two!  Three? Four", ("One.", "Two!", "Three?", "Four")),
        ("A b.\nC d", ("A b.", "C d")),
        ("Same. Same.", ("Same.",)),
        ('He said "no." Then left.', ('He said "no."', "Then left.")),
        ("  ", ()),
    ],
)
def test_sentences(passage, sentences):
    assert split_sentences(passage) == sentences
    assert all(sentence in passage for sentence in sentences)


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("the lion lives", True),
        ("The  LION lives", True),
        ("lion lives in the forest .", True),
        ("“The lion” lives, in the forest!", True),
        ("the lion’s den", True),
        ("the lion never lives", False),
        ("ion lives", False),
        ("", False),
        ("...", False),
    ],
)
def test_strict_quotes(quote, stands):
    assert stands_in(quote, "The lion lives in the forest. Near the lion's den it rains.") is stands


# -- generated debates -----------------------------------------------------------------------------

SHORT = Generative(template="{% if turn %}The{% endif %}", max_tokens=8, temperature=1.0)
MANNER = Manner(template="{% if turn %}The{% endif %}")
DRAWN = Sampling(8, 1.0)


def test_a_model_writes_turns(tiny):
    table = hold(tiny, debater=SHORT)
    row = table.to_pylist()[0]
    assert [turn["debater"] for turn in row["turns"]] == ["A", "B", "A"]
    assert len(json.loads(row["prompt"])) == 1
    texts = Counter(turn["text"] for row in table.to_pylist() for turn in row["turns"])
    assert len(texts) > 10


def test_batch_size_changes_no_text(tiny):
    def speak(rows):
        context = tiny.bench.context("debate")
        network = open_network(tiny.model, context)
        writer = Writer(network, DRAWN, context, rows=rows)
        speaker = GeneratingSpeaker(writer, MANNER, context)
        exchanges = [Exchange(case, first_correct=True) for case in cases_of(tiny.test)]
        return speaker.speak(exchanges, Cue("A", 1, 2))

    assert speak(1) == speak(5) == speak(24)


def test_temperature_nought_is_greedy(tiny):
    cold = Generative(template=SHORT.template, max_tokens=8, temperature=0)
    assert hold(tiny, debater=cold, seed=1, stance=CorrectFirst()).column("turns") == hold(
        tiny, debater=cold, seed=2, stance=CorrectFirst()
    ).column("turns")
    assert hold(tiny, debater=SHORT, seed=1, stance=CorrectFirst()).column("turns") != hold(
        tiny, debater=SHORT, seed=2, stance=CorrectFirst()
    ).column("turns")


def test_settings_in_the_folder_of_a_model_are_not_used(tiny):
    """A repetition penalty in generation_config.json would change what is drawn."""
    context = tiny.bench.context("debate")
    network = open_network(tiny.model, context)
    exchanges = [Exchange(case, first_correct=True) for case in cases_of(tiny.test)]
    speaker = GeneratingSpeaker(Writer(network, DRAWN, context), MANNER, context)
    before = speaker.speak(exchanges, Cue("A", 1, 2))
    plain = network.module.generation_config
    network.module.generation_config = type(plain)(repetition_penalty=9.0)
    after = speaker.speak(exchanges, Cue("A", 1, 2))
    network.module.generation_config = plain
    assert after == before


def test_a_turn_cut_short_marks_its_transcript(tiny):
    table = hold(tiny, debater=Generative(template="The lion lives", max_tokens=1))
    assert all(table.column("truncated").to_pylist())


def test_a_template_can_come_from_a_file(tiny):
    (tiny.bench.root / "mine.j2").write_text(SHORT.template)
    named = Generative(template=TextOf(path="mine.j2"), max_tokens=8, temperature=1.0)
    assert hold(tiny, debater=named) == hold(tiny, debater=SHORT)  # its name is nowhere


@pytest.mark.parametrize(
    ("debater", "message"),
    [
        (Generative(template="{{ nothing }}"), "'nothing' is undefined"),
        (Generative(template="{% if %}"), "mistake in line 1"),
        (Generative(template="{{ turns.append(1) }}"), "can't be rendered"),
        (Generative(template="{{ ''.__class__.__mro__ }}"), "can't be rendered"),
        (Generative(template="{{ 'x' * 10 ** 9 }}"), "can't be rendered: `\\*` would make"),
        (Generative(template="{{ 9 ** 999999 }}"), "can't be rendered: `\\*\\*` would make"),
        (Generative(template=TextOf(path="gone.j2")), "`gone.j2` is no file"),
        (Generative(template=TextOf(path=".")), "`.` is a folder"),
        (Generative(max_tokens=5000), "room for max_tokens"),
    ],
)
def test_templates_that_can_not_be_used(tiny, debater, message):
    with pytest.raises(PrerequisiteError, match=message):
        hold(tiny, debater=debater)


def test_the_default_template_renders(tiny):
    text = compile_template(Generative().template).render(
        prompt="P",
        candidate="C",
        rival="R",
        passage="X",
        stance="correct",
        own="C",
        debater="B",
        opponent="A",
        turn=2,
        turns=[{"debater": "A", "stance": "incorrect", "text": "No."}],
        quotes=2,
    )
    assert "Debater A (incorrect): No." in text
    assert "flaws" in text
    assert "counter-argument" not in text
    assert text.endswith("Debater B (correct):")


def test_defaults_are_visible():
    signature = load_signatures().op("D")
    assert signature is not None
    assert signature.name == "debate"
    defaults = {param.name: param.default for param in signature.params}
    assert defaults["protocol"] == to_json(Debate())
    assert defaults["stance"] == {"variant": "random_side"}
    families = load_signatures().variants
    assert set(families["Protocol"]) >= {"debate", "consultancy", "random_quotes", "none"}
    assert set(families["Debater"]) >= {"quoting", "generative"}
