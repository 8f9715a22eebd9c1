"""The generating debater."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from w2sdl_runtime.debating.speech import Case, Speaker
from w2sdl_runtime.op import Changes, Context, Count, NonNegative, variant
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.texts import Text, text_of

#: After Lang et al. 2025: task, item, transcript so far, side; the answering turns name flaws.
DEFAULT_TEMPLATE = """\
{% if passage %}{{ passage }}

{% endif %}Here is a question followed by an answer.
{{ prompt }} {{ candidate }}
{% for said in turns %}
Debater {{ said.debater }} ({{ said.stance }}): {{ said.text }}
{% endfor %}
You are debater {{ debater }} in a debate on whether this answer is correct. \
Argue that the answer is {{ stance }}.\
{% if turns %} List the flaws in your opponent's argument.{% endif %}\
{% if quotes %} Support it with up to {{ quotes }} exact quotes of the text, in double quotes.\
{% endif %}

Debater {{ debater }} ({{ stance }}):"""


@variant("generative")
class Generative(Debater):
    """A causal language model writes each turn from a prompt template (Jinja, in a sandbox).

    The template stands in place or in a file: ``template: file("prompts/mine.j2")``. Text in double
    quotes is taken as a quote, up to the turn's number, and checked against the passage: exact up to case,
    spacing and marks. ``temperature`` 0 takes the likeliest token. A turn cut off by ``max_tokens``
    marks its transcript.
    """

    template: str | Text = DEFAULT_TEMPLATE
    max_tokens: Annotated[Count, Changes("sampling")] = 200
    temperature: Annotated[NonNegative, Changes("sampling")] = 0.8

    def speaker(self, ctx: Context, model: Model, cases: Sequence[Case]) -> Speaker:
        """A generating debater.

        Raises:
            PrerequisiteError: for a model that can't generate, or a template that is missing or
                wrong.
        """
        from w2sdl_runtime.debating.generation import GeneratingSpeaker
        from w2sdl_runtime.models import open_network

        return GeneratingSpeaker(
            open_network(model, ctx),
            text_of(ctx, self.template),
            self.max_tokens,
            self.temperature,
            ctx,
            whose=model.digest,
        )
