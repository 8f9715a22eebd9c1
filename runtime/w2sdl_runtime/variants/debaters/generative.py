"""The generating debater."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from w2sdl_runtime.arguments import needs_network, one_after_another
from w2sdl_runtime.debating.checking import Checking
from w2sdl_runtime.debating.generation import VARIABLES
from w2sdl_runtime.debating.rating import STOCK_NAMES
from w2sdl_runtime.debating.speech import Case, Speaker
from w2sdl_runtime.op import (
    Changes,
    Context,
    Count,
    CountOrZero,
    NonNegative,
    ParameterCheck,
    variant,
)
from w2sdl_runtime.templates import names_only
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.texts import Text, text_of

#: A passage that the prompt shows (as the peers' formats do) is not shown again.
_SETTING = """\
{% if passage and passage not in prompt %}{{ passage }}

{% endif %}Here is a question followed by an answer.
{{ prompt }} {{ candidate }}
{% for said in turns %}
{{ "Judge" if said.debater == "judge" else "Debater " ~ said.debater ~ " (" ~ said.stance ~ ")" }}\
: {{ said.text }}
{% endfor %}
{% if opponent %}You are debater {{ debater }} in a debate with debater {{ opponent }} on whether \
this answer is correct.{% else %}You alone advise somebody who has to decide whether this answer is \
correct.{% endif %} Argue that the answer is {{ stance }}."""

_REPLY = """\
{% set answered = turns | selectattr("debater", "equalto", opponent) | list %}\
{% set spoken = turns | selectattr("debater", "equalto", debater) | list %}\
{% if answered and spoken %} Write a counter-argument to your opponent.\
{% elif answered %} List the flaws in your opponent's argument.\
{% elif spoken %} Add to what you have said.{% endif %}\
{% if turns and turns[-1].debater == "judge" %} Answer the judge's question.{% endif %}"""

_QUOTES = """\
{% if quotes %} Support it with up to {{ quotes }} exact quotes of the text, in double quotes.\
{% endif %}

"""

_SPEECH = "Debater {{ debater }} ({{ stance }}):"

#: After Lang et al. 2025: task, item, transcript so far, side; a debater that answers names flaws, and
#: later ones answer the opponent. Who has none is told of none. The wording is ours.
DEFAULT_TEMPLATE = f"{_SETTING}{_REPLY}{_QUOTES}{_SPEECH}"

_DRAFT = "A draft of your argument: {{ draft }}\n\n"

#: Critique and refinement: the steps are Khan et al.'s (2024), the wording is ours.
CRITIC = f"""\
{_SETTING}

{_DRAFT}What is weak in this draft, and how could it be more convincing?

Critique:"""
REFINE = f"""\
{_SETTING}{_REPLY}{_QUOTES}{_DRAFT}A critique of the draft: {{{{ critique }}}}

Write it anew.

{_SPEECH}"""

#: What the opponent is taken to say in a round where it speaks too (wording ours).
STOCK = "My argument is that the answer is {{ stance }}."


def _drawn(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Draws at temperature 0 are all the same; critiques belong to simultaneous debates."""
    how = values["debater"]
    several = [
        n for n, least in (("best_of", 1), ("critique", 1), ("min_words", 0)) if how[n] > least
    ]
    if several and how["temperature"] == 0:
        asked = f"{several[0]}: {how[several[0]]}"
        fact = f"{asked} draws a turn again, and at temperature 0 every draw is the same"
        return fact, f"raise temperature, or leave out {several[0]}"
    if "preference" in how and how["best_of"] == 1 and how["critique"] < 2:
        fact = "preference: names who chooses among turns or critiques, and there is one to choose"
        return fact, "raise best_of: or critique:, or leave out preference:"
    own = {"critic": CRITIC, "refine": REFINE}
    told = [name for name, usual in own.items() if how[name] != usual]
    if told and not how["critique"]:
        return (
            f"{told[0]}: is for critiques, and there are none",
            f"add critique:, or leave out {told[0]}",
        )
    if how["stock"] != STOCK and how["best_of"] == 1:
        return (
            "stock: is what best_of rates a draft against, and there is one draft",
            "add best_of:, or leave out stock",
        )
    protocol = values["protocol"]["variant"]
    if how["critique"] and protocol != "simultaneous":
        fact = (
            f"critique: {how['critique']} is for simultaneous(), and the protocol is {protocol}()"
        )
        return fact, "leave out critique, or use protocol: simultaneous()"
    return None


