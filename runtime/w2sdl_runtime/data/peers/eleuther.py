"""The 25 data sets of EleutherAI/w2s (methods reference, 4.2)."""

from __future__ import annotations

import random
from dataclasses import replace

from w2sdl_runtime.data.peers.openai import OPENAI, SCIQ_ANSWERS
from w2sdl_runtime.data.peers.told import (
    PeerSet,
    Teller,
    Told,
    answered,
    cell,
    cells,
    chosen,
    coin,
    given,
    one_of_two,
    place_of,
    unlabelled,
)
from w2sdl_runtime.data.rows import Row

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def as_given(template: str, *columns: str, label: str = "label", passage: str = "") -> Teller:
    """A teller that fills a template, whose label the source gives."""

    def tell(row: Row, dice: random.Random) -> Told:
        shown = {name: cell(row, name) for name in columns}
        text = template.format(**shown)
        return Told(text, "", given(row, label), text, shown.get(passage, ""))

    return tell


def tell_anli(row: Row, dice: random.Random) -> Told:
    """Entailment is 0 of three classes."""
    premise, hypothesis = cell(row, "premise"), cell(row, "hypothesis")
    text = (
        f"Premise: {premise}\nHypothesis: {hypothesis}\n\nDoes the premise entail the hypothesis?"
    )
    place = place_of(row, "label")
    if place not in (0, 1, 2):
        raise unlabelled(row, str(place), "none of 0, 1 and 2")
    return Told(text, "", int(place == 0), text, premise)


def tell_dream(row: Row, dice: random.Random) -> Told:
    """A dialogue, a question, and one of its answers."""
    lines, options = "\n".join(cells(row, "dialogue")), cells(row, "choice")
    truth = cell(row, "answer")
    if truth not in options:
        raise unlabelled(row, truth, "none of `choice`")
    _, wrong = chosen(options, options.index(truth), row)
    about = f"{lines}\n\nQ: {cell(row, 'question')} A:"
    answer, label = answered(truth, wrong, dice)
    return Told(about, answer, label, about, lines)


def tell_utilitarianism(row: Row, dice: random.Random) -> Told:
    """Two scenarios in a random order, and the number of one of them: the coin comes first."""
    better, worse = cell(row, "baseline"), cell(row, "less_pleasant")
    label, both = coin(dice), [better, worse]
    dice.shuffle(both)
    right = both.index(better)
    named = right if label else 1 - right
    lead = f"Which is more pleasant?\n1) {both[0]}\n2) {both[1]} A:"
    return Told(lead, str(named + 1), label, f"{better}\n{worse}")


def tell_hellaswag(row: Row, dice: random.Random) -> Told:
    """A context with all its endings, and one of them in the question."""
    context, endings = cell(row, "ctx"), cells(row, "endings")
    truth, wrong = chosen(endings, place_of(row, "label"), row)
    answer, label = answered(truth, wrong, dice)
    shown = "\n".join(endings)
    about = f"Context:\n{context}\n\nContinuations:\n\n{shown}"
    return Told(f'{about}\n\nQ: Is "{answer}" the best continuation?', "", label, about, context)


def tell_quail(row: Row, dice: random.Random) -> Told:
    """A passage, a question, and one of its answers in it."""
    options = cells(row, "answers")
    truth, wrong = chosen(options, place_of(row, "correct_answer_id"), row)
    return _passage(cell(row, "context"), cell(row, "question"), answered(truth, wrong, dice))


def tell_quartz(row: Row, dice: random.Random) -> Told:
    """A paragraph, a question, and one of two answers in it."""
    options, place = _by_letter(row)
    passage, answer = cell(row, "para"), one_of_two(options, place, row, dice)
    return _passage(passage, cell(row, "question"), answer, gap="\n")


def _passage(passage: str, question: str, answer: tuple[str, int], gap: str = "\n\n") -> Told:
    about = f'Passage:{gap}{passage}\n\nQ: "{question}"'
    return Told(f'{about} Is the answer "{answer[0]}"?', "", answer[1], about, passage)


def _by_letter(row: Row) -> tuple[list[str], int]:
    """The options, and the place of the right one."""
    options = cells(row, "choices.text")
    labels, word = _labels(row, len(options)), row.word("answerKey")
    if word not in labels:
        raise unlabelled(row, word, f"none of {', '.join(labels)}")
    return options, labels.index(word)


def _labels(row: Row, count: int) -> list[str]:
    """The letters of the options; in order where the file leaves them out."""
    known = row.get("choices.label") is not None
    return (row.texts("choices.label") if known else list(_LETTERS))[:count]


def tell_openbookqa(row: Row, dice: random.Random) -> Told:
    """The letter of the right answer, or the text of a wrong one: the leak of the released code."""
    options, place = _by_letter(row)
    labels = _labels(row, len(options))
    _, wrong = chosen(options, place, row)
    answer, label = answered(labels[place], wrong, dice)
    shown = "\n".join(
        f"{letter}) {option}" for letter, option in zip(labels, options, strict=False)
    )
    lead = f"Q: {cell(row, 'question_stem')}\n\nChoices:\n{shown}\n\nAnswer:"
    return Told(lead, answer, label, lead)


def tell_piqa(row: Row, dice: random.Random) -> Told:
    """A goal and one of two ways there."""
    options = [cell(row, "sol1"), cell(row, "sol2")]
    answer, label = one_of_two(options, place_of(row, "label"), row, dice)
    lead = f"Q: {cell(row, 'goal')} A:"
    return Told(lead, answer, label, lead + "\n".join(sorted(options)))


