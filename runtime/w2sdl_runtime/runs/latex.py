"""LaTeX tables with booktabs, ready for a paper: escaped, with a caption and a label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl.draw.visible import plain
from w2sdl_runtime.report.text import number
from w2sdl_runtime.runs.sheets import Cell, Sheet, described

if TYPE_CHECKING:
    import pyarrow as pa

#: `[` and `*` are put in braces: after the end of a row they would be read as its arguments.
_PLAIN = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "[": "{[}", "]": "{]}", "*": "{*}",
    "'": "$'$", "′": "$'$", "″": "$''$", "−": "$-$", "×": r"$\times$", "±": r"$\pm$",
    "≥": r"$\ge$", "≤": r"$\le$", "→": r"$\to$", "·": r"$\cdot$", "∞": r"$\infty$",
    "…": r"\ldots{}", "⟨": r"$\langle$", "⟩": r"$\rangle$", "Δ": r"$\Delta$", "ς": r"$\varsigma$",
}  # fmt: skip
#: Greek capitals that LaTeX has no command for: they look like Latin ones.
_LATIN = {
    "ALPHA": "A", "BETA": "B", "EPSILON": "E", "ZETA": "Z", "ETA": "H", "IOTA": "I", "KAPPA": "K",
    "MU": "M", "NU": "N", "OMICRON": "O", "RHO": "P", "TAU": "T", "CHI": "X",
}  # fmt: skip
_GREEK = re.compile(r"GREEK (?P<case>SMALL|CAPITAL) LETTER (?P<name>[A-Z]+)")
_SPELLED = {"LAMDA": "lambda"}
NEEDS = r"% needs \usepackage{booktabs}"


def escaped(text: str) -> str:
    """Text for LaTeX: nothing in it is a command, Greek letters and primes are mathematics.

    Letters of other scripts stay: pdfLaTeX sets Latin ones, XeLaTeX and LuaLaTeX those of the font.
    """
    return "".join(map(_character, " ".join(plain(text).split())))


def _character(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    match = _GREEK.fullmatch(unicodedata.name(character, ""))
    if match is None:
        return character
    small, name = match["case"] == "SMALL", match["name"]
    if name in _LATIN and not small:
        return rf"$\mathrm{{{_LATIN[name]}}}$"
    if name == "OMICRON":
        return "$o$"
    spelled = _SPELLED.get(name, name.lower())
    return f"$\\{spelled if small else spelled.capitalize()}$"


def label_of(*names: str) -> str:
    """What a paper refers to a table by: ``tab:debate-sciq-scores``."""
    words = [re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") for name in names]
    return f"tab:{'-'.join(filter(None, words))}"


def comments(lines: Iterable[str]) -> list[str]:
    """Lines that LaTeX does not read, whatever is in them."""
    return [f"% {' '.join(plain(line).split())}" for line in lines]


def latex_sheet(sheet: Sheet, experiment: str) -> str:
    """A measure as a floating table; values stand above their intervals."""
    rows = [line for keys, cells in sheet.rows for line in _lines(keys, cells)]
    caption = escaped(described(sheet))
    return "\n".join(
        [
            r"\begin{table}[t]",
            r"\centering",
            rf"\caption{{{caption[:1].upper()}{caption[1:]}.}}",
            rf"\label{{{label_of(experiment, sheet.name)}}}",
            *_tabular((*sheet.axes, *sheet.heads), len(sheet.axes), rows),
            *(rf"\par{{\footnotesize {escaped(note)}.}}" for note in sheet.notes),
            r"\end{table}",
        ]
    )


def latex_table(table: pa.Table) -> str:
    """Any table as a tabular, numbers to the right."""
    import pyarrow as pa

    is_number = [pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in table.schema]
    rows = [_row([_value(value) for value in row.values()]) for row in table.to_pylist()]
    spec = "".join("r" if right else "l" for right in is_number)
    return "\n".join(_tabular(table.column_names, 0, rows, spec))


def _value(value: Any) -> str:
    if isinstance(value, float):
        return escaped(number(value))
    return "" if value is None else escaped(str(value))


def _lines(keys: Sequence[str], cells: Sequence[Cell]) -> list[str]:
    """A row of values, and below it smaller ones of intervals and differences where there are any."""
    lines = [_row([*map(escaped, keys), *map(_shown, cells)])]
    for below in ([cell.interval for cell in cells], [cell.delta for cell in cells]):
        if any(below):
            small = [rf"{{\scriptsize {escaped(text)}}}" if text else "" for text in below]
            lines.append(_row([*[""] * len(keys), *small]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _shown(cell: Cell) -> str:
    if not cell.mark:
        return escaped(cell.text)
    mark = rf"{{\scriptsize\itshape {escaped(cell.mark)}}}"
    return f"{escaped(cell.text)} {mark}".strip()


def _tabular(heads: Sequence[str], left: int, rows: Sequence[str], spec: str = "") -> list[str]:
    columns = spec or "l" * left + "r" * (len(heads) - left)
    return [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _row([escaped(head) for head in heads]),
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
    ]
