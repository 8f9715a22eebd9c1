"""`w2sdl check`: formats for machines, levels of lints, and one exit code whatever the format."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]
GOOD = """experiment good "one seed only"
axis seed = 0..0
data d = science_qa(parts: {supervise: 80, transfer: 80, test: 80})
weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 4)
W' = finetune(W, gold(d.supervise), seed: seed)
measure scores = accuracy(W') on d.test
"""
BAD = GOOD.replace("gold(d.supervise)", "gold(d.supervize)").replace("width: 8", "widht: 8")
TWICE = GOOD + "W' = finetune(W, gold(d.supervise))\n"


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"good": GOOD, "bad": BAD, "twice": TWICE, "größe 1": BAD}.items():
        Path(f"{name}.w2s").write_text(text, "utf-8")


def check(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run_cli(["check", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("form", ["human", "short", "json", "sarif"])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["good.w2s"], 0),
        (["good.w2s", "--pedantic"], 0),
        (["good.w2s", "-D", "single_seed"], 1),
        (["bad.w2s"], 1),
        (["good.w2s", "nothing.w2s"], 1),
    ],
)
def test_the_exit_code_does_not_depend_on_the_format(
    form: str, arguments: list[str], expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(*arguments, "--error-format", form, capsys=capsys)
    assert code == expected
    assert form == "human" or err == ""
    assert form in ("human", "short") or out


@pytest.mark.usefixtures("specs")
def test_short_is_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("bad.w2s", "good.w2s", "nothing.w2s", "--pedantic", "--error-format", "short")
    _, out, _ = check(*arguments, capsys=capsys)
    assert out.splitlines() == [
        "bad.w2s:4:41: error[W2S0303]: `pretrain` has no argument `widht`",
        "bad.w2s:5:25: error[W2S0307]: `d` has no part `supervize`",
        "good.w2s:2:6: warning[W2S0611]: only one seed is behind `scores`",
        "nothing.w2s: error: there is no file nothing.w2s",
    ]


@pytest.mark.usefixtures("specs")
def test_json_has_all_facts(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("bad.w2s", "twice.w2s", "good.w2s", "nothing.w2s", "--error-format", "json")
    _, out, _ = check(*arguments, capsys=capsys)
    document = json.loads(out)
    assert (document["schema"], document["schema_version"]) == ("w2sdl.diagnostics", 1)
    specs = {spec["spec"]: spec for spec in document["specs"]}
    assert [specs[f"{name}.w2s"]["ok"] for name in ("bad", "good", "nothing")] == [
        False,
        True,
        False,
    ]
    assert (specs["bad.w2s"]["errors"], specs["bad.w2s"]["nodes"]) == (2, None)
    assert specs["good.w2s"]["nodes"] > 0
    assert specs["nothing.w2s"]["failure"]["message"] == "there is no file nothing.w2s"
    part = next(d for d in document["diagnostics"] if d["code"] == "W2S0307")
    offset = BAD.index("supervize", BAD.index("gold"))
    assert part["span"] == {
        "file": "bad.w2s",
        "command_line": False,
        "from": {"line": 5, "column": 25, "offset": offset},
        "to": {"line": 5, "column": 34, "offset": offset + 9},
    }
    assert part["near"] == ["supervise"]
    assert part["facts"] == {
        "data": "d", "name": "supervize", "known": "supervise, transfer, test", "where": ""
    }  # fmt: skip
    assert part["help"] == ["did you mean `supervise`?", "its parts are supervise, transfer, test"]
    twice = next(d for d in document["diagnostics"] if d["code"] == "W2S0204")
    assert [label["label"] for label in twice["related"]] == ["first defined here"]
    assert twice["related"][0]["span"]["from"]["line"] == 5


@pytest.mark.usefixtures("specs")
def test_json_says_what_stands_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = check("good.w2s", "--set", "W.width=0", "--error-format", "json", capsys=capsys)
    (found,) = json.loads(out)["diagnostics"]
    assert found["span"]["command_line"]
    assert found["span"]["file"] == "--set W.width=0"


MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
POSITIVE = {"type": "integer", "minimum": 1}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["physicalLocation"]}, {"required": ["message"]}],
    "properties": {
        "id": POSITIVE,
        "message": MESSAGE,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "additionalProperties": False,
                    "properties": {
                        **dict.fromkeys(
                            ("startLine", "startColumn", "endLine", "endColumn"), POSITIVE
                        ),
                        "snippet": MESSAGE,
                    },
                },
            },
        },
    },
}
#: The part of SARIF 2.1.0 that is used here, by hand; the whole log was checked against the official
#: schema when this was written.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription", "help"],
                                            "properties": {
                                                "shortDescription": MESSAGE,
                                                "help": MESSAGE,
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["error", "warning", "note"]},
                                "message": MESSAGE,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.mark.usefixtures("specs")
def test_sarif_is_well_formed_and_its_rules_carry_the_long_texts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ("größe 1.w2s", "twice.w2s", "good.w2s", "nothing.w2s")
    arguments = (*names, "--pedantic", "--set", "W.heads=0", "--error-format", "sarif")
    _, out, _ = check(*arguments, capsys=capsys)
    log = json.loads(out)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    by_code = {result["ruleId"]: result for result in run["results"]}
    place = by_code["W2S0307"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "gr%C3%B6%C3%9Fe%201.w2s"
    assert place["region"] == {
        "startLine": 5, "startColumn": 25, "endLine": 5, "endColumn": 34,
        "snippet": {"text": "supervize"},
    }  # fmt: skip
    assert "--set W.heads=0" in by_code["W2S0305"]["locations"][0]["message"]["text"]
    assert by_code["W2S0204"]["relatedLocations"][0]["message"]["text"] == "first defined here"
    assert "```w2s good" in rules[by_code["W2S0307"]["ruleIndex"]]["help"]["markdown"]
    assert not run["invocations"][0]["executionSuccessful"]


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("command", ["compile", "plan", "graph"])
def test_other_commands_keep_standard_output_for_what_they_make(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", "store"] if command == "plan" else []
    assert run_cli([command, "bad.w2s", "--error-format", "json", *store]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert {d["code"] for d in json.loads(err)["diagnostics"]} == {"W2S0303", "W2S0307"}


@pytest.mark.usefixtures("specs")
def test_pedantic_warnings_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check("good.w2s", capsys=capsys)
    assert (code, err) == (0, "")
    assert "warning" not in out
    code, out, err = check("good.w2s", "--pedantic", capsys=capsys)
    assert code == 0
    assert "warning[W2S0611]" in err
    assert out.startswith("good.w2s: ok, ")
    assert out.endswith(", 1 warning\n")


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-W", "single_seed"], "warning"),
        (["-D", "single_seed"], "error"),
        (["--deny", "pedantic"], "error"),
        (["--pedantic", "-A", "single_seed"], ""),
        (["-A", "single_seed", "--pedantic"], "warning"),
        (["-D", "single_seed", "-W", "single_seed"], "warning"),
        (["-W", "single_seed", "-D", "unused_axis", "-D", "single_seed"], "error"),
        (["-Dsingle_seed", "--allow=single_seed"], ""),
    ],
)
def test_of_options_that_name_one_lint_the_later_wins(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = check("good.w2s", *arguments, "--error-format", "short", capsys=capsys)
    assert code == (expected == "error")
    assert (f"{expected}[W2S0611]" in out) if expected else out == ""


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-W", "single_sed"], "did you mean `single_seed`?"),
        (["-A", "student_gold"], 'allow(student_gold, "reason")'),
        (["-W"], "requires an argument"),
        (["--error-format", "xml"], "is not one of"),
    ],
)
def test_wrong_choices_are_one_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = check("good.w2s", *arguments, capsys=capsys)
    assert code == 1
    assert message in err


def test_checking_and_its_messages_load_no_rich() -> None:
    """A spec in Greek, with a mistake: rich's tables of widths are for scripts that need them."""
    code = (
        "import sys; from w2sdl.cli import run_cli; "
        "run_cli(['check', '--pedantic', 'tests/lang/bad/greek_columns.w2s']); "
        "print([m for m in sys.modules if m.split('.')[0] in ('rich', 'numpy', 'networkx')])"
    )
    environment = {**__import__("os").environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
    assert "error[W2S0203]" in done.stderr


@pytest.mark.usefixtures("specs")
def test_a_setting_without_a_value_is_shown_as_typed(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = check("good.w2s", "--set", "W.width", capsys=capsys)
    assert err.startswith(
        "error[W2S0218]: `W.width` sets nothing\n"
        " --> command line\n"
        "  |\n"
        "  | --set W.width\n"
        "  |       ^^^^^^^ `=` and a value are missing\n"
        "  = help: write --set NAME=VALUE or --set NAME.ARGUMENT=VALUE\n"
    )


@pytest.mark.usefixtures("specs")
def test_a_waiver_that_excuses_nothing_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    waived = GOOD.replace("seed: seed)", 'seed: seed) allow(student_gold, "a control")')
    Path("waived.w2s").write_text(waived, "utf-8")
    code, _, err = check("waived.w2s", capsys=capsys)
    assert code == 0
    assert "warning[W2S0610]: `allow(student_gold, ...)` excuses nothing" in err
    assert check("waived.w2s", "-A", "unused_allow", capsys=capsys)[2] == ""
    assert check("waived.w2s", "-D", "unused_allow", capsys=capsys)[0] == 1
