"""Words that are names too: `baseline`, `at` and `within` mean something in one place each.

The lexer can't tell, since what follows decides: ``baseline evidence: none`` is a declaration, and
``baseline = pgr(...)`` binds a name. Specs had such names before the words came.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from w2sdl.syntax.place import CLOSING, LABELS, NUMBERS, STRINGS

_WORDS = frozenset({"baseline", "at", "within"})
#: What the value before a word ends with.
_ENDS = LABELS | NUMBERS | STRINGS | CLOSING.keys()


def tell_words(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, with names that stand where only a word can as that word's token."""
    found = list(tokens)
    for index, token in enumerate(tokens):
        if token in _WORDS and token.type == "NAME" and _is_word(tokens, index):
            found[index] = Token.new_borrow_pos(token.upper(), str(token), token)
    return found


def _is_word(tokens: Sequence[Token], index: int) -> bool:
    before = [token.type for token in tokens[max(0, index - 2) : index]]
    first, second = [*(token.type for token in tokens[index + 1 : index + 3]), "", ""][:2]
    match str(tokens[index]):
        case "baseline":
            alone = not before or before[-1] in _ENDS
            return alone and first in LABELS and second == "COLON"
        case "at":
            return before == ["EXPECT", "NAME"] and first != "COLON"
        case _:
            is_number = first in NUMBERS | {"MINUS"} or (first, second) == ("DOT", "INTEGER")
            return is_number and bool(before) and before[-1] in _ENDS
