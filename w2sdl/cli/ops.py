"""``w2sdl ops``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.checking.check_values import type_text
from w2sdl.cli.common import Failure, load_signatures
from w2sdl.cli.options import debug_option, module_option
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import operational_params
from w2sdl.signature import (
    REQUIRED,
    OpSignature,
    Param,
    Port,
    RecordOf,
    Signatures,
    VariantSignature,
)
from w2sdl.syntax.text import literal_text


@click.command("ops")
@click.argument("name", required=False)
@module_option
@debug_option
def command(name: str | None, modules: tuple[str, ...], debug: bool) -> None:
    """List all operations and variants; with NAME, explain one: ports, parameters, defaults."""
    signatures = load_signatures(modules, [Path.cwd()])
    if name is None:
        _list_all(signatures)
        return
    op = signatures.op(name)
    variants = [family[name] for family in signatures.variants.values() if name in family]
    if op is None and not variants:
        known = [*signatures.ops, *signatures.aliases]
        known += [variant for family in signatures.variants.values() for variant in family]
        near = nearest_names(name, known)
        raise Failure(
            f"there is no operation or variant `{name}`",
            f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "see `w2sdl ops`",
        )
    if op is not None:
        _explain_op(op)
    for variant in variants:
        _explain_variant(variant)


def _first_line(doc: str) -> str:
    return doc.split("\n", 1)[0]


def _list_all(signatures: Signatures) -> None:
    click.echo("Operations")
    width = max((len(_title(op)) for op in signatures.ops.values()), default=0)
    for op in sorted(signatures.ops.values(), key=lambda op: op.name):
        click.echo(f"  {_title(op):<{width}}  {op.result:<11}  {_first_line(op.doc)}")
    click.echo("\nVariants, by the parameter type that takes them")
    for family, variants in sorted(signatures.variants.items()):
        click.echo(f"  {family}")
        for variant in variants.values():
            click.echo(f"    {variant.name + '()':<{width}}  {_first_line(variant.doc)}")


def _title(op: OpSignature) -> str:
    return ", ".join([op.name, *op.aliases])


def _explain_op(op: OpSignature) -> None:
    click.echo(f"{_title(op)} → {op.result}   (version {op.version}, {op.origin})\n")
    click.echo(f"{op.doc}\n")
    _explain_ports(op.ports)
    _explain_params(op.params)
    _explain_running(op)


def _explain_running(op: OpSignature) -> None:
    """What every call may say of how it is run, with what of it is this operation's own."""
    click.echo("How it is run (never changes the result)")
    for param in operational_params(op):
        fields = param.type.fields if isinstance(param.type, RecordOf) else ()
        known = f" ({', '.join(field.name for field in fields)})" if fields else ""
        click.echo(f"  {param.name}: {param.doc}{known}")


def _explain_variant(variant: VariantSignature) -> None:
    click.echo(f"{variant.name}() is a {variant.family} variant\n\n{variant.doc}\n")
    _explain_ports(variant.ports)
    _explain_params(variant.params)


def _explain_ports(ports: tuple[Port, ...]) -> None:
    if ports:
        click.echo("Edges")
    for port in ports:
        many = " (any number)" if port.many or port.each else ""
        source = " (from `on`)" if port.on else ""
        optional = " (optional)" if port.optional else ""
        click.echo(f"  {port.name}: {port.kind}{many}{optional}{source}")


def _explain_params(params: tuple[Param, ...]) -> None:
    if params:
        click.echo("Parameters")
    for param in params:
        shown = (
            "required" if param.default is REQUIRED else f"default {literal_text(param.default)}"
        )
        neutral = "; never changes the result" if param.neutral else ""
        click.echo(f"  {param.name}: {type_text(param.type)}; {shown}{neutral}")
        if isinstance(param.type, RecordOf):
            for preset in param.type.presets:
                click.echo(f"    preset: {preset}()")
