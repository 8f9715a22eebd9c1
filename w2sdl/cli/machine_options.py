"""Options that say where a run computes and what it may spend, the same for `run` and `plan`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from w2sdl.budget import NO_BUDGET, Budget, parse_budget
from w2sdl.cli.failures import environment_failures, input_failures
from w2sdl.cli.options import in_order
from w2sdl.project import Settings

if TYPE_CHECKING:
    from w2sdl_runtime.backends.choosing import Executor

R = TypeVar("R")

DEVICES = click.Choice(["auto", "cpu", "cuda"])

budget_option = click.option(
    "--budget",
    metavar="AMOUNT",
    help="Begin nothing more once a run has spent 12gpuh, 30cpuh, or 2h by the clock; `none`, "
    "whatever w2sdl.toml says.",
)


def _name_keys(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Kept where workers find it: their environment is made of this one."""
    if given:
        from w2sdl_runtime.endpoints.addresses import KEYS, key_names

        with environment_failures():
            known = ",".join(filter(None, (os.environ.get(KEYS, ""), *given)))
            key_names(known)
        os.environ[KEYS] = known
    return given


api_key_option = click.option(
    "--api-key",
    "api_keys",
    metavar="ORIGIN=VARIABLE",
    multiple=True,
    callback=_name_keys,
    help="The variable that holds the key for an endpoint: https://api.example.org=EXAMPLE_API_KEY.",
)


def machine_options(function: Callable[..., R]) -> Callable[..., R]:
    """``--executor``, ``--address``, ``--jobs`` and ``--device``."""
    return in_order(
        function,
        click.option(
            "--executor",
            type=click.Choice(["ray", "local"]),
            help="Ray (default), or this process; with -j N, N worker processes without Ray.",
        ),
        click.option(
            "--address",
            help="A Ray cluster, as HOST:PORT or auto (also RAY_ADDRESS); else Ray runs on this machine.",
        ),
        click.option(
            "--jobs", "-j", type=click.IntRange(min=1), help="Processors to use on this machine."
        ),
        click.option(
            "--device",
            type=DEVICES,
            default="auto",
            help="Where models run; auto: on a GPU where there is one.",
        ),
    )


def executor_of(options: Mapping[str, Any], settings: Settings) -> Executor:
    """The executor that the user chose, with options that have a meaning for it.

    Raises:
        PrerequisiteError: for options that have none.
    """
    from w2sdl_runtime.backends.choosing import choose_executor

    name = options["executor"] or settings.executor
    return choose_executor(name, options["address"], options["jobs"])


def chosen_budget(given: str | None, settings: Settings) -> Budget | None:
    """What a run may spend: as given, else as the settings say.

    Raises:
        Failure: for what is no amount.
    """
    if given is None:
        return settings.budget
    with input_failures():
        return None if given == NO_BUDGET else parse_budget(given)
