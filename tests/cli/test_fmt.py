"""`w2sdl fmt` on files, folders and standard input; what it refuses; what it leaves as it was."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

BEFORE = "axis seed=0..2 # three\ndata d = science_qa( parts: {test: 1000} )\n"
AFTER = "axis seed = 0..2  # three\ndata d = science_qa(parts: {test: 1_000})\n"
DIFF = "--- -\n+++ -\n@@ -1 +1 @@\n-x=1\n\\ No newline at end of file\n+x = 1\n"
BROKEN = "x = f(\ny = 2\n"


def fmt(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run_cli(["fmt", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "a.w2s"
    path.write_text(BEFORE, "utf-8")
    return path


def test_a_file_is_rewritten_once(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.chmod(0o640)
    assert fmt(spec, capsys=capsys) == (0, f"{spec}\n", "1 of 1 file formatted\n")
    assert spec.read_bytes() == AFTER.encode()
    assert spec.stat().st_mode & 0o777 == 0o640
    written = spec.stat().st_mtime_ns
    assert fmt(spec, capsys=capsys) == (0, "", "1 file, nothing to do\n")
    assert spec.stat().st_mtime_ns == written
    assert [path.name for path in spec.parent.iterdir()] == ["a.w2s"]


def test_check_lists_writes_nothing_and_exits_with_2(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = spec.with_name("good.w2s")
    good.write_text(AFTER, "utf-8")
    code, out, err = fmt("--check", spec.parent, capsys=capsys)
    assert (code, out, err) == (2, f"{spec}\n", "1 of 2 files would be formatted\n")
    assert spec.read_text("utf-8") == BEFORE
    assert fmt("--check", good, capsys=capsys)[0] == 0


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
def test_diff_shows_what_patch_takes(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = fmt("--diff", spec, capsys=capsys)
    assert code == 0
    assert spec.read_text("utf-8") == BEFORE
    assert fmt("--diff", "--check", spec, capsys=capsys)[:2] == (2, out)
    subprocess.run(["patch", "-s", "-p0", str(spec)], input=out, text=True, check=True)
    assert spec.read_text("utf-8") == AFTER
    assert fmt("--diff", "--check", spec, capsys=capsys)[:2] == (0, "")


def test_a_folder_means_the_specs_below_it(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = spec.parent / "lib" / "b.w2s"
    stored = spec.parent / ".w2sdl" / "c.w2s"
    other = spec.parent / "notes.txt"
    for path in (inner, stored, other):
        path.parent.mkdir(exist_ok=True)
        path.write_text(BEFORE, "utf-8")
    code, out, _ = fmt(spec.parent, spec, capsys=capsys)  # the file is named twice, and done once
    assert (code, out.split()) == (0, [str(spec), str(inner)])
    assert inner.read_text("utf-8") == AFTER
    assert stored.read_text("utf-8") == other.read_text("utf-8") == BEFORE


def test_line_ends_and_byte_order_marks_are_normalised(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_bytes(b"\xef\xbb\xbf" + AFTER.replace("\n", "\r\n").encode())
    assert fmt("--check", spec, capsys=capsys)[0] == 2
    assert fmt(spec, capsys=capsys)[0] == 0
    assert spec.read_bytes() == AFTER.encode()


def test_a_link_stays_a_link(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = spec.with_name("link.w2s")
    link.symlink_to(spec)
    assert fmt(link, capsys=capsys)[0] == 0
    assert link.is_symlink()
    assert spec.read_text("utf-8") == AFTER


def test_one_bad_file_keeps_no_other_from_its_format(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = spec.with_name("0_bad.w2s")
    bad.write_text(BROKEN, "utf-8")
    for flags in ([], ["--check"], ["--diff"]):
        code, _, err = fmt(*flags, spec.parent, capsys=capsys)
        assert code == 1
        assert "error[W2S0103]: `(` is never closed" in err
        assert f"{bad}: not formatted" in err
    assert bad.read_text("utf-8") == BROKEN
    assert spec.read_text("utf-8") == AFTER


def test_an_empty_file_stays_empty(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text("", "utf-8")
    assert fmt(spec, capsys=capsys)[0] == 0
    assert spec.read_text("utf-8") == ""


# Standard input


def fmt_stdin(
    data: bytes, *flags: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return fmt(*flags, "-", capsys=capsys)


@pytest.mark.parametrize(
    ("data", "flags", "code", "out", "message"),
    [
        (BEFORE.encode(), [], 0, AFTER, ""),
        (AFTER.encode(), [], 0, AFTER, ""),
        (b"\xef\xbb\xbfx=1\r\ry=2\r\n", [], 0, "x = 1\n\ny = 2\n", ""),
        (b"", [], 0, "", ""),
        (BEFORE.encode(), ["--check"], 2, "-\n", ""),
        (AFTER.encode(), ["--check"], 0, "", ""),
        (b"x=1", ["--diff"], 0, DIFF, ""),
        (BROKEN.encode(), [], 1, "", "<stdin>: not formatted"),
        (b"\xff", [], 1, "", "standard input is not UTF-8 text"),
        (b"#" * 5_000_000, [], 1, "", "standard input holds"),
    ],
    ids=["changed", "same", "marks", "empty", "check", "checked", "diff", "broken", "bytes", "huge"],
)  # fmt: skip
def test_standard_input(
    data: bytes,
    flags: list[str],
    code: int,
    out: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = fmt_stdin(data, *flags, monkeypatch=monkeypatch, capsys=capsys)
    assert result[:2] == (code, out)
    assert (message in result[2]) if message else result[2] == ""


# What can't be formatted


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("nothing.w2s", None, "there is no file"),
        (".", None, "there is no .w2s file in"),
        ("bytes.w2s", b"x = 1\n\xff", "is not UTF-8 text: invalid start byte in line 2"),
        ("huge.w2s", b"#" * 5_000_000, "holds 4.8 MiB, and a spec at most 4"),
        ("n" * 300 + ".w2s", None, "can't be read"),
    ],
    ids=["missing", "folder", "bytes", "huge", "name"],
)
def test_what_is_no_spec_gets_one_message(
    path: str,
    content: bytes | None,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / path).write_bytes(content)
    code, out, err = fmt(tmp_path / path, capsys=capsys)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("error: ") == 1


def test_usage(capsys: pytest.CaptureFixture[str], spec: Path) -> None:
    assert "Missing argument" in fmt(capsys=capsys)[2]
    code, _, err = fmt("-", spec, capsys=capsys)
    assert code == 1
    assert "stands alone" in err
    assert spec.read_text("utf-8") == BEFORE


def test_a_pipe_is_not_replaced_by_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe.w2s"
    os.mkfifo(pipe)
    code, _, err = fmt(pipe, capsys=capsys)
    assert code == 1
    assert "is no file that can be written again" in err
    assert pipe.is_fifo()


@pytest.fixture
def as_nobody() -> object:
    """Permissions mean nothing to root: become somebody else for a while."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.mark.parametrize(
    ("mode", "folder_mode", "message"),
    [
        (0o444, 0o777, "can't be written: Permission denied"),
        (0o666, 0o555, "can't be written: Permission denied"),
        (0o000, 0o777, "can't be read: Permission denied"),
        (0o666, 0o000, "can't be read: Permission denied"),
    ],
    ids=["file", "folder", "unreadable", "closed"],
)
def test_no_permission_is_said_and_nothing_is_lost(
    mode: int,
    folder_mode: int,
    message: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        Path(name).chmod(0o755)
        folder = Path(name) / "specs"
        folder.mkdir()
        spec = folder / "a.w2s"
        spec.write_text(BEFORE, "utf-8")
        spec.chmod(mode)
        folder.chmod(folder_mode)
        request.getfixturevalue("as_nobody")
        code, out, err = fmt(spec, capsys=capsys)
        whole = fmt(folder, capsys=capsys)
        if os.geteuid() != os.getuid():
            os.seteuid(os.getuid())
        folder.chmod(0o755)
        spec.chmod(0o644)
        assert (code, out) == (1, "")
        assert message in err
        assert whole[0] == 1
        assert spec.read_text("utf-8") == BEFORE
        assert [path.name for path in folder.iterdir()] == ["a.w2s"]


def test_a_disk_that_is_full_loses_nothing(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = fmt(spec, capsys=capsys)
    assert (code, err.splitlines()[0]) == (
        1,
        f"error: {spec} can't be written: No space left on device",
    )
    assert spec.read_text("utf-8") == BEFORE
    assert [path.name for path in spec.parent.iterdir()] == ["a.w2s"]
