"""``w2sdl doctor``: what this machine and a cluster lack, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2sdl.cli.common import environment_failures, load_settings
from w2sdl.cli.options import json_option, module_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.location import StoreChoice
from w2sdl.project import module_folders
from w2sdl.wording import how_many

if TYPE_CHECKING:
    from w2sdl_runtime.cluster.doctor import Check

_COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command("doctor")
@click.option("--address", help="Also look at this cluster: HOST:PORT, auto, or a Jobs API's URL.")
@store_option
@module_option
@json_option
def command(
    *, address: str | None, store: StoreChoice, modules: tuple[str, ...], as_json: bool
) -> int:
    """Look at this machine, and at a cluster with --address (or RAY_ADDRESS).

    Each line says what was found; the exit code is 1 if something stops a run.
    """
    shown: list[Check] = []
    with environment_failures():
        for check in _checks(address, store, modules):
            shown.append(check)
            if not as_json:
                _show(check)
    if as_json:
        print_json([asdict(check) for check in shown])
    problems = sum(check.level == "problem" for check in shown)
    if not as_json:
        click.echo(_summary(problems, sum(check.level == "warning" for check in shown)))
    return int(problems > 0)


def _checks(address: str | None, store: StoreChoice, modules: tuple[str, ...]) -> Iterator[Check]:
    from w2sdl_runtime.cluster.doctor import check_machine, guarded
    from w2sdl_runtime.cluster.ray_cluster import chosen_address
    from w2sdl_runtime.cluster.ray_doctor import check_cluster, check_ray

    here = Path("spec.w2s")  # no spec in particular: that of the current folder
    settings = load_settings(here, store)
    every = (*settings.modules, *modules)
    folders = module_folders(here, settings.root)
    yield from guarded("doctor", lambda: check_machine(settings.store, every, folders))
    yield from guarded("ray", check_ray)
    shared = settings.store if isinstance(settings.store, Path) else None
    if (cluster := chosen_address(address)) is not None:
        yield from guarded("cluster", lambda: check_cluster(cluster, shared, every))
        if shared is not None and not cluster.startswith("http"):
            yield from guarded("inventory", lambda: _inventory(cluster, shared, every))


def _inventory(address: str, store: Path, modules: tuple[str, ...]) -> Iterator[Check]:
    """Remember the machines of a cluster in the store, so that plans know what fits on them."""
    from w2sdl_runtime.backends.choosing import choose_executor
    from w2sdl_runtime.cluster.doctor import ok, problem
    from w2sdl_runtime.errors import PrerequisiteError

    try:
        backend = choose_executor("ray", address).backend((), modules, store)
    except PrerequisiteError as error:
        yield problem("inventory", error.message, error.help)
        return
    many = how_many(len(backend.machines()), "machine")
    backend.close()
    yield ok("inventory", f"{many} remembered for `w2sdl plan --address {address}`")


def _show(check: Check) -> None:
    level = click.style(f"{check.level.value:<8}", fg=_COLORS[check.level.value])
    click.echo(f"{level} {check.name:<12} {check.fact}")
    if check.help:
        click.echo(f"{'':<8} {'':<12} help: {check.help}")


def _summary(problems: int, warnings: int) -> str:
    if not problems and not warnings:
        return "all is well"
    return f"{how_many(problems, 'problem')}, {how_many(warnings, 'warning')}"
