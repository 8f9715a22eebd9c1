"""Words that are names too: `baseline`, `at` and `within` mean something in one place each.

The lexer can't tell, since what follows decides: ``baseline evidence: none`` is a declaration, and
``baseline = pgr(...)`` binds a name. Specs had such names before the words came.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from w2sdl.syntax.place import CLOSING, LABELS, NUMBERS

_WORDS = frozenset({"baseline", "at", "within"})
_SIGNS = NUMBERS | {"MINUS", "DOT"}


def tell_words(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, with names that stand where only a word can as that word's token."""
    found = list(tokens)
    for index, token in enumerate(tokens):
        if token in _WORDS and token.type == "NAME" and _is_word(tokens, index):
            found[index] = Token.new_borrow_pos(token.upper(), str(token), token)
    return found


def _is_word(tokens: Sequence[Token], index: int) -> bool:
    before, after = tokens[max(0, index - 2) : index], tokens[index + 1 : index + 3]
    types = [token.type for token in after]
    match str(tokens[index]):
        case "baseline":
            alone = not before or before[-1].end_line != tokens[index].line
            one_line = bool(after) and after[0].line == tokens[index].line
            return alone and one_line and types[0] in LABELS and types[1:] == ["COLON"]
        case "at":
            return [t.type for t in before] == ["EXPECT", "NAME"] and types[:1] != ["COLON"]
        case _:
            ends = bool(before) and before[-1].type in LABELS | NUMBERS | CLOSING.keys()
            return ends and bool(types) and types[0] in _SIGNS
