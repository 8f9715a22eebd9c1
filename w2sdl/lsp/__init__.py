"""The language server: one file for each thing that an editor asks, pure functions on an `Analysis`.

Only `w2sdl.lsp.server` and `w2sdl.lsp.serving` speak the protocol. It answers with what it has: a text
with mistakes, however broken, never stops it.
"""
