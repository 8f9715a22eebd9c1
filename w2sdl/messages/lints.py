"""Which lints are allowed, warned of or denied, and what that makes of a list of messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from w2sdl.messages.codes import lints
from w2sdl.messages.diagnostics import Diagnostic, Level
from w2sdl.messages.suggest import nearest_names

PEDANTIC = "pedantic"  #: stands for all pedantic lints


class LintLevel(StrEnum):
    """What is done about a lint."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


class LintChoiceError(ValueError):
    """A lint that can't be set so; ``help`` says what can be done."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class LintLevels:
    """The level of each lint that differs from its own: pedantic ones are allowed, others are shown."""

    chosen: Mapping[str, LintLevel] = field(default_factory=dict)

    def of(self, diagnostic: Diagnostic) -> Level | None:
        """The level of a message, or None where it is not to be shown."""
        level = self.chosen.get(diagnostic.lint) if diagnostic.lint else None
        if level is None:
            return None if diagnostic.pedantic else diagnostic.level
        return {LintLevel.WARN: Level.WARNING, LintLevel.DENY: Level.ERROR}.get(level)

    @property
    def ask_pedantic(self) -> bool:
        """Whether any pedantic lint is to be looked for."""
        return any(
            level is not LintLevel.ALLOW and lints()[name][0].pedantic
            for name, level in self.chosen.items()
        )


def lint_levels(choices: Iterable[tuple[LintLevel, str]]) -> LintLevels:
    """Levels from choices in order: a later one wins. The name ``pedantic`` stands for all of these.

    Raises:
        LintChoiceError: for a name that is no lint, and for a rule of validity below an error.
    """
    chosen: dict[str, LintLevel] = {}
    for level, name in choices:
        for each in _pedantic_names() if name == PEDANTIC else [_checked(level, name)]:
            chosen[each] = level
    return LintLevels(chosen)


def _pedantic_names() -> list[str]:
    return [name for name, kinds in lints().items() if kinds[0].pedantic]


def _checked(level: LintLevel, name: str) -> str:
    known = lints()
    if name not in known:
        near = nearest_names(name, [*known, PEDANTIC])
        listed = f"lints are {', '.join([*known, PEDANTIC])}"
        hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}? ({listed})" if near else listed
        raise LintChoiceError(f"there is no lint `{name}`", hint)
    if known[name][0].level is Level.ERROR and level is not LintLevel.DENY:
        raise LintChoiceError(
            f"`{name}` is a rule of validity and always an error",
            f'waive it in the spec, after what it excuses: allow({name}, "reason")',
        )
    return name


def apply(levels: LintLevels, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The messages to show, each at the level chosen for it."""
    return tuple(
        diagnostic if level is diagnostic.level else diagnostic.with_level(level)
        for diagnostic in diagnostics
        if (level := levels.of(diagnostic)) is not None
    )
