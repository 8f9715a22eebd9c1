"""The arguments that every call may have beside its operation's own: ``needs``, ``retry``, ``timeout``.

Here are their types, what they come to for one node, and how they are written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from w2sdl import signature as sig
from w2sdl.needs import (
    DEFAULT_CAUSES,
    DEFAULT_RETRIES,
    RETRYABLE,
    Change,
    Needs,
    Request,
    Retry,
)

#: Resources that a retry may change; a resource is asked for by `needs`, time by `timeout`.
_CHANGED = {"memory": "needs.memory", "gpu_mem": "needs.gpu_mem", "timeout": "timeout"}
_NUMBERS = ("an integer", "a number")


@dataclass(frozen=True, slots=True)
class RetryOf(sig.RecordOf):
    """The type of ``retry`` of one operation: its neutral parameters are fields."""

    op: str = ""
    changing: frozenset[str] = frozenset()  #: its parameters that change a result


def _whole_or_share(gpus: float) -> float:
    if gpus > 1 and gpus != int(gpus):
        raise PydanticCustomError("gpu", "must be a whole number, or a share of one GPU below 1")
    return gpus


@cache
def _needs() -> sig.RecordOf:
    cpu = sig.Scalar("an integer >= 1", TypeAdapter(Annotated[int, Field(ge=1, le=10**6)]))
    several = sig.Scalar("an integer >= 1", TypeAdapter(Annotated[int, Field(ge=1, le=10**4)]))
    some = Annotated[float, Field(ge=0, le=10**4), AfterValidator(_whole_or_share)]
    gpu = sig.Scalar("a number of GPUs", TypeAdapter(some))
    name = sig.Scalar("the name of a type, as a string", TypeAdapter(str))
    fields = (
        _param("cpu", cpu, "processors, and threads that the operation may use"),
        _param("gpu", gpu, "GPUs, or a share of one; the node runs on no machine without"),
        _param("gpu_mem", sig.QuantityOf("size"), "memory of each GPU; alone, a share of one GPU"),
        _param("memory", sig.QuantityOf("size"), "main memory"),
        _param("accelerator", name, 'type of the GPU, such as "A100"'),
        _param(
            "shards", several, "processes that one training is shared out to, a GPU each (FSDP)"
        ),
    )
    return sig.RecordOf("needs", fields, Needs)


def _param(name: str, kind: sig.ParamType, doc: str) -> sig.Param:
    return sig.Param(name, kind, None, neutral=True, doc=doc)


_memo: dict[int, tuple[sig.OpSignature, tuple[sig.Param, ...]]] = {}


def operational_params(op: sig.OpSignature | None) -> tuple[sig.Param, ...]:
    """``needs``, ``retry`` and ``timeout`` as parameters of an operation, or (None) of any."""
    if op is None:
        return _operational("", ())
    known = _memo.get(id(op))
    if known is None or known[0] is not op:  # a signature can't be hashed, and lives long
        known = _memo[id(op)] = (op, _operational(op.name, op.params))
    return known[1]


def _operational(op: str, params: tuple[sig.Param, ...]) -> tuple[sig.Param, ...]:
    factor, words = sig.QuantityOf("factor"), sig.WordOf(RETRYABLE)
    most = sig.Scalar("an integer >= 0", TypeAdapter(Annotated[int, Field(ge=0, le=1000)]))
    neutral, changing = _neutral(params)
    fields = (
        _param("max", most, f"further tries in all; {DEFAULT_RETRIES} where it is not said"),
        _param("on", sig.ListOf(words), f"after which failures; else {', '.join(DEFAULT_CAUSES)}"),
        *(
            _param(name, factor, "by how much it changes after oom")
            for name in ("memory", "gpu_mem")
        ),
        _param("timeout", factor, "by how much it changes after a timeout"),
        *(_param(name, factor, "by how much it changes after oom") for name in neutral),
    )
    retry = RetryOf("retry", fields, Retry, op=op, changing=changing)
    return (
        _param("needs", _needs(), "what the node asks of the machine"),
        _param("retry", retry, "after which failures it is tried again, and what changes then"),
        _param("timeout", sig.QuantityOf("duration"), "how long one try may take"),
    )


def _neutral(params: tuple[sig.Param, ...]) -> tuple[dict[str, Change], frozenset[str]]:
    """Neutral numbers of an operation by their names, and the names of its other parameters."""
    found: dict[str, Change] = {}
    changing: set[str] = set()
    for path, param in _leaves(params):
        if not param.neutral:
            changing.add(param.name)
        elif _is_number(param.type) and param.name not in _CHANGED:
            above = path.rpartition(".")[0]
            otherwise = f"{above}.{param.otherwise}" if above else param.otherwise
            found.setdefault(param.name, Change(path, 1, otherwise if param.otherwise else ""))
    return found, frozenset(changing - found.keys())


def _leaves(params: tuple[sig.Param, ...], above: str = "") -> Iterator[tuple[str, sig.Param]]:
    """Parameters and the fields of records among them, by dotted path."""
    for param in params:
        if isinstance(param.type, sig.RecordOf):
            yield from _leaves(param.type.fields, f"{above}{param.name}.")
        else:
            yield f"{above}{param.name}", param


def _is_number(kind: sig.ParamType) -> bool:
    inner = kind.inner if isinstance(kind, sig.OptionalOf) else kind
    return isinstance(inner, sig.Scalar) and inner.text.startswith(_NUMBERS)


def request_of(op: sig.OpSignature, values: Mapping[str, Any]) -> Request:
    """What a call asks for: ``values`` are those of its operational arguments in JSON form.

    Raises:
        ValueError: with what is wrong and what to do, where values don't go together.
    """
    said = {name: value for name, value in values.get("needs", {}).items() if value is not None}
    needs = Needs(**{"cpu": op.cpus, **said})
    if needs.gpu == 0 and Needs(gpu_mem=needs.gpu_mem, accelerator=needs.accelerator).demands_gpu:
        raise ValueError("`gpu: 0` asks for no GPU, and the rest for one", "leave one of them out")
    needs = _shared_out(op, needs, "shards" in said)
    retry = values.get("retry")
    return Request(needs, None if retry is None else _retry(op, retry), values.get("timeout"))


def _shared_out(op: sig.OpSignature, needs: Needs, is_said: bool) -> Needs:
    """Several GPUs for what can be shared out are a process each."""
    if needs.shards > 1 and not op.shards:
        raise ValueError(
            f"`{op.name}` is computed in one process, and `shards` asks for several",
            "leave shards out: trainings (`finetune`) are what can be shared out",
        )
    if needs.gpu is not None and needs.gpu > 1 and op.shards:
        if is_said and needs.shards != needs.gpu:
            raise ValueError(
                f"`shards: {needs.shards}` asks for a GPU a process, and `gpu: {needs.gpu:g}` for others",
                "leave one of them out",
            )
        return replace(needs, shards=int(needs.gpu), gpu=1)
    return needs


def check_bases(request: Request) -> None:
    """Whether all that a retry changes is said.

    Raises:
        ValueError: with what is wrong and what to do.
    """
    known = {"timeout": request.timeout, "needs.memory": request.needs.memory}
    known["needs.gpu_mem"] = request.needs.gpu_mem
    for change in request.retry.changes if request.retry else ():
        if known.get(change.path, 1) is None:
            name = change.path.rpartition(".")[2]
            where = "`needs`" if change.path.startswith("needs.") else "the call"
            reason = f"a retry is to change `{name}`, of which {where} says nothing"
            raise ValueError(reason, f"say how much the first try gets: `{name}: ...`")


def _retry(op: sig.OpSignature, said: Mapping[str, Any]) -> Retry:
    neutral, _ = _neutral(op.params)
    changes = []
    for name, factor in said.items():
        if name not in ("max", "on") and factor is not None:
            known = neutral.get(name) or Change(_CHANGED[name], 1)
            changes.append(Change(known.path, factor, known.otherwise))
    answered = {change.cause for change in changes}
    on = set(said["on"]) if said.get("on") is not None else {*DEFAULT_CAUSES, *answered}
    if answered - on:
        idle = next(change for change in changes if change.cause not in on)
        raise ValueError(
            f"a change of `{idle.path.rpartition('.')[2]}` answers `{idle.cause}`, "
            "which `on` leaves out",
            f"add `{idle.cause}` to `on`, or leave the change out",
        )
    most = DEFAULT_RETRIES if said.get("max") is None else said["max"]
    causes = tuple(cause for cause in RETRYABLE if cause in on)
    return Retry(most, causes, tuple(sorted(changes, key=lambda change: change.path)))
