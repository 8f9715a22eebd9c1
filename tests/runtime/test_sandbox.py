"""Templates of specs: what they may say, and that nothing they say reaches out or goes on for ever."""

from __future__ import annotations

import time

import pytest
from jinja2 import TemplateError

from w2sdl_runtime.data.sandbox import sandbox

VALUES = {
    "question": "Why?",
    "options": ["a", "b", "c"],
    "turns": [{"debater": "A", "text": "no"}, {"debater": "B", "text": "yes"}],
    "n": 3,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ question }} {{ options | join(', ') }}", "Why? a, b, c"),
        ("{% for t in turns %}{{ loop.index }}/{{ loop.length }} {{ t.text }};{% endfor %}",
         "1/2 no;2/2 yes;"),
        ("{% for a in options %}{% for b in options %}{{ a ~ b ~ n }} {% endfor %}{% endfor %}",
         "aa3 ab3 ac3 ba3 bb3 bc3 ca3 cb3 cc3 "),
        ("{{ '%.2f' | format(0.5) }} {{ '%s!' % question }}", "0.50 Why?!"),
        ("{% if turns %}{{ turns[0].text.upper() }}{% else %}none{% endif %}", "NO"),
        ("{% for x in [] %}{% else %}empty{% endfor %}", "empty"),
        ("{% set who = question ~ '!' %}{{ who | replace('?', '.') }}", "Why.!"),
        ("{{ options | length * 2 }} {{ 'ab' * n }} {{ turns | map(attribute='text') | first }}",
         "6 ababab no"),
        ("{% for i in range(n) %}{{ i }}{% endfor %}", "012"),
        ("{{ question.split('h')[0] }} {{ turns | selectattr('debater', 'eq', 'B') | list | length }}",
         "W 1"),
    ],
)  # fmt: skip
def test_what_a_template_may_say(template: str, text: str) -> None:
    assert sandbox().from_string(template).render(**VALUES) == text


BOMBS = [
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{{ i }}{% endfor %}{% endfor %}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x + x %}" * 60 + "{{ x }}",
    "{% set x = [1] %}" + "{% set x = x + x %}" * 60 + "{{ x }}",
    "{% set x = 9 %}" + "{% set x = x * x %}" * 60 + "{{ x }}",
    "{% set x = 'a' * 1000 %}" + "{% set x = x | replace('a', x) %}" * 9,
    "{% set x = 'a' * 1000 %}{{ x | list | join(x) | list | join(x) }}",
    "{{ 'x' * 10 ** 10 }}",
    "{{ 9 ** 9999999999 }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '%*d' | format(10000000000, 1) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format('x') }}",
    "{{ 'x'.ljust(1000000000) }}",
    "{{ 'x'.zfill(1000000000) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ 'x' | indent(1000000000, true) }}",
    "{{ '{:>100000000000000}'.format('x') }}",
    "{{ '{:.100000000000000f}'.format(0.5) }}",
    "{{ '{:{w}}'.format_map({'w': 100000000000000}) }}",
    "{{ lipsum(100000) }}",
    "{{ options | batch(1000000000, 'x') | list }}",
    "{{ options | slice(1000000000) | list }}",
    "{{ range(1000000000) | list }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for t in options recursive %}{{ loop(options) }}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% for i in range(9999) %}{{ question * 300 }}{% endfor %}",
]
WAYS_OUT = [
    "{{ ''.__class__.__mro__ }}",
    "{{ question.__init__.__globals__ }}",
    "{{ turns | map(attribute='__class__') | list }}",
    "{{ turns | attr('__class__') }}",
    "{{ ('' | attr('format'))('{0.__class__}') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ self.__dict__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ turns.append(1) }}",
    "{% include '/etc/passwd' %}",
    "{% extends 'x' %}",
    "{% import 'os' as os %}",
    "{{ config }}",
    "{{ open('/etc/passwd') }}",
]


@pytest.mark.parametrize("template", BOMBS)
def test_no_template_goes_on_for_ever(template: str) -> None:
    start = time.monotonic()
    with pytest.raises((TemplateError, TypeError)):
        sandbox().from_string(template).render(**VALUES)
    assert time.monotonic() - start < 5


def test_a_text_can_be_formatted_in_small() -> None:
    template = sandbox().from_string("{{ '{:>6}|{:.2f}|{a}'.format('x', 0.5, a=1) }}")
    assert template.render() == "     x|0.50|1"


@pytest.mark.parametrize("template", WAYS_OUT)
def test_no_template_gets_out(template: str) -> None:
    try:
        text = sandbox().from_string(template).render(**VALUES)
    except (TemplateError, TypeError):
        return
    assert text in ("", "[Undefined, Undefined]")
