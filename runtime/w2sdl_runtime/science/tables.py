"""Reads the fact tables and the sentences that word them.

Tables and wording are data files so that a reader can check a fact without reading code.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

_EMPTY = "-"


@dataclass(frozen=True, slots=True)
class Fact:
    """One true statement: the relation of the entity has this value."""

    id: str
    domain: str
    entity: str
    relation: str
    value: str
    also: tuple[str, ...]  # other values that are true or arguable, so never distractors

    @property
    def truths(self) -> frozenset[str]:
        """Every value that would be a right answer."""
        return frozenset((self.value, *self.also))


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one relation: questions with {e}, statements with {e} and {v}."""

    label: str
    questions: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """One table: what its entities are called in a sentence, its facts and its wording."""

    name: str
    noun: str
    article: str
    wording: Mapping[str, Wording]
    facts: tuple[Fact, ...]

    def phrase(self, entity: str) -> str:
        """Give the entity as it stands in a sentence."""
        return f"{self.article} {entity}" if self.article else entity

    @property
    def again(self) -> str:
        """Give the words that point back to the entity named just before."""
        return f"the same {self.noun}"


@functools.cache
def domains() -> tuple[Domain, ...]:
    """Read every table, in the order of their names."""
    folder = resources.files(__package__)
    tables = sorted((folder / "facts").iterdir(), key=lambda entry: entry.name)
    return tuple(_domain(folder, entry) for entry in tables if entry.name.endswith(".csv"))


@functools.cache
def shared_wording() -> Mapping[str, tuple[str, ...]]:
    """Read the sentences that serve every domain, by section."""
    text = (resources.files(__package__) / "wording" / "shared.txt").read_text("utf-8")
    return {name: wording.statements for name, wording in _sections(_lines(text)).items()}


def all_facts() -> tuple[Fact, ...]:
    """Give every fact of every table."""
    return tuple(fact for domain in domains() for fact in domain.facts)


def _domain(folder: Traversable, table: Traversable) -> Domain:
    name = table.name.removesuffix(".csv")
    lines = _lines((folder / "wording" / f"{name}.txt").read_text("utf-8"))
    pairs = (line.partition(":") for line in lines if line[0] not in "[=?.")
    head = {key: text.strip() for key, _, text in pairs}
    facts = tuple(_facts(name, _lines(table.read_text("utf-8"))))
    return Domain(name, head["noun"], head["article"], _sections(lines), facts)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _facts(domain: str, lines: Iterable[str]) -> Iterable[Fact]:
    for row in csv.DictReader(lines):
        entity = row.pop("name")
        for relation, cell in row.items():
            if cell != _EMPTY:
                value, *also = cell.split("/")
                label = f"{domain}/{entity}/{relation}"
                yield Fact(label, domain, entity, relation, value, tuple(also))


def _sections(lines: Iterable[str]) -> dict[str, Wording]:
    found: dict[str, dict[str, list[str]]] = {}
    name = ""
    for line in lines:
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = {"=": [], "?": [], ".": []}
        elif name:
            found[name][line[0]].append(line[2:])
    return {
        name: Wording("".join(lines["="]), tuple(lines["?"]), tuple(lines["."]))
        for name, lines in found.items()
    }
