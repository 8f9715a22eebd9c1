"""Colours for specs: the rules of editors/vscode/syntaxes/w2s.tmLanguage.json, for Pygments."""

from __future__ import annotations

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

__all__ = ["W2sLexer"]  # Pygments loads what a module lists

_NAME = r"(?:[^\W\d]\w*['′’]*)"


class W2sLexer(RegexLexer):
    """Specs of w2sdl."""

    name = "w2sdl spec"
    aliases = ("w2s",)
    filenames = ("*.w2s",)
    tokens = {  # noqa: RUF012 - how Pygments declares it
        "root": [
            (r"\s+", Whitespace),
            (r"#.*", Comment.Single),
            (r'"""(?:.|\n)*?"""', String),
            (r'"(?:\\.|[^"\\\n])*"?', String),
            (
                rf"(?m)^(\s*)(experiment|axis|data|weak|strong|measure|expect|profile|def|baseline)(\s+)({_NAME})",
                bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Variable),
            ),
            (r"(?m)^(\s*)(import)\b", bygroups(Whitespace, Keyword.Namespace)),
            (r"\b(as|on|over|allow)\b(?!\s*:)", Keyword),
            (r"\b(true|false)\b", Keyword.Constant),
            (r"\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?:%|[KMGT]i?B|min|[shdx]\b)?", Number),
            (rf"({_NAME})(\s*)(:)", bygroups(Name.Attribute, Whitespace, Punctuation)),
            (rf"({_NAME})(?=\s*\()", Name.Function),
            (_NAME, Name),
            (r"\.\.|->|[<>]=?|[-+*/=]", Operator),
            (r"[,:.()\[\]{}]", Punctuation),
        ]
    }
