"""``w2sdl ops``."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size

import click

from w2sdl.cli.common import Failure, load_signatures
from w2sdl.cli.explain_op import (
    explain_family,
    explain_op,
    explain_preset,
    explain_record,
    explain_variant,
)
from w2sdl.cli.ops_json import ops_json
from w2sdl.cli.ops_list import ops_list
from w2sdl.cli.options import debug_option, json_option, module_option
from w2sdl.cli.output import has_color, print_json
from w2sdl.cli.reference import Reference
from w2sdl.messages.suggest import nearest_names


@click.command("ops")
@click.argument("name", required=False)
@module_option
@json_option
@debug_option
def command(name: str | None, modules: tuple[str, ...], as_json: bool, debug: bool) -> None:
    """List all operations and variants; with NAME, explain one.

    NAME is an operation, a variant, a preset, or an argument that takes a variant or a record:
    `finetune`, `logconf`, `openai2024`, `loss`, `train`.
    """
    reference = Reference(load_signatures(modules, [Path.cwd()]))
    texts = [] if name is None else _explained(name, reference)
    if name is not None and not texts:
        near = nearest_names(name, reference.names())
        raise Failure(
            f"there is no operation, variant or argument with variants called `{name}`",
            f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "see `w2sdl ops`",
        )
    if as_json:
        print_json(ops_json(reference, name))
    elif name is None:
        width = get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(ops_list(reference, width, has_color(sys.stdout))))
    else:
        click.echo("\n\n".join(texts))


def _explained(name: str, reference: Reference) -> list[str]:
    """The texts of all that goes by a name; several things may."""
    op = reference.signatures.op(name)
    texts = [explain_op(op, reference)] if op is not None else []
    texts += [explain_variant(variant, reference) for variant in reference.variants(name)]
    texts += [explain_family(family, reference) for family in reference.families(name)]
    texts += [explain_record(record, reference) for record in reference.records(name)]
    texts += [explain_preset(name, record) for record in reference.with_preset(name)]
    return texts
