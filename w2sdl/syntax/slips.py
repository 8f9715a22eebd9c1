"""Characters that are no token of the language: what was meant, and the text as it was meant.

A slip keeps the length of the text, so that every position stays right. Where nothing can be guessed it
is blanked out, and the declaration around it is not judged any further.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from w2sdl.errors import syntax
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.source import Source, Span


@dataclass(frozen=True, slots=True)
class Slip:
    """A stretch of text that is wrong, its message, and what to read in its place."""

    start: int
    end: int
    mended: str  #: of the same length
    diagnostic: Diagnostic
    kind: str  #: slips of one kind are reported once
    swallows: bool = False  #: it runs to the end of the text

    @property
    def is_clear(self) -> bool:
        """Whether it is certain what was meant, so that what else is wrong is no consequence."""
        return not isinstance(self.diagnostic, syntax.UnexpectedCharacter | syntax.UnclosedString)


#: Opening mark -> marks that may close it.
_QUOTES = {
    "'": "'’", "`": "`", "“": "”“\"", "”": "”\"", "„": "“”", "‟": "”", "«": "»", "»": "«",
    "‹": "›", "‘": "’‘'", "’": "’'", "‚": "‘’", "‛": "’", "＂": "＂", "＇": "＇",
}  # fmt: skip

_ADVICE = {
    "!": "a spec has no conditions; a comparison is `<`, `>`, `<=` or `>=`, in `expect`",
    "&": "a spec has no conditions",
    "|": "a spec has no conditions",
    "^": "there is no power: write the number out, as in `1_000_000`",
    "$": "a spec reads no variables from outside: set a value with --set",
    "%": "a percent sign stands directly after its number: `50%`",
    "\\": "a declaration goes on in the next line without a mark",
    "…": "a range is written `0..2`",
    "→": "what comes out of a call is named on the left: `name = operation(...)`",
    "≠": "two measured numbers are never exactly equal: compare with `<` or `>`",
    "±": "intervals are computed by the report",
}

#: Characters that stand for one of the language, beside full-width forms and spaces.
_LOOK_ALIKES = {
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "﹣": "-", "×": "*", "∗": "*",
    "÷": "/", "∕": "/", "，": ",", "、": ",", "﹐": ",", "：": ":", "∶": ":", "＝": "=", "≥": ">",
    "≤": "<", "⩾": ">", "⩽": "<", "❨": "(", "❩": ")", "⟨": "<", "⟩": ">", "。": ".",
}  # fmt: skip


def blanked(text: str) -> str:
    """Spaces in place of a text, line by line."""
    return re.sub(r"[^\n]", " ", text)


def slip_at(source: Source, text: str, at: int, tokens: Sequence[Token]) -> Slip:
    """What is wrong at a place where no token begins. ``tokens`` stand before it."""
    char = text[at]
    if char == '"':
        return _open_string(source, text, at)
    if char in _QUOTES:
        return _foreign_quotes(source, text, at)
    plain = _plain(char)
    if plain is not None:
        return _look_alike(source, at, char, plain)
    if char == ";":
        return _semicolon(source, at, tokens)
    span = Span(source, at, at + 1)
    message = syntax.UnexpectedCharacter(span=span, character=char, advice=_ADVICE.get(char, ""))
    return Slip(at, at + 1, blanked(char), message, f"character {char}")


def _open_string(source: Source, text: str, at: int) -> Slip:
    """A straight quotation mark that nothing closes, or a curly one does."""
    curly = re.compile(r'"[^"”“\n]*[”“]').match(text, at)
    if curly:
        return _quoted(source, at, curly.end(), curly[0], f"`{curly[0][-1]}`", '"')
    if text.startswith('"""', at):
        advice = 'close it with `"""`'
        message = syntax.UnclosedString(span=Span(source, at, at + 3), advice=advice)
        return Slip(at, len(text), blanked(text[at:]), message, "string", swallows=True)
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    advice = 'close it with `"` on its line, or use `"""` for several lines'
    if '\\"' in text[at:end]:
        advice += '; `\\"` is a quotation mark inside the string, and does not end it'
    message = syntax.UnclosedString(span=Span(source, at, at + 1), advice=advice)
    return Slip(at, end, blanked(text[at:end]), message, "string")


def _foreign_quotes(source: Source, text: str, at: int) -> Slip:
    char = text[at]
    if text.startswith("'''", at) and (end := text.find("'''", at + 3)) >= 0:
        found = text[at : end + 3]
        return _quoted(source, at, end + 3, found, "`'''`", '"""')
    closing = re.escape(_QUOTES[char])
    string = re.compile(rf"{re.escape(char)}[^\n{closing}]*[{closing}]").match(text, at)
    if string:
        return _quoted(source, at, string.end(), string[0], f"`{char}`", '"')
    advice = 'strings are written with `"`'
    span = Span(source, at, at + 1)
    message = syntax.UnexpectedCharacter(span=span, character=char, advice=advice)
    return Slip(at, at + 1, " ", message, f"character {char}")


