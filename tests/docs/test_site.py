"""The site builds strictly, lacks nothing and loads nothing from elsewhere; links hold on git hosts too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fences import PAGES, ROOT

from w2sdl.cli import cli
from w2sdl.explain import codes
from w2sdl_runtime.registry import load_signatures


class Html(HTMLParser):
    """The ids of a page, what it loads, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.loaded: set[str] = set()
        self.text = path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids.add(values.get("id", ""))
        if tag in ("script", "img", "iframe", "source"):
            self.loaded.add(values.get("src", ""))
        if tag == "link" and values.get("rel") != "canonical":
            self.loaded.add(values.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. ``--strict``: a link, an anchor or a page that is not there ends it."""
    folder = tmp_path_factory.mktemp("site")
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Html]:
    return {path.relative_to(site).as_posix(): Html(path) for path in sorted(site.rglob("*.html"))}


def test_every_operation_with_its_arguments_is_listed(pages: dict[str, Html]) -> None:
    page = pages["operations.html"]
    for name, op in load_signatures().ops.items():
        section = _section(page, name)
        for argument in (*op.ports, *op.params):
            assert f"<code>{argument.name}</code>" in section, (name, argument.name)


def test_every_variant_record_and_preset_is_listed(pages: dict[str, Html]) -> None:
    page, signatures = pages["variants.html"], load_signatures()
    for family, members in signatures.variants.items():
        for name, variant in members.items():
            section = _section(page, f"{family.lower()}-{name}")
            for argument in (*variant.ports, *variant.params):
                assert f"<code>{argument.name}</code>" in section, (family, name, argument.name)
    train = next(p.type for p in signatures.ops["finetune"].params if p.name == "train")
    for preset in train.presets:  # type: ignore[union-attr]
        assert f"<code>{preset}()</code>" in _section(page, "record-train")


def _section(page: Html, anchor: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    assert anchor in page.ids
    return re.split(r"<h[1-6]", page.text.split(f' id="{anchor}"', 1)[1], maxsplit=1)[0]


def test_every_command_and_option_is_listed(pages: dict[str, Html]) -> None:
    page = pages["commands.html"]
    for path, command in _commands("w2sdl", cli):
        section = _section(page, path.replace(" ", "-"))
        for param in command.params:
            for option in param.opts if isinstance(param, click.Option) else []:
                assert option in unescape(section), (path, option)


def _commands(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += _commands(f"{path} {name}", inner)
    return found


def test_every_code_and_exit_code_is_listed(pages: dict[str, Html]) -> None:
    assert {code.lower() for code in codes()} <= pages["codes.html"].ids
    rows = re.findall(r"<td[^>]*>(\d+)</td>", pages["exit_codes.html"].text)
    assert rows == ["0", "1", "2", "3", "100", "130", "143"]


def test_no_mark_and_no_fence_is_left(pages: dict[str, Html]) -> None:
    """Breaks where a block's words, or a mark that should be filled in, reach the reader."""
    for name, page in pages.items():
        assert "<!-- generated" not in page.text, name
        assert "::: " not in page.text, name
        prose = re.sub(r"<pre>.*?</pre>", "", page.text, flags=re.DOTALL)
        assert "```" not in prose, name


def test_readers_load_nothing_from_elsewhere(site: Path, pages: dict[str, Html]) -> None:
    for name, page in pages.items():
        assert [url for url in page.loaded if url.startswith(("http:", "https:", "//"))] == [], name
    for path in site.rglob("*.css"):
        text = path.read_text("utf-8")
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", text), path.name


_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)")


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES])
def test_links_hold_on_a_git_host(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link, anchor in _LINK.findall(text):
        target = (path.parent / link).resolve() if link else path
        assert target.exists(), link
        if anchor and target.suffix == ".md" and "generated:" not in target.read_text("utf-8"):
            assert anchor in _anchors(target), f"{link}#{anchor}"


def _anchors(path: Path) -> set[str]:
    """The anchors of a page as git hosts make them."""
    from pymdownx.slugs import slugify

    make = slugify(case="lower")
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {make(re.sub(r"[`*]|\]\([^)]*\)", "", head), "-") for head in heads}