@variant("generative")
class Generative(Debater):
    """A causal language model writes each turn from a prompt template (Jinja, in a sandbox).

    The template stands in place or in a file: ``template: file("prompts/mine.j2")``. It may use
    ``prompt``, ``candidate``, ``rival`` and ``passage`` of the item; ``debater`` ("A" or "B"),
    ``opponent`` ("" where nobody argues the other side), ``stance`` ("correct" or "incorrect"), ``own``
    (the answer of that side), ``turn``, ``turns`` so far and ``quotes``. The default asks about a
    question with an answer; rows without an answer want a template of their own. Text in double quotes
    is a quote, up to the turn's number, and ``quoting`` says how it is compared with the passage:
    "strict" wants whole words of it, up to case, spacing and punctuation (after Khan et al. 2024);
    "fuzzy" also repairs a quote by up to 10 % edits (after Arnesen et al. 2024); "off" compares
    nothing. Every reader sees it marked, ``<v_quote>`` or ``<u_quote>``; without a passage there is
    nothing to mark.

    ``temperature`` 0 takes the likeliest token. A turn cut off by ``max_tokens`` marks its transcript.
    One with fewer than ``min_words`` words is drawn up to three times, and the longest is kept.
    ``best_of`` draws that many turns and keeps the one with which ``preference`` (the debater's own
    model, where none is named) finds the debater's position likeliest, by the log-odds of its letter
    against the other. (Khan et al. take the letter's log-probability.) Where the opponent speaks in the
    same round, unseen, ``stock`` stands for its turn (Jinja; it may use ``stance``, the opponent's).
    ``critique`` draws a draft and that many critiques of it, picks one by the same model, and writes
    the turn anew (simultaneous debates only).
    """

    check: ClassVar[ParameterCheck | None] = one_after_another(
        _drawn,
        needs_network("debater.preference"),
        names_only("debater.template", VARIABLES, DEFAULT_TEMPLATE),
        names_only("debater.critic", VARIABLES, CRITIC),
        names_only("debater.refine", VARIABLES, REFINE),
        names_only("debater.stock", STOCK_NAMES, STOCK),
    )

    template: str | Text = DEFAULT_TEMPLATE
    max_tokens: Annotated[Count, Changes("sampling")] = 200
    temperature: Annotated[NonNegative, Changes("sampling")] = 0.8
    quoting: Checking = "strict"
    min_words: Annotated[CountOrZero, Changes("sampling")] = 0
    best_of: Count = 1
    preference: Model | None = None
    critique: CountOrZero = 0
    critic: str | Text = CRITIC
    refine: str | Text = REFINE
    stock: str | Text = STOCK

    def speaker(self, ctx: Context, model: Model, cases: Sequence[Case]) -> Speaker:
        """A generating debater.

        Raises:
            PrerequisiteError: for a model that can't generate, or a template that is missing or
                wrong.
        """
        from w2sdl_runtime.debating.generation import GeneratingSpeaker, Manner
        from w2sdl_runtime.debating.rating import Rater
        from w2sdl_runtime.learning.decoding import Sampling
        from w2sdl_runtime.learning.opening import open_network
        from w2sdl_runtime.learning.writers import open_writer

        manner = Manner(
            text_of(ctx, self.template),
            self.quoting,
            self.min_words,
            self.best_of,
            self.critique,
            text_of(ctx, self.critic),
            text_of(ctx, self.refine),
        )
        if self.template == DEFAULT_TEMPLATE and any(not case.candidate for case in cases):
            ctx.warn(
                "these items have no answer beside their prompt, and the debater's default prompt asks "
                "whether an answer is correct (template: says what is debated)"
            )
        writer = open_writer(model, Sampling(self.max_tokens, self.temperature), ctx)
        rater = None
        if self.best_of > 1 or self.critique > 1:
            liking = self.preference or model
            rater = Rater(open_network(liking, ctx), ctx, liking.digest, text_of(ctx, self.stock))
        return GeneratingSpeaker(writer, manner, ctx, rater=rater)