def _quoted(source: Source, start: int, end: int, text: str, found: str, mark: str) -> Slip:
    """A string in quotes of another kind, read as one of ours."""
    body = text[len(mark) : -len(mark)].replace('"', "'")
    shown = body if len(body) <= 40 else f"{body[:40]}…"
    advice = f"write `{mark}{shown}{mark}`"
    message = syntax.ForeignQuotes(span=Span(source, start, end), found=found, advice=advice)
    return Slip(start, end, mark + body + mark, message, f"quotes {found}")


def _plain(char: str) -> str | None:
    """The character that one is taken for; "" for an invisible one, None where there is none."""
    if char in _LOOK_ALIKES:
        return _LOOK_ALIKES[char]
    if "\uff01" <= char <= "\uff5e":  # full-width forms of ASCII
        return chr(ord(char) - 0xFEE0)
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp"):
        return " "
    return "" if category == "Cf" or char == "\u115f" else None


def _look_alike(source: Source, at: int, char: str, plain: str) -> Slip:
    name = unicodedata.name(char, "a character").lower()
    article = "an" if name[0] in "aeiou" else "a"
    words = {"": "nothing at all", " ": "a space"}
    message = syntax.LookAlike(
        span=Span(source, at, at + 1),
        name=f"{article} {name}",
        point=f"U+{ord(char):04X}",
        plain=words.get(plain, f"`{plain}`"),
    )
    return Slip(at, at + 1, plain or " ", message, f"look-alike {char}")


def _semicolon(source: Source, at: int, tokens: Sequence[Token]) -> Slip:
    opened = sum(token.type in ("LPAR", "LSQB", "LBRACE") for token in tokens)
    closed = sum(token.type in ("RPAR", "RSQB", "RBRACE") for token in tokens)
    inside = opened > closed
    advice = (
        "separate arguments with `,`" if inside else "declarations need no end mark: leave it out"
    )
    span = Span(source, at, at + 1)
    message = syntax.ForeignOperator(span=span, found=";", advice=advice)
    return Slip(at, at + 1, "," if inside else " ", message, f"semicolon {inside}")


_COMMENT = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*'
    r"|(?<![\w'′’])'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’"
    r"|(?P<line>//[^\n]*)|(?P<block>/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)


def foreign_comments(source: Source, text: str) -> list[Slip]:
    """Comments as other languages write them: ``// ...`` and ``/* ... */``."""
    slips = []
    for found in _COMMENT.finditer(text):
        if found.lastgroup is None:
            continue
        mark = found[0][:2]
        span = Span(source, found.start(), found.end())
        message = syntax.ForeignComment(span=span, found=mark)
        slips.append(
            Slip(found.start(), found.end(), blanked(found[0]), message, f"comment {mark}")
        )
    return slips


def grouped_numbers(source: Source, tokens: Sequence[Token]) -> tuple[list[Token], list[Slip]]:
    """Numbers in groups such as ``1,000``, which read as two values, as one."""
    kept: list[Token] = []
    slips: list[Slip] = []
    brackets: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        last = _last_group(tokens, index, kept[-1] if kept else None, brackets)
        if last > index:
            group = tokens[index : last + 1]
            kept.append(_joined(group))
            slips.append(_grouped_number(source, group))
        else:
            kept.append(token)
            if token.type in ("LPAR", "LSQB", "LBRACE"):
                brackets.append(token.type)
            elif token.type in ("RPAR", "RSQB", "RBRACE") and brackets:
                brackets.pop()
        index = last + 1
    return kept, slips


def _last_group(
    tokens: Sequence[Token], index: int, before: Token | None, brackets: Sequence[str]
) -> int:
    """Where a grouped number that begins at ``index`` ends; ``index`` itself if there is none."""
    if tokens[index].type != "INTEGER" or not 1 <= len(tokens[index]) <= 3:
        return index
    last = index
    while last + 2 < len(tokens) and _goes_on(tokens[last : last + 3]):
        last += 2
    if last == index:
        return index
    labelled = before is not None and before.type in ("COLON", "EQUAL")
    in_list = bool(brackets) and brackets[-1] == "LSQB"
    zeros = any(group.startswith("0") for group in tokens[index + 2 : last + 1 : 2])
    return last if zeros or (labelled and not in_list) else index


def _goes_on(three: Sequence[Token]) -> bool:
    one, comma, group = three
    return (
        (comma.type, group.type, len(group)) == ("COMMA", "INTEGER", 3)
        and one.end_pos == comma.start_pos
        and comma.end_pos == group.start_pos
    )


def _joined(group: Sequence[Token]) -> Token:
    text = "_".join(str(token) for token in group if token.type == "INTEGER")
    first, last = group[0], group[-1]
    return Token(
        "INTEGER", text, first.start_pos, first.line, first.column,
        last.end_line, last.end_column, last.end_pos,
    )  # fmt: skip


def _grouped_number(source: Source, group: Sequence[Token]) -> Slip:
    start, end = group[0].start_pos or 0, group[-1].end_pos or 0
    text = source.text[start:end]
    message = syntax.ForeignNumber(
        span=Span(source, start, end),
        found=text,
        reason=f"read as {(len(group) + 1) // 2} values",
        instead=f"`{text.replace(',', '_')}`",
    )
    return Slip(start, end, text, message, f"number {start}")
