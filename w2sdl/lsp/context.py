"""What may stand at an offset, by the lexemes before it: a text being typed is rarely whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from w2sdl.lsp.analysis import Analysis
from w2sdl.syntax.lexer import Lexeme
from w2sdl.syntax.tree import normalise_name

_DECLARATIONS = frozenset(
    [
        "EXPERIMENT",
        "IMPORT",
        "AXIS",
        "DATA",
        "WEAK",
        "STRONG",
        "MEASURE",
        "EXPECT",
        "PROFILE",
        "DEF",
    ]
)
_ROLES = frozenset(["DATA", "WEAK", "STRONG"])
_OPENING = {"LPAR": "(", "LSQB": "[", "LBRACE": "{"}
_CLOSING = frozenset(["RPAR", "RSQB", "RBRACE"])
_ENDS_VALUE = frozenset(
    [
        "NAME",
        "INTEGER",
        "FLOAT",
        "PERCENT",
        "QUANTITY",
        "STRING",
        "LONG_STRING",
        "TRUE",
        "FALSE",
        *_CLOSING,
    ]
)
_WORD = re.compile(r"[^\W\d]?[\w]*['\u2032\u2019]*$")


@dataclass
class Frame:
    """An open bracket: ``(`` of a call, ``[`` of a list or a selection, ``{`` of a record or a body."""

    bracket: str
    head: tuple[str, ...] = ()  #: the path before it: what is called or selected from
    label: str = ""  #: the label of the value that the offset is in
    position: int = 0  #: values without a label before it
    labels: set[str] = field(default_factory=set)  #: labels in this bracket, before and after
    path: tuple[str, ...] = ()  #: in a profile or a body: the name before the last `=`


@dataclass
class Context:
    """Where an offset is.

    Attributes:
        word: the part of a name that is typed already.
        start: where it starts.
        keyword: the word that the declaration begins with ("" for a plain binding).
        name: the name that the declaration gives.
        place: "declaration" (a new one), "name" (of one), "value", "label", "argument" (label or
            value), "member" (behind a dot), "setting" (a path in a profile), "after" (behind a whole
            value), "string", "comment".
        frames: the open brackets, outermost first.
        path: names before the dot, for "member".
        string: the text before the offset in an open string.
    """

    word: str
    start: int
    keyword: str = ""
    name: str = ""
    place: str = "declaration"
    frames: list[Frame] = field(default_factory=list)
    path: tuple[str, ...] = ()
    string: str | None = None
    on: bool = False  #: behind the `on` of a measure


def context_at(analysis: Analysis, offset: int) -> Context:
    """The context of an offset."""
    text = analysis.text
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    quote = _open_string(line)
    if quote == "#":
        return Context("", offset, place="comment")
    start = offset - len(line) + quote if isinstance(quote, int) else offset
    word = "" if isinstance(quote, int) else _word(line)
    end = start if isinstance(quote, int) else offset - len(word)
    lexemes = analysis.lexemes_around(offset)
    before = [lexeme for lexeme in lexemes if lexeme.end <= end]
    if any(x.start < offset < x.end and x.type == "LONG_STRING" for x in lexemes):
        return Context("", offset, place="comment")
    reader = _Reader(text, before, end)
    context = reader.read(word)
    if isinstance(quote, int):
        context.string = line[quote + 1 :]
    reader.look_ahead(lexemes[len(before) :], context)
    return context


def _word(line: str) -> str:
    match = _WORD.search(line)
    return match[0] if match else ""


def _open_string(line: str) -> int | str | None:
    """Where an open string starts on a line; "#" inside a comment; None outside of both."""
    opened: int | None = None
    index = 0
    while index < len(line):
        char = line[index]
        if opened is not None and char == "\\":
            index += 1
        elif char == '"':
            opened = index if opened is None else None
        elif char == "#" and opened is None:
            return "#"
        index += 1
    return opened


class _Reader:
    """Reads the lexemes of the declaration that an offset is in."""

    def __init__(self, text: str, lexemes: list[Lexeme], end: int) -> None:
        self.text = text
        self.end = end
        self.lexemes = self._of_declaration(lexemes)

    def _of_declaration(self, lexemes: list[Lexeme]) -> list[Lexeme]:
        begin = 0
        bodies: list[bool] = []  # open brackets: whether each is the body of a profile or a def
        for index, lexeme in enumerate(lexemes):
            if self._begins(lexemes, index, bodies):
                begin, bodies = index, []
            if lexeme.type in _OPENING:
                head = lexemes[begin].type in ("PROFILE", "DEF") and not bodies
                bodies.append(head and lexeme.type == "LBRACE")
            elif lexeme.type in _CLOSING and bodies:
                bodies.pop()
        return lexemes[begin:]

    def _begins(self, lexemes: list[Lexeme], index: int, bodies: list[bool]) -> bool:
        lexeme = lexemes[index]
        in_body = bool(bodies) and bodies[0]
        if not self._starts_line(lexemes, index):
            return False
        if lexeme.type in _DECLARATIONS:
            following = lexemes[index + 1].type if index + 1 < len(lexemes) else ""
            return following != "COLON" and not (in_body and lexeme.type in _ROLES)
        if lexeme.type == "NAME" and not bodies and self._said(lexeme) == "baseline":
            return True
        return lexeme.type == "NAME" and not in_body and self._is_bound(lexemes, index)

    def _starts_line(self, lexemes: list[Lexeme], index: int) -> bool:
        return not index or "\n" in self.text[lexemes[index - 1].end : lexemes[index].start]

    def _is_bound(self, lexemes: list[Lexeme], index: int) -> bool:
        after = index + 1
        while after + 1 < len(lexemes) and lexemes[after].type == "DOT":
            after += 2
        return after < len(lexemes) and lexemes[after].type == "EQUAL"

    def read(self, word: str) -> Context:
        context = Context(word, self.end)
        if not self.lexemes:
            return context
        first = self.lexemes[0]
        context.keyword = self._said(first) if first.type in _DECLARATIONS else ""
        if self._said(first) == "baseline" and not self._is_bound(self.lexemes, 0):
            context.keyword = "baseline"
        names = self.lexemes[1:] if context.keyword else self.lexemes
        if names and names[0].type == "NAME":
            context.name = normalise_name(self._said(names[0]))
        for index, lexeme in enumerate(self.lexemes):
            self._step(context, index, lexeme)
        context.place = self._place(context)
        return context

    def _said(self, lexeme: Lexeme) -> str:
        return self.text[lexeme.start : lexeme.end]

    def _step(self, context: Context, index: int, lexeme: Lexeme) -> None:
        frames = context.frames
        if lexeme.type in _OPENING:
            frames.append(Frame(_OPENING[lexeme.type], self._path_before(index)))
        elif lexeme.type in _CLOSING:
            del frames[-1:]
        elif lexeme.type == "ON" and not frames:
            context.on = True
        elif not frames:
            return
        elif lexeme.type == "COMMA":
            frames[-1].position += not frames[-1].label
            frames[-1].label = ""
        elif lexeme.type == "COLON" and index:
            frames[-1].label = normalise_name(self._said(self.lexemes[index - 1]))
            frames[-1].labels.add(frames[-1].label)
        elif lexeme.type == "EQUAL":
            frames[-1].path = self._path_before(index)

    def _path_before(self, index: int) -> tuple[str, ...]:
        """The dotted names that end before a lexeme."""
        path: list[str] = []
        index -= 1
        while index >= 0 and self.lexemes[index].type in ("NAME", "ALLOW", *_DECLARATIONS):
            path.insert(0, normalise_name(self._said(self.lexemes[index])))
            if index < 2 or self.lexemes[index - 1].type != "DOT":
                break
            index -= 2
        return tuple(path)

    def _place(self, context: Context) -> str:
        last = self.lexemes[-1]
        if last.type == "DOT":
            context.path = self._path_before(len(self.lexemes) - 1)
            return "member"
        new_line = "\n" in self.text[last.end : self.end]
        if context.frames:
            return self._place_inside(context, last, new_line)
        if context.keyword == "baseline" and len(self.lexemes) == 1 and not new_line:
            return "label"
        if last.type in _ENDS_VALUE and new_line:
            return "declaration"
        if len(self.lexemes) == 1 and context.keyword:
            return "name"
        return "after" if last.type in _ENDS_VALUE else "value"

    def _place_inside(self, context: Context, last: Lexeme, new_line: bool) -> str:
        frame = context.frames[-1]
        is_body = frame.bracket == "{" and len(context.frames) == 1
        if is_body and context.keyword in ("profile", "def"):
            if last.type == "EQUAL":
                return "value"
            return "setting" if last.type == "LBRACE" or new_line else "after"
        if last.type == "COLON":
            return "value"
        if last.type in ("COMMA", *_OPENING):
            if frame.bracket == "[" and not frame.head:
                return "value"
            return "argument" if frame.bracket == "(" else "label"
        return "after" if last.type in _ENDS_VALUE else "value"

    def look_ahead(self, lexemes: list[Lexeme], context: Context) -> None:
        """Add the labels that stand behind the offset in the same bracket."""
        if not context.frames:
            return
        depth = 0
        for index, lexeme in enumerate(lexemes[:200]):
            if lexeme.type in _OPENING:
                depth += 1
            elif lexeme.type in _CLOSING:
                depth -= 1
                if depth < 0:
                    return
            elif lexeme.type in _DECLARATIONS and self._starts_line(lexemes, index) and index:
                return
            elif lexeme.type == "COLON" and depth == 0 and index:
                context.frames[-1].labels.add(normalise_name(self._said(lexemes[index - 1])))
