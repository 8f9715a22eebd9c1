"""The generating debater."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from w2sdl_runtime.debating.checking import Checking
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
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.texts import Text, text_of

_SETTING = """\
{% if passage %}{{ passage }}

{% endif %}Here is a question followed by an answer.
{{ prompt }} {{ candidate }}
{% for said in turns %}
{{ "Judge" if said.debater == "judge" else "Debater " ~ said.debater ~ " (" ~ said.stance ~ ")" }}\
: {{ said.text }}
{% endfor %}
You are debater {{ debater }} in a debate on whether this answer is correct. \
Argue that the answer is {{ stance }}."""

_QUOTES = """\
{% if quotes %} Support it with up to {{ quotes }} exact quotes of the text, in double quotes.\
{% endif %}

"""

_SPEECH = "Debater {{ debater }} ({{ stance }}):"

#: After Lang et al. 2025: task, item, transcript so far, side; the second turn names flaws, later
#: ones answer the opponent. The wording is ours.
DEFAULT_TEMPLATE = f"""\
{_SETTING}\
{{% if turns %}}{{% if turns | length == 1 %}} List the flaws in your opponent's argument.\
{{% else %}} Write a counter-argument to your opponent.{{% endif %}}{{% endif %}}\
{_QUOTES}{_SPEECH}"""

_DRAFT = "A draft of your argument: {{ draft }}\n\n"

#: Critique and refinement: the steps are Khan et al.'s (2024), the wording is ours.
CRITIC = f"""\
{_SETTING}

{_DRAFT}What is weak in this draft, and how could it be more convincing?

Critique:"""
REFINE = f"""\
{_SETTING}{_QUOTES}{_DRAFT}A critique of the draft: {{{{ critique }}}}

Write it anew.

{_SPEECH}"""


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
    own = {"critic": CRITIC, "refine": REFINE}
    told = [name for name, usual in own.items() if how[name] != usual]
    if told and not how["critique"]:
        return (
            f"{told[0]}: is for critiques, and there are none",
            f"add critique:, or leave out {told[0]}",
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

    The template stands in place or in a file: ``template: file("prompts/mine.j2")``. Text in double
    quotes is a quote, up to the turn's number, and ``quoting`` says how it is compared with the
    passage: "strict" wants whole words of it, up to case, spacing and punctuation (after Khan et
    al. 2024); "fuzzy" also repairs a quote by up to 10 % edits (after Arnesen et al. 2024); "off"
    compares nothing. Every reader sees it marked, ``<v_quote>`` or ``<u_quote>``; without a passage
    there is nothing to mark.

    ``temperature`` 0 takes the likeliest token. A turn cut off by ``max_tokens`` marks its transcript.
    One with fewer than ``min_words`` words is drawn up to three times, and the longest is kept.
    ``best_of`` draws that many turns and keeps the one with which ``preference`` (the debater's own
    model, where none is named) finds the debater's position likeliest, the opponent's slot filled
    with a stock sentence. ``critique`` draws a draft and that many critiques of it, picks one by the
    same model, and writes the turn anew (simultaneous debates only).
    """

    check: ClassVar[ParameterCheck | None] = _drawn

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

    def speaker(self, ctx: Context, model: Model, cases: Sequence[Case]) -> Speaker:
        """A generating debater.

        Raises:
            PrerequisiteError: for a model that can't generate, or a template that is missing or
                wrong.
        """
        from w2sdl_runtime.debating.generation import GeneratingSpeaker, Manner
        from w2sdl_runtime.debating.rating import Rater
        from w2sdl_runtime.learning.opening import open_network

        manner = Manner(
            text_of(ctx, self.template),
            self.max_tokens,
            self.temperature,
            self.quoting,
            self.min_words,
            self.best_of,
            self.critique,
            text_of(ctx, self.critic),
            text_of(ctx, self.refine),
        )
        network, rater = open_network(model, ctx), None
        if self.best_of > 1 or self.critique > 1:
            liking = self.preference or model
            rater = Rater(open_network(liking, ctx), ctx, liking.digest)
        return GeneratingSpeaker(network, manner, ctx, whose=model.digest, rater=rater)
