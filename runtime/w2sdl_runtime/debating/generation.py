"""A debater that writes: a causal language model behind a sandboxed prompt template."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from w2sdl_runtime.debating.checking import Checked, Checking, check_quotes
from w2sdl_runtime.debating.rating import Rater
from w2sdl_runtime.debating.speech import Cue, Exchange, Said, Speaker
from w2sdl_runtime.learning.tokens import Text
from w2sdl_runtime.learning.writing import Writes, Written, compile_template, rendered
from w2sdl_runtime.op import Context

#: What a template may use; anything else is an error. ``opponent`` is "" where nobody argues the other
#: side; ``draft`` and ``critique`` are "" but where a turn is criticised and rewritten.
VARIABLES = (
    "prompt",
    "candidate",
    "rival",
    "passage",
    "stance",
    "own",
    "debater",
    "opponent",
    "turn",
    "turns",
    "quotes",
    "draft",
    "critique",
)

#: How often a turn with fewer than ``min_words`` is drawn before the longest is taken.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Manner:
    """How a debater writes; see ``generative()``."""

    template: str
    quoting: Checking = "strict"
    min_words: int = 0
    best_of: int = 1
    critique: int = 0
    critic: str = ""
    refine: str = ""


class GeneratingSpeaker(Speaker):
    """Generates a turn from the rendered template. Draws depend on seed, turn and item only."""

    def __init__(
        self,
        writer: Writes,
        manner: Manner,
        ctx: Context,
        *,
        rater: Rater | None = None,
    ) -> None:
        """Make a speaker; ``rater`` is asked where there is a choice.

        Raises:
            PrerequisiteError: for a template with a mistake.
        """
        self._manner, self._ctx, self._rater = manner, ctx, rater
        texts = [manner.template, *([manner.critic, manner.refine] if manner.critique else [])]
        self._templates = {text: compile_template(text) for text in texts}
        self.prompt_digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
        self._writer = writer

    def speak(self, exchanges: Sequence[Exchange], cue: Cue) -> list[Said]:
        """One turn in every exchange; rows of like length share a batch."""
        scene = Scene(exchanges, cue)
        if self._manner.critique:
            scene = self._criticised(scene)
        drawn = [self._draw(scene, draw) for draw in range(self._manner.best_of)]
        said = [self._checked(scene, written) for written in drawn]
        chosen = self._best(scene, said)
        return [said[draw][at] for at, draw in enumerate(chosen)]

    def _best(self, scene: Scene, said: Sequence[Sequence[Said]]) -> list[int]:
        """Which draw of each turn the rater likes best, of those that are long enough."""
        if len(said) == 1 or self._rater is None:
            return [0] * len(scene.exchanges)
        rated = [
            self._rater.rate(scene.exchanges, scene.cue, [one.text for one in draw])
            for draw in said
        ]
        return [
            max(range(len(said)), key=lambda n: (self._long(said[n][at].text), rated[n][at], -n))
            for at in range(len(scene.exchanges))
        ]

    def _criticised(self, scene: Scene) -> Scene:
        """The scene with a draft and the best of several critiques of it, for a rewritten turn."""
        drafts = [one.text for one in self._draw(scene, 0, "draft")]
        scene = scene.told(drafts, [""] * len(drafts))
        critics = [
            [one.text for one in self._draw(scene, n, "critique", self._manner.critic)]
            for n in range(self._manner.critique)
        ]
        best = [0] * len(drafts)
        if len(critics) > 1 and self._rater is not None:
            rated = [self._rater.rate_critiques(scene.exchanges, drafts, own) for own in critics]
            best = [
                max(range(len(rated)), key=lambda n: (rated[n][at], -n))
                for at in range(len(drafts))
            ]
        return scene.told(drafts, [critics[n][at] for at, n in enumerate(best)])

    def _draw(
        self, scene: Scene, draw: int, what: str = "turn", template: str = ""
    ) -> list[Written]:
        """One draw of every turn; those that are too short are drawn again, the longest is kept."""
        own = self._manner.refine if scene.critiques and what == "turn" else self._manner.template
        prompts = [
            Text(scene.prompt(self._templates[template or own], at), "")
            for at in range(len(scene.exchanges))
        ]
        kept: dict[int, Written] = {}
        short = list(range(len(prompts)))
        attempts = ATTEMPTS if self._manner.min_words and what == "turn" else 1
        for attempt in range(attempts):
            seeds = [self._seed(scene, at, what, draw, attempt) for at in short]
            for at, one in zip(
                short,
                self._writer.write([prompts[at] for at in short], seeds, f"{what}s"),
                strict=True,
            ):
                if at not in kept or _words(one.text) > _words(kept[at].text):
                    kept[at] = one
            short = [at for at in short if not self._long(kept[at].text)]
        if short and attempts > 1:
            self._ctx.warn(
                f"{len(short):,} of {len(prompts):,} turns have fewer than {self._manner.min_words} "
                f"words after {attempts} draws: the longest is kept"
            )
        return [kept[at] for at in range(len(prompts))]

    def _seed(self, scene: Scene, at: int, what: str, draw: int, attempt: int) -> int:
        exchange = scene.exchanges[at]
        again = f"again {attempt}" if attempt else ""
        marks = [exchange.order, f"draw {draw}" if draw else "", again]
        named = " ".join([what, str(scene.cue.turn), *filter(None, marks)])
        return self._ctx.row_stream(named, exchange.case.item_id)

    def _long(self, text: str) -> bool:
        return _words(text) >= self._manner.min_words

    def _checked(self, scene: Scene, written: Sequence[Written]) -> list[Said]:
        said = []
        for exchange, one in zip(scene.exchanges, written, strict=True):
            found: Checked = check_quotes(
                one.text, exchange.case.passage, scene.cue.quotes, self._manner.quoting
            )
            said.append(Said(found.text, found.quotes, one.truncated))
        return said


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn of many debates, before it is spoken."""

    exchanges: Sequence[Exchange]
    cue: Cue
    drafts: tuple[str, ...] = ()
    critiques: tuple[str, ...] = ()

    def told(self, drafts: Sequence[str], critiques: Sequence[str]) -> Scene:
        """The same with a draft of each turn, and what is wrong with it."""
        return replace(self, drafts=tuple(drafts), critiques=tuple(critiques))

    def prompt(self, template: object, at: int) -> str:
        """What the debater is asked in one of the debates."""
        exchange = self.exchanges[at]
        case, stance = exchange.case, exchange.stance(self.cue.speaker)
        return rendered(
            template,
            "the debater's",
            VARIABLES,
            prompt=case.prompt,
            candidate=case.candidate,
            rival=case.rival,
            passage=case.passage,
            stance=stance,
            own=case.answer(stance == "correct") if stance != "none" else "",
            debater=self.cue.speaker,
            opponent=self.cue.opponent,
            turn=self.cue.turn,
            turns=[spoken.to_json() for spoken in exchange.turns],
            quotes=self.cue.quotes,
            draft=self.drafts[at] if self.drafts else "",
            critique=self.critiques[at] if self.critiques else "",
        )


def _words(text: str) -> int:
    return len(text.split())
