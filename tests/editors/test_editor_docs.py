"""What ``docs/editors.md`` tells people to paste."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editors.md").read_text("utf-8")
PACKAGE = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text("utf-8"))


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_settings_for_helix_start_the_server() -> None:
    settings = tomllib.loads(block("toml"))
    server = settings["language-server"]["w2sdl"]
    assert [server["command"], *server["args"]] == ["w2sdl", "lsp"]
    assert settings["language"][0]["language-servers"] == ["w2sdl"]


def test_the_settings_for_vs_code_are_ones_that_the_extension_has() -> None:
    known = PACKAGE["contributes"]["configuration"]["properties"]
    assert set(json.loads(block("json"))) == set(known)
    assert known["w2sdl.command"]["default"] == ["w2sdl", "lsp"]


def test_the_server_has_the_command_that_all_of_them_name() -> None:
    from w2sdl.cli import cli

    assert '"w2sdl", "lsp"' in block("lua")
    assert cli.get_command(None, "lsp") is not None  # type: ignore[arg-type]
