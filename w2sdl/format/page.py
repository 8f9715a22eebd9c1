"""Lines being written: columns, comments behind code, and those aligned in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl.format.comments import Comment, split_trailing
from w2sdl.messages.columns import display_width

WIDTH = 100  #: columns that code keeps to; comments and strings are never broken
INDENT = 2


@dataclass(slots=True)
class _Line:
    indent: int
    code: str = ""
    comment: str = ""  #: behind the code, or, without code, below such a comment

    @property
    def width(self) -> int:
        """Where the code ends. A long string may put line breaks into it."""
        _, broken, last = self.code.rpartition("\n")
        return display_width(last) + (0 if broken else self.indent)


class Page:
    """The output, line by line. ``write`` goes on with the last line, ``start`` begins a new one."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []

    @property
    def indent(self) -> int:
        """Of the line being written."""
        return self._lines[-1].indent

    @property
    def column(self) -> int:
        """Where the next text goes."""
        return self._lines[-1].width

    def start(self, indent: int) -> None:
        if self._lines:
            self._close()
        self._lines.append(_Line(indent))

    def _close(self) -> None:
        self._lines[-1].code = self._lines[-1].code.rstrip(" ")

    def blank(self) -> None:
        """A blank line."""
        self.start(0)

    def write(self, text: str) -> None:
        self._lines[-1].code += text

    def fits(self, text: str, after: int = 0) -> bool:
        """Whether a text fits behind what is written, with ``after`` columns to spare."""
        first, broken, _ = text.partition("\n")
        return self.column + display_width(first) + (0 if broken else after) <= WIDTH

    def trail(self, comments: Sequence[Comment]) -> None:
        """Comments behind the line being written, the second and further ones below the first."""
        for number, comment in enumerate(comments):
            if number:
                self.start(self.indent)
            self._close()
            self._lines[-1].comment = comment.text

    def remark(self, comments: Sequence[Comment], indent: int) -> None:
        """Comments on lines of their own."""
        for comment in comments:
            self.start(indent)
            self.write(comment.text)

    def break_after(self, comments: Sequence[Comment], indent: int) -> None:
        """A new line; before it, comments: behind the line being written and on lines of their own."""
        trailing, own = split_trailing(tuple(comments))
        self.trail(trailing)
        self.remark(own, indent)
        self.start(indent)

    def text(self) -> str:
        """Everything written."""
        texts = []
        columns = self._comment_columns()
        for line, column in zip(self._lines, columns, strict=True):
            code = " " * line.indent + line.code if line.code else ""
            if line.comment:
                code += " " * (column - display_width(code.rpartition("\n")[2])) + line.comment
            texts.append(code)
        return "\n".join(texts) + "\n" if texts else ""

    def _comment_columns(self) -> list[int]:
        """For each line the column of its comment: the same in consecutive lines of one indentation."""
        columns = [0] * len(self._lines)
        run: list[int] = []
        for number, line in enumerate([*self._lines, _Line(-1)]):
            joins = line.comment and run and line.indent == self._lines[run[-1]].indent
            if not joins or "\n" in line.code:
                column = max((self._lines[i].width for i in run), default=0) + 2
                for i in run:
                    columns[i] = column
                run = []
            if line.comment:
                run.append(number)
        return columns
