"""The TextMate grammar beside the real lexer, and the extension folder: what VS Code would load."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from w2sdl.syntax.lexer import lexer

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "editors" / "vscode"
SPECS = sorted([*ROOT.glob("specs/*.w2s"), *ROOT.glob("examples/*.w2s")])
SPECS += sorted(ROOT.glob("tests/validity/systems/*.w2s"))

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules" / "vscode-textmate").is_dir(),
    reason="needs node, and `npm install` in editors/vscode",
)

#: Terminal of the language -> the scopes that its characters may have.
SCOPES = {
    "STRING": ("string.",), "LONG_STRING": ("string.",),
    "INTEGER": ("constant.numeric",), "FLOAT": ("constant.numeric",), "PERCENT": ("constant.numeric",),
    "QUANTITY": ("constant.numeric",),
    "TRUE": ("constant.language",), "FALSE": ("constant.language",),
    "NAME": ("variable.", "entity.name.", "constant.other.rule", "keyword.declaration.baseline",
             "keyword.other.at", "keyword.other.within"),  # words in one place each
    "COMPARE": ("keyword.operator",), "EQUALS": ("keyword.operator.comparison",), "EQUAL": ("keyword.operator.assignment",),
    "DOT": ("punctuation.accessor", "entity.name.variable"),
    "COLON": ("punctuation.separator",), "COMMA": ("punctuation.separator",),
    **dict.fromkeys(("LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE"), ("punctuation.section",)),
    **dict.fromkeys(("PLUS", "MINUS", "PRODUCT"), ("keyword.operator.arithmetic",)),
}  # fmt: skip
LABELS = ("variable.parameter", "variable.other.member")
WORDS = ("keyword.", "storage.modifier.role")

LINES = [
    ("experiment e", ["experiment:keyword.declaration", "e:entity.name.namespace"]),
    ('import "a.w2s" as lib', ["import:keyword.control", "as:keyword.control", "lib:entity.name"]),
    ("axis Ψ′ = 0..2", ["axis:keyword", "Ψ′:entity.name.type", "..:keyword.operator.range"]),
    ("weak W' = f(weak: x, data: d.data)",
     ["weak:storage.modifier", "W':entity.name.variable", "f:entity.name.function.call",
      "weak:variable.parameter", "data:variable.parameter", "data:variable.other.member"]),
    ("x.y = on_time(1_0, 2.5e-3, 50%)", ["on_time:entity.name.function", "1_0:constant.numeric",
                                      "2.5e-3:constant.numeric", "50%:constant.numeric"]),
    ("t = f(x, timeout: 4h, needs: {memory: 1.5GiB})",
     ["4h:constant.numeric", "1.5GiB:constant.numeric"]),
    ("measure m = f(a) on d.test", ["measure:keyword", "m:entity.name", "on:keyword.other",
                                   "test:variable.other.member"]),
    ("expect better: mean(m[of: S']) >= 0.5", ["expect:keyword", "better:entity.name.variable.expect",
                                            "of:variable.parameter", ">=:keyword.operator.comparison"]),
    ("expect same at 99%: a == b within 2%",
     ["same:entity.name.variable.expect", "at:keyword.other.at", "99%:constant.numeric",
      "==:keyword.operator.comparison", "within:keyword.other.within", "2%:constant.numeric"]),
    ("baseline evidence: none", ["baseline:keyword", "evidence:variable.parameter", "none:variable"]),
    ('a = b allow(no_gap, "why \\" {{ x }}")',
     ["allow:keyword.other", "no_gap:constant.other.rule", '\\":constant.character.escape',
      "{{ x }}:constant.other.placeholder"]),
    ("profile p { S'.epochs = true }", ["profile:keyword", "p:entity.name", "true:constant.language"]),
    ("def hop(a) -> b {", ["def:keyword", "hop:entity.name.function", "->:keyword.operator.arrow"]),
    ('x = "not closed', ['not closed:string.quoted.double']),
    ("y = 1 # x", ["y:entity.name.variable", " x:comment.line"]),
    ('z = """a', ["a:string.quoted.triple"]),
    ('b "c" """', ['b "c" :string.quoted.triple']),
]  # fmt: skip


def scopes(*paths: Path) -> dict[str, list[tuple[int, int, int, str]]]:
    command = ["node", str(FOLDER / "test" / "tokens.mjs"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[tuple[int, int, int, str]]] = json.loads(done.stdout)
    return found


@needs_node
def test_lines_have_the_scopes_that_themes_colour(tmp_path: Path) -> None:
    path = tmp_path / "lines.w2s"
    path.write_text("\n".join(line for line, _ in LINES), "utf-8")
    tokens = scopes(path)[str(path)]
    for number, (line, expected) in enumerate(LINES):
        found = [f"{line[start:end]}:{name}" for at, start, end, name in tokens if at == number]
        position = 0
        for wanted in expected:
            text, name = wanted.rsplit(":", 1)
            hits = [
                i for i, f in enumerate(found[position:]) if f.startswith(f"{text}:") and name in f
            ]
            assert hits, f"{line}: {wanted} not in {found[position:]}"
            position += hits[0] + 1


@needs_node
def test_every_character_of_every_spec_is_what_the_lexer_says() -> None:
    tokens = scopes(*SPECS)
    for path in SPECS:
        text = path.read_text("utf-8")
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        by_offset: dict[int, str] = {}
        for number, start, end, name in tokens[str(path)]:
            by_offset |= dict.fromkeys(range(starts[number] + start, starts[number] + end), name)
        for kind, begin, end in lexer().lexemes(text):
            place = f"{path.name}: {text[begin:end]!r} ({kind})"
            for offset in range(begin, end):
                if text[offset] != "\n":
                    assert _fits(kind, by_offset[offset]), f"{place} is {by_offset[offset]!r}"
        assert all("invalid" not in name for name in by_offset.values())


def _fits(kind: str, name: str) -> bool:
    if kind in SCOPES:
        return any(scope in name for scope in SCOPES[kind])
    if kind.startswith("__"):  # `..` and `->`
        return "keyword.operator" in name
    return any(scope in name for scope in (*WORDS, *LABELS))


def test_the_extension_names_files_that_are_there() -> None:
    package = json.loads((FOLDER / "package.json").read_text("utf-8"))
    (language,) = package["contributes"]["languages"]
    (grammar,) = package["contributes"]["grammars"]
    for file in (package["main"], language["configuration"], grammar["path"]):
        assert (FOLDER / file).is_file()
    assert language["id"] == grammar["language"] == "w2s"
    json.loads((FOLDER / language["configuration"]).read_text("utf-8"))
    assert (
        json.loads((FOLDER / grammar["path"]).read_text("utf-8"))["scopeName"]
        == grammar["scopeName"]
    )


@needs_node
def test_the_extension_is_javascript_that_node_reads() -> None:
    command = ["node", "--check", str(FOLDER / "extension.js")]
    assert subprocess.run(command, check=False).returncode == 0
