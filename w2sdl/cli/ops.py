"""``w2sdl ops``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.cli.common import Failure, load_signatures
from w2sdl.cli.explain_op import (
    explain_family,
    explain_op,
    explain_preset,
    explain_record,
    explain_variant,
    op_title,
)
from w2sdl.cli.options import debug_option, module_option
from w2sdl.cli.reference import Reference
from w2sdl.docstrings import first_line
from w2sdl.messages.suggest import nearest_names
from w2sdl.signature import Signatures


@click.command("ops")
@click.argument("name", required=False)
@module_option
@debug_option
def command(name: str | None, modules: tuple[str, ...], debug: bool) -> None:
    """List all operations and variants; with NAME, explain one.

    NAME is an operation, a variant, a preset, or an argument that takes a variant or a record:
    `finetune`, `logconf`, `openai2024`, `loss`, `train`.
    """
    signatures = load_signatures(modules, [Path.cwd()])
    reference = Reference(signatures)
    if name is None:
        _list_all(signatures, reference)
        return
    texts = list(_explained(name, reference))
    if not texts:
        near = nearest_names(name, reference.names())
        raise Failure(
            f"there is no operation, variant or argument with variants called `{name}`",
            f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "see `w2sdl ops`",
        )
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


def _list_all(signatures: Signatures, reference: Reference) -> None:
    click.echo("Operations")
    width = max((len(op_title(op)) for op in signatures.ops.values()), default=0)
    for op in sorted(signatures.ops.values(), key=lambda op: op.name):
        click.echo(f"  {op_title(op):<{width}}  {op.result:<11}  {first_line(op.doc)}")
    click.echo("\nVariants, by the arguments that take them")
    for family, variants in sorted(signatures.variants.items()):
        click.echo(f"  {family} ({reference.taken_as(family)})")
        for variant in variants.values():
            click.echo(f"    {variant.name + '()':<{width}}  {first_line(variant.doc)}")
    click.echo("\nRecords, by the arguments that take them")
    for record in reference.every_record():
        fields = ", ".join(field.name for field in record.fields)
        click.echo(f"  {reference.record_taken_as(record)}: {fields}")
    click.echo("\n`w2sdl ops NAME` explains any of these, and an argument: `w2sdl ops loss`")
