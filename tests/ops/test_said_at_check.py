"""What `check` says of data and their templates, which was said when they were read before."""

from __future__ import annotations

import pytest

from w2sdl.checking.libraries import Unreadable
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures


def messages(lines: str) -> list[tuple[str, str, str]]:
    compilation = Compilation(Source("a.w2s", f"experiment a\n{lines}\n"), load_signatures())
    assert compilation.graph is None or not compilation.diagnostics
    return [
        (one.code, one.title(), str(getattr(one, "advice", ""))) for one in compilation.diagnostics
    ]


def template(form: str, more: str = "") -> list[tuple[str, str, str]]:
    return messages(f'd = table("rows.jsonl", parts: {{a: 10}}, format: {form}{more})')


@pytest.mark.parametrize(
    ("form", "name", "meant"),
    [
        ('multiple_choice(prompt: "{{ qustion }}")', "qustion", "question"),
        ('choices(prompt: "{{ question }} {{ optoins }}")', "optoins", "options"),
        ('binary(prompt: "{{ txt }}")', "txt", "text"),
        ('completion(prompt: "{{ tekst }}")', "tekst", "text"),
        ('pairs(prompt: "{{ dialog }}")', "dialog", "dialogue"),
        (
            'binary(text: "q", passage: "p", prompt: "{{ pasage }}: {{ text }}")',
            "pasage",
            "passage",
        ),
    ],
)
def test_a_prompt_names_what_the_format_shows(form: str, name: str, meant: str) -> None:
    ((code, title, advice),) = template(form)
    assert (code, title) == (
        "W2S0404",
        f"the template `prompt` names `{name}`, which it can't see",
    )
    assert advice.startswith(f"did you mean `{meant}`? it may use ")


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ('multiple_choice(prompt: "{{ question }} {{ options }}")', ""),
        ('multiple_choice(show_passage: true, prompt: "{{ passage }} {{ question }}")', ""),
        ('binary(passage: "p", prompt: "{{ passage }} {{ text }}")', ""),
        ('binary(prompt: "{{ q }} {{ p }}")', ', columns: {text: ["q", "p"]}'),
        ('completion(prompt: "{% if text %}{{ text }}{% endif %}")', ""),
        ('binary(prompt: "{{ text }} in {braces}")', ""),
        ("binary()", ', template: "{{ premise }} {{ claim }}"'),
    ],
)
def test_prompts_that_are_fine(form: str, more: str) -> None:
    assert template(form, more) == []


def test_a_passage_that_is_not_shown() -> None:
    ((_, title, advice),) = template('multiple_choice(prompt: "{{ passage }} {{ question }}")')
    assert title == "the template `prompt` names `passage`, and the format shows none"
    assert "passage: ..." in advice


@pytest.mark.parametrize(
    "lines",
    [
        'd = science_qa(parts: {a: 10}, format: multiple_choice(prompt: "{question}"))',
        'd = table("rows.jsonl", parts: {a: 10}, template: "{ question }")',
        'd = science_qa(parts: {a: 10})\ns = show(gold(d.a), template: "It is {question}.")',
    ],
)
def test_a_name_in_single_braces_is_plain_text(lines: str) -> None:
    """Every row would read the same, and nothing would fail."""
    ((code, title, advice),) = messages(lines)
    assert code == "W2S0407"
    assert "says `{question}` to every row" in title
    assert advice == "in a template a name stands in two braces: `{{ question }}`"


@pytest.mark.parametrize(
    ("form", "column"),
    [
        ("binary()", "label"),
        ('binary(label: "answer")', "answer"),
        ("multiple_choice()", "correct_answer"),
    ],
)
def test_a_template_of_the_data_tells_no_gold(form: str, column: str) -> None:
    ((_, title, _),) = template(form, f', template: "{{{{ text }}}} {{{{ {column} }}}}"')
    assert title == f"`{column}` tells the gold labels, so no text can be made of it"


@pytest.mark.parametrize("data", ["d", "d.a", "folds(d.a, k: 5)"])
@pytest.mark.parametrize("made", ['table("rows.jsonl", ', 'hub("o/name", '])
def test_the_corpus_of_data_that_declares_none(data: str, made: str) -> None:
    ((_, title, advice),) = messages(f"d = {made}parts: {{a: 10}})\nc = corpus({data})")
    assert title == f"this {made.partition('(')[0]}() declares no corpus"
    assert 'corpus: "support"' in advice


@pytest.mark.parametrize(
    "lines",
    [
        'd = table("rows.jsonl", parts: {a: 10}, corpus: "support")\nc = corpus(d.a)',
        "d = science_qa(parts: {a: 10})\nc = corpus(d)",
    ],
)
def test_the_corpus_of_data_that_has_one(lines: str) -> None:
    assert messages(lines) == []


def from_files(lines: str, files: dict[str, str]) -> list[tuple[str, str]]:
    def load(path: str) -> Source:
        if path not in files:
            raise Unreadable(f"there is no file {path}")
        return Source(path, files[path])

    compilation = Compilation(
        Source("a.w2s", f"experiment a\n{lines}\n"), load_signatures(), load=load
    )
    assert compilation.graph is None or not compilation.diagnostics
    return [(one.code, one.title()) for one in compilation.diagnostics]


IN_FILES = """
d = science_qa(parts: {a: 10}, format: multiple_choice(prompt: file("prompts/question.j2")))
s = show(gold(d.a), template: file("./prompts/show.j2"))
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"prompts/question.j2": "{{ qustion }}", "prompts/show.j2": "{{ label }}"},
            ("W2S0404", "the template `prompt` names `qustion`, which it can't see"),
        ),
        (
            {"prompts/question.j2": "{{ question }}", "prompts/show.j2": "{{ lable }}"},
            ("W2S0404", "the template `template` names `lable`, which it can't see"),
        ),
        (
            {"prompts/question.j2": "{question}", "prompts/show.j2": "{{ label }}"},
            ("W2S0407", "the template `prompt` says `{question}` to every row"),
        ),
        (
            {"prompts/question.j2": "{% if question %}", "prompts/show.j2": "{{ label }}"},
            ("W2S0407", "the template `prompt` has a mistake in line 1"),
        ),
    ],
)
def test_templates_in_files_are_checked_like_those_in_place(
    files: dict[str, str], said: tuple[str, str]
) -> None:
    ((code, title),) = from_files(IN_FILES, files)
    assert (code, title.startswith(said[1])) == (said[0], True)


def test_a_file_that_is_not_there_yet_is_no_mistake_of_the_spec() -> None:
    """Plans and runs say it, where the files are."""
    assert from_files(IN_FILES, {}) == []
    assert from_files(IN_FILES.replace("./prompts", "../prompts"), {}) != []  # leaves the folder
