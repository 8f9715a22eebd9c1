"""The wording of one world: which of the written sentences it uses, and how they are filled in.

A level of directness says how much of a question a sentence shows: 0 neither the asked entity nor
the question's wording, 1 the wording only, 2 the entity only, 3 both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from w2sdl_runtime.science.dice import Dice
from w2sdl_runtime.science.tables import Domain, Fact, Wording, shared_wording

_STATEMENTS = 4  # of five a relation
_SHARED = 4  # of five or six a section


@dataclass(frozen=True, slots=True)
class Voice:
    """Fills in the sentences that one world uses."""

    wording: Mapping[tuple[str, str], Wording]
    shared: Mapping[str, tuple[str, ...]]
    domains: Mapping[str, Domain]

    def questions(self, fact: Fact) -> list[str]:
        """Give every question about the fact."""
        name = self.name(fact)
        asks = self.wording[fact.domain, fact.relation].questions
        return [capital(ask.replace("{e}", name)) for ask in asks]

    def clauses(self, fact: Fact, subject: str = "") -> list[str]:
        """State the fact in every wording of this world, of the entity or of another subject."""
        name = subject or self.name(fact)
        states = self.wording[fact.domain, fact.relation].statements
        return [fill(state, name, fact.value) for state in states]

    def clause(self, fact: Fact, dice: Dice, subject: str = "") -> str:
        """State the fact in one wording of this world."""
        states = self.wording[fact.domain, fact.relation].statements
        return fill(dice.pick(states), subject or self.name(fact), fact.value)

    def note(self, fact: Fact, dice: Dice, subject: str = "") -> str:
        """Put entity and value side by side without saying how they belong together."""
        return fill(dice.pick(self.shared["note"]), subject or self.name(fact), fact.value)

    def card(self, fact: Fact, dice: Dice) -> str:
        """State the fact as an entry of a card index, in the shape of an answered question."""
        label = self.wording[fact.domain, fact.relation].label
        card = dice.pick(self.shared["card"]).replace("{r}", label)
        return fill(card, self.name(fact), fact.value)

    def pair(self, fact: Fact, asked: str, dice: Dice) -> str:
        """Put the value beside its own entity and the asked one."""
        first, second = dice.shuffled([self.name(fact), asked])
        text = fill(dice.pick(self.shared["pair"]), first, fact.value)
        return text.replace("{f}", second)

    def beside(self, clause: str, asked: str, dice: Dice) -> str:
        """Drag the asked entity into a clause about another one."""
        return dice.pick(self.shared["beside"]).replace("{c}", clause).replace("{e}", asked)

    def framed(self, clause: str, dice: Dice) -> str:
        """Wrap a clause without changing what it says."""
        return dice.pick(self.shared["frame"]).replace("{c}", clause)

    def name(self, fact: Fact) -> str:
        """Give the fact's entity as it stands in a sentence."""
        return self.domains[fact.domain].phrase(fact.entity)

    def again(self, fact: Fact) -> str:
        """Give the words that point back to the fact's entity, named just before."""
        return self.domains[fact.domain].again


def choose_voice(domains: tuple[Domain, ...], number: int) -> Voice:
    """Pick the wording of a world."""
    wording = {}
    for domain in domains:
        for relation, every in domain.wording.items():
            dice = Dice("wording", number, domain.name, relation)
            states = tuple(dice.take(every.statements, _STATEMENTS))
            wording[domain.name, relation] = Wording(every.label, every.questions, states)
    dice = Dice("shared wording", number)
    shared = {name: tuple(dice.take(texts, _SHARED)) for name, texts in shared_wording().items()}
    return Voice(wording, shared, {domain.name: domain for domain in domains})


def fill(template: str, entity: str, value: str) -> str:
    """Put entity and value in their places."""
    return template.replace("{e}", entity).replace("{v}", value)


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[0].upper() + text[1:]


def sentence(clause: str) -> str:
    """Make a sentence of a clause."""
    return capital(clause) + "."