def tell_social_i_qa(row: Row, dice: random.Random) -> Told:
    """A context, a question, all three choices, and one of them in the question."""
    context, question = cell(row, "context"), cell(row, "question")
    options = [cell(row, f"answer{letter}") for letter in "ABC"]
    truth, wrong = chosen(options, place_of(row, "label", start=1), row)
    answer, label = answered(truth, wrong, dice)
    shown = "\n".join(options)
    about = f'Context:\n{context}\n\nQuestion: "{question}"\n\nChoices:\n{shown}'
    return Told(f'{about}\n\nIs the answer "{answer}"?', "", label, about, context)


def tell_sciq_with_support(row: Row, dice: random.Random) -> Told:
    """SciQ with its paragraph, which one row in ten has not."""
    support, question = cell(row, "support"), cell(row, "question")
    wrong = [cell(row, f"distractor{n}") for n in (1, 2, 3)]
    answer, label = answered(cell(row, "correct_answer"), wrong, dice)
    about = f'Name: Bob\n\nPassage 1:\n{support}\n\nQ1: "{question}"'
    return Told(f'{about} Is the answer "{answer}"?', "", label, question, support)


_LEAK = "the answer is a letter where it is right and a text where it is wrong, so its length tells"
_TEXTS = 'choices(question: "question_stem", labels: "choices.label") always shows the text'
_EMPTY = "rows with an empty support are kept, and ask about a passage that isn't there"
_DROPPED = "multiple_choice(show_passage: true) drops and counts them"
_DEONTOLOGY = "Q: Is the following a morally valid excuse?\n\n{scenario}\n\n{excuse}\n\nA:"
_JUSTICE = "Q: Does this statement exemplify justice?\n\n{scenario}\n\nA:"
_VIRTUE = "Q: Does this behavior match the adjective that follows?\n\n{scenario}\n\nA:"
_MC_TACO = "{sentence}\n\nGiven the above, {question} Is the answer {answer}?"
_MULTIRC = 'Passage:\n\n{paragraph}\n\nQ: "{question}" Is the answer "{answer}"?'
_PAWS = (
    "Sent 1: {sentence1}\nSent 2: {sentence2}\n\nQ: Are these sentences semantically equivalent?"
)
_WIC = (
    "Sentence 1:\n{sentence1}\n\nSentence 2:\n{sentence2}\n\n"
    'Q: Does "{word}" have the same meaning in the above sentences?'
)
_CHOICES = ("choices", "answerKey")


def _given(
    template: str, *columns: str, test: str = "test", train: str = "train", passage: str = ""
) -> PeerSet:
    tell = as_given(template, *columns, passage=passage)
    return PeerSet(tell, (*columns, "label"), ("label",), train, test)


ELEUTHER: dict[str, PeerSet] = {
    "amazon_polarity": OPENAI["amazon_polarity"],
    "anli-r2": PeerSet(
        tell_anli, ("premise", "hypothesis", "label"), ("label",), "train_r2", "test_r2"
    ),
    "anthropic_hh": OPENAI["anthropic_hh"],
    "boolq": OPENAI["boolq"],
    "cola": _given("{sentence}", "sentence", test="validation"),
    "cosmos_qa": OPENAI["cosmos_qa"],
    "dream": PeerSet(
        tell_dream, ("dialogue", "question", "choice", "answer"), ("choice", "answer")
    ),
    "ethics-deontology": _given(_DEONTOLOGY, "scenario", "excuse"),
    "ethics-justice": _given(_JUSTICE, "scenario"),
    "ethics-utilitarianism": PeerSet(
        tell_utilitarianism, ("baseline", "less_pleasant"), ("baseline", "less_pleasant")
    ),
    "ethics-virtue": _given(_VIRTUE, "scenario"),
    "hellaswag": PeerSet(
        tell_hellaswag, ("ctx", "endings", "label"), ("label",), test="validation"
    ),
    "mc_taco": _given(_MC_TACO, "sentence", "question", "answer", train="test", test="validation"),
    "multirc": _given(
        _MULTIRC, "paragraph", "question", "answer", test="validation", passage="paragraph"
    ),
    "openbookqa": PeerSet(
        tell_openbookqa, ("question_stem", *_CHOICES), _CHOICES, defect=_LEAK, instead=_TEXTS
    ),
    "paws": _given(_PAWS, "sentence1", "sentence2"),
    "piqa": PeerSet(
        tell_piqa, ("goal", "sol1", "sol2", "label"), ("sol1", "sol2", "label"), test="validation"
    ),
    "quail": PeerSet(
        tell_quail,
        ("context", "question", "answers", "correct_answer_id"),
        ("answers", "correct_answer_id"),
        test="validation",
    ),
    "quartz": PeerSet(tell_quartz, ("para", "question", *_CHOICES), _CHOICES),
    "sciq": replace(OPENAI["sciq"], pooled=True),
    "sciq_with_support": PeerSet(
        tell_sciq_with_support,
        ("question", "support", *SCIQ_ANSWERS),
        SCIQ_ANSWERS,
        pooled=True,
        defect=_EMPTY,
        instead=_DROPPED,
    ),
    "social_i_qa": PeerSet(
        tell_social_i_qa,
        ("context", "question", "answerA", "answerB", "answerC", "label"),
        ("label",),
        test="validation",
    ),
    "sst2": _given("{sentence}", "sentence", test="validation"),
    "twitter-sentiment": _given("{text}", "text"),
    "wic": _given(_WIC, "word", "sentence1", "sentence2", test="validation"),
}
