"""A template that is written in place is read when the spec is checked, wherever it stands."""

from __future__ import annotations

import pytest
from compiling import compiled

from w2sdl.errors.graph import BadText

START = """experiment marks
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
"""

PLACES = [
    "x = retell(items(qa), how: wording(template: {}))",
    "x = retell(items(qa), how: shuffled_options(order: 0, template: {}))",
    'x = retell(items(qa), how: reordered(words: ["a", "b"], order: 0, template: {}))',
    'x = table("own.csv", template: {}, parts: {{a: 1}})',
    'x = table("own.csv", format: binary(prompt: {}), parts: {{a: 1}})',
    'x = table("own.csv", format: choices(prompt: {}), parts: {{a: 1}})',
    'x = table("own.csv", format: completion(prompt: {}), parts: {{a: 1}})',
    'x = table("own.csv", format: pairs(prompt: {}), parts: {{a: 1}})',
    "x = science_qa(format: multiple_choice(prompt: {}), parts: {{a: 1}})",
    "x = show(gold(qa.test), template: {})",
    "x = few_shot(W, gold(qa.supervise), template: {})",
    "x = D(W, W, items(qa), debater: generative(refine: {}))",
    "axis way = [{}]\nx = retell(items(qa), how: wording(template: way))",
    "x = own_prompts(qa.test, template: {})",
]


@pytest.mark.parametrize("place", PLACES)
def test_what_can_not_be_read_is_said_at_its_place(place: str) -> None:
    """Breaks where only some operations look at their templates before they run."""
    broken = '"Well:\\n{{ prompt "'
    (found,) = compiled(START + place.format(broken)).diagnostics
    assert isinstance(found, BadText)
    assert "has a mistake in line 2" in found.title()
    assert found.span is not None
    assert found.span.text == broken


@pytest.mark.parametrize(
    ("template", "fact"),
    [
        ("{% macro f() %}{% endmacro %}", "can't use macro"),
        ("{% for x in y %}", "endfor"),
        ("{{ prompt | shout }}", "No filter named 'shout'"),
    ],
)
def test_what_the_sandbox_refuses_is_a_mistake_too(template: str, fact: str) -> None:
    (found,) = compiled(START + PLACES[0].format(f'"{template}"')).diagnostics
    assert isinstance(found, BadText)
    assert fact in found.title()


def test_what_names_columns_of_a_file_is_fine() -> None:
    more = (
        'd = table("own.csv", template: "{{ any }} of {{ these }}", parts: {a: 1})\n'
        'x = retell(items(d), how: wording(template: "{{ rephrased }}"))\n'
        'y = retell(items(d), how: wording(template: file("prompt.jinja")))'
    )
    assert compiled(START + more).diagnostics == ()
