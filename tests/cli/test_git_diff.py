"""`git diff` with our driver: what changed by meaning, and text where a spec does not compile."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, w2sdl
from tests.cli.repositories import git


@pytest.fixture
def driven(repo: Path) -> Path:
    """The repository, configured as docs/git_diff.md says."""
    (repo / ".gitattributes").write_text("*.w2s diff=w2sdl\n")
    command = f'"{sys.executable}" -m w2sdl diff --git'
    git(repo, "config", "diff.w2sdl.command", command)
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "attributes")
    return repo


def test_git_diff_shows_what_changed_by_meaning(driven: Path) -> None:
    spec = driven / "small.w2s"
    text = spec.read_text("utf-8")
    spec.write_text(text.replace("width: 16", "width: 32").replace("teacher", "judge"), "utf-8")
    out = git(driven, "diff")
    assert "w2sdl diff small.w2s" in out
    assert "one factor differs, S.width 16 → 32; all else equal: a controlled comparison" in out
    assert "binding, renamed: teacher → judge" in out
    assert "\x1b" not in out
    git(driven, "commit", "-q", "-am", "wider")
    assert "S.width: 16 → 32" in git(driven, "diff", "HEAD~1", "HEAD")
    assert "S.width: 32 → 16" in git(driven, "show", "--ext-diff", "-R", "HEAD")
    assert "+strong S" in git(driven, "diff", "--no-ext-diff", "HEAD~1", "HEAD")


def test_git_diff_of_new_removed_and_renamed_files(driven: Path) -> None:
    (driven / "more.w2s").write_text(SMALL, "utf-8")
    git(driven, "add", ".")
    out = git(driven, "diff", "--cached")
    assert "a new design: small, a spec small enough for a test" in out
    assert "(seed × 2); measures scores" in out
    git(driven, "commit", "-q", "-m", "more")
    git(driven, "rm", "-q", "more.w2s")
    assert "a design that is gone: small" in git(driven, "diff", "--cached")
    git(driven, "reset", "-q", "--hard")
    git(driven, "mv", "more.w2s", "less.w2s")
    (driven / "less.w2s").write_text(SMALL.replace("width: 16", "width: 32"), "utf-8")
    git(driven, "add", ".")
    out = git(driven, "diff", "--cached", "-M")
    assert "w2sdl diff more.w2s → less.w2s" in out
    assert "S.width: 16 → 32" in out


def test_git_diff_falls_back_to_text_and_says_why(driven: Path) -> None:
    spec = driven / "small.w2s"
    spec.write_text(spec.read_text("utf-8").replace("likelihood()", "likelyhood()", 1), "utf-8")
    out = git(driven, "diff")
    assert (
        "it does not compile after the change, so here are the messages, and the texts line by line"
        in out
    )
    assert "did you mean `likelihood`?" in out
    assert "-teacher = finetune(W, gold(d.supervise), head: likelihood(), seed: seed)" in out
    assert "+teacher = finetune(W, gold(d.supervise), head: likelyhood(), seed: seed)" in out


def test_git_goes_on_to_the_next_file(driven: Path) -> None:
    """A driver that fails makes git stop at the first file."""
    (driven / "small.w2s").write_bytes("experiment é".encode("latin-1"))
    (driven / "zz.txt").write_text("one")
    git(driven, "add", ".")
    out = git(driven, "diff", "--cached")
    assert "is not UTF-8 text" in out
    assert "+one" in out


def test_the_driver_by_hand_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = w2sdl(capsys, "diff", "--git", "a.w2s", "b.w2s")
    assert code == 1
    assert "git calls its driver with 7 arguments, and 2 came" in err
    code, out, _ = w2sdl(capsys, "diff", "--git", "a.w2s")
    assert (code, out) == (0, "a.w2s: not merged yet\n")
