"""The style, rule by rule: what is written, and what it becomes."""

from __future__ import annotations

import pytest

from w2sdl.format import format_text
from w2sdl.source import Source

STYLE = {
    "spaces": (
        "axis seed=0 .. 2\n\nW=f( a,b [ seed :1 ] . c,n:-1 )*2+g( )-3\nexpect e :a>=b",
        "axis seed = 0..2\n\nW = f(a, b[seed: 1].c, n: -1) * 2 + g() - 3\nexpect e: a >= b\n",
    ),
    "an empty text": (" \n\t\n", ""),
    "a comment alone": ("\n\n   # why  \n\n\n# and\n\n", "# why\n\n# and\n"),
    "the description on a line of its own": ('experiment x "why"', 'experiment x\n  "why"\n'),
    "neighbours of one kind are aligned": (
        "axis a = 0..1\naxis bcd = 0..1\nx = 1\nyyy = 2\nmeasure m = f(a) on d.t\n"
        "measure mm = f(a) on d.t\nexpect e: a > b\nexpect ee: a > b",
        "axis a   = 0..1\naxis bcd = 0..1\nx   = 1\nyyy = 2\nmeasure m  = f(a) on d.t\n"
        "measure mm = f(a) on d.t\nexpect e:  a > b\nexpect ee: a > b\n",
    ),
    "a blank line or a comment ends the neighbourhood": (
        "a = 1\n\n\nbbb = 2\n# why\ncc = 3",
        "a = 1\n\nbbb = 2\n# why\ncc = 3\n",
    ),
    "no blank line at the start or the end": (
        "\n\na = 1\nprofile p {\n\n  b = 1\n\n}\nprofile q {\n\n  # c\n\n}\n\n",
        "a = 1\nprofile p {\n  b = 1\n}\nprofile q {\n  # c\n}\n",
    ),
    "roles are as wide as each other": (
        "weak W = f()\nstrong S_1 = f()\ndata d = g()",
        "weak   W   = f()\nstrong S_1 = f()\ndata d = g()\n",
    ),
    "numbers": (
        "x = [1000, 10_0000, 7, 007, 5e-5, 1_000.5, 50%, 2.5%]\naxis s = 1000..2000",
        "x = [1_000, 100_000, 7, 7, 5e-5, 1_000.5, 50%, 2.5%]\naxis s = 1_000..2_000\n",
    ),
    "names are normalised, strings are not": (
        'S′ = Φ(W’, \u2126, "W’ \\" \\n")',
        "S' = Φ(W', Ω, \"W’ \\\" \\n\")\n",
    ),
    "a name that normalising would spoil": ("\u0958 = 1", "\u0958 = 1\n"),
    "no comma at the end of a line": ("x = f(a, [b,], {c: 1,},)", "x = f(a, [b], {c: 1})\n"),
    "a long call": (
        "T = D(S, S, items(sciq), protocol: debate(turns: 3, quotes: 2), stance: random_side(), "
        "seed: [seed, member])",
        "T = D(\n  S, S, items(sciq),\n  protocol: debate(turns: 3, quotes: 2),\n"
        "  stance:   random_side(),\n  seed:     [seed, member],\n)\n",
    ),
    "many arguments by position": (
        f"x = ensemble({', '.join('member_' + str(i) for i in range(9))}, over: member)",
        "x = ensemble(\n  member_0, member_1, member_2, member_3, member_4, member_5, member_6, member_7,"
        " member_8,\n  over: member,\n)\n",
    ),
    "a long list, one a line": (
        f"x = [{', '.join('member_' + str(i) for i in range(10))}]",
        "x = [\n" + "".join(f"  member_{i},\n" for i in range(10)) + "]\n",
    ),
    "a list or record that is all breaks with its bracket": (
        f"x = f(parts: {{{', '.join(f'a_rather_long_part_{i}: 1_000' for i in range(4))}}})",
        "x = f(parts: {\n" + "".join(f"  a_rather_long_part_{i}: 1_000,\n" for i in range(4)) + "})\n",
    ),
    "a measure over several lines": (
        "measure recovered = pgr(weak: a_long_name, student: a_longer_name, ceiling: a_long_name, "
        "over: s) on d.t",
        "measure recovered = pgr(\n  weak:    a_long_name,\n  student: a_longer_name,\n"
        "  ceiling: a_long_name,\n  over:    s,\n) on d.t\n",
    ),
    "an expectation goes below its name, then apart": (
        f"expect e: mean({'a' * 40}[of: b]) > mean({'c' * 30})\n"
        f"expect f: mean({'a' * 40}[of: b]) > mean({'c' * 60}) - 0.01",
        f"expect e:\n  mean({'a' * 40}[of: b]) > mean({'c' * 30})\n"
        f"expect f:\n  mean({'a' * 40}[of: b])\n  > mean({'c' * 60}) - 0.01\n",
    ),
    "a row that would get too long stands alone": (
        f"a_long_name = 1\nb = f({'x' * 88})\nc = 2\ndd = 3",
        f"a_long_name = 1\nb = f({'x' * 88})\nc  = 2\ndd = 3\n",
    ),
    "a waiver has a line of its own": (
        'x = f(a) allow(student_gold,"a control") allow(no_gap, "b")\ny = 1',
        'x = f(a)\n  allow(student_gold, "a control")\n  allow(no_gap, "b")\ny = 1\n',
    ),
    "blocks": (
        "profile p{a=1 S'.train.batch=2}\nprofile q { }\n"
        "def f(x,y,)->z,zz,{zz=g(x)\n\n\n weak W=h(y) z=g(W)}",
        "profile p {\n  a              = 1\n  S'.train.batch = 2\n}\nprofile q {}\n"
        "def f(x, y) -> z, zz {\n  zz = g(x)\n\n  weak   W = h(y)\n  z = g(W)\n}\n",
    ),
    "comments behind code are aligned": (
        "a = 1 # one\nbbbb = 2    #two\n\nc = 3 # three",
        "a    = 1  # one\nbbbb = 2  #two\n\nc = 3  # three\n",
    ),
    "comments in a block are apart from those outside": (
        "profile p { # of all\na = 1 # of a\n} # after",
        "profile p {  # of all\n  a = 1  # of a\n}  # after\n",
    ),
    "comments behind a long string stand behind its last line": (
        'a_long_name = 1 # one\nprofile p { b = """\nlong enough""" # two\n c = 1 # three\n }',
        'a_long_name = 1  # one\nprofile p {\n  b = """\nlong enough"""  # two\n'
        "  c = 1         # three\n}\n",
    ),
    "a long string starts a run of comments": (
        'a_long_name = 1 # one\nb = """\nx""" # two',
        'a_long_name = 1  # one\nb = """\nx"""  # two\n',
    ),
    "a comment goes on below itself, but not below another": (
        "a = 1  # one\n       # still one\n# of b\nb = 2  # two\n # of c\nc = 3",
        "a = 1  # one\n       # still one\n# of b\nb = 2  # two\n# of c\nc = 3\n",
    ),
    "comments in brackets": (
        "x = f( # opened\n # of a\n a , # behind a\n b # behind b\n , c: # of its value\n 1\n # last\n )",
        "x = f(  # opened\n  # of a\n  a,  # behind a\n  b,  # behind b\n"
        "  c:  # of its value\n    1,\n  # last\n)\n",
    ),
    "comments between operands": (
        "expect e: a # left\n > b + # why\n c",
        "expect e:\n  a    # left\n  > b  # why\n    + c\n",
    ),
    "comments in odd places move on": (
        "axis # one\n a = # two\n f # three\n ( b )",
        "axis a =  # one\n  # two\n  f(  # three\n    b,\n  )\n",
    ),
    "a long string at the end stays with its call": (
        'x = f(a, template: """\n  {{ a }}\n""")',
        'x = f(a, template: """\n  {{ a }}\n""")\n',
    ),
    "a long string in the middle does not": (
        'x = f("""\n  {{ a }}  \n""", a)',
        'x = f(\n  """\n  {{ a }}  \n""",\n  a,\n)\n',
    ),
    "windows line ends": ("a = 1\r\n\r\nb = 2 # c\r\n", "a = 1\n\nb = 2  # c\n"),
    "two declarations on a line": ("a = 1 b = 2", "a = 1\nb = 2\n"),
    "brackets of a sum stay": ("x = ((a + b)) * -(c)", "x = ((a + b)) * -(c)\n"),
    "wide letters count twice": (
        "名 = 1\nab = 2\nabc = 3",
        "名  = 1\nab  = 2\nabc = 3\n",
    ),
}  # fmt: skip


def formatted(text: str) -> str | None:
    return format_text(Source("text", text))[0]


@pytest.mark.parametrize("rule", STYLE)
def test_style(rule: str) -> None:
    before, after = STYLE[rule]
    assert formatted(before) == after
    assert formatted(after) == after


def test_what_can_not_be_read_is_not_touched() -> None:
    text, diagnostics = format_text(Source("text", "a = f(\nb = 2\nc = = 3\n"))
    assert text is None
    assert [d.code for d in diagnostics] == ["W2S0103", "W2S0102"]


@pytest.mark.parametrize("depth", [1, 30, 59])
def test_deep_brackets(depth: int) -> None:
    text = f"x = {'f(a, ' * depth}b{')' * depth}"
    assert formatted(formatted(text) or "") == formatted(text)


def test_ten_thousand_neighbours_take_linear_time() -> None:
    """Each is too long to be aligned with the widest name: the costly case of a naive alignment."""
    import time

    rows = [f"{'n' * (i % 40 + 1)}{i} = f({'x' * (85 - i % 40)})" for i in range(3_000)]
    start = time.process_time()
    assert formatted("\n".join(rows)) is not None
    assert time.process_time() - start < 10
