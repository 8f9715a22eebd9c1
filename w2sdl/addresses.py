"""Addresses of nodes, such as ``S'[evidence=debate, seed=2]``, as graphs have them and people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from w2sdl.messages.suggest import nearest_names

_POINT = re.compile(r"(?P<name>.+?)\[(?P<point>[^\[\]]*)\]")


def name_of(address: str) -> str:
    """The name in an address: of a binding, or the text of a call without one."""
    return split_address(address)[0]


def split_address(address: str) -> tuple[str, list[tuple[str, str]]]:
    """The name before the point at the end, and the point: axis and value, parted by ``=`` or ``:``."""
    match = _POINT.fullmatch(address)
    if match is None:
        return address, []
    pairs = [pair.replace(":", "=", 1).partition("=") for pair in match["point"].split(",")]
    return match["name"], [(axis.strip(), value.strip()) for axis, _, value in pairs]


def nodes_meant(typed: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """Ids of the nodes that someone calls so: by an address, else by the name in it.

    Args:
        typed: blanks, the kind of prime and the order of the coordinates don't matter.
        known: the addresses of each node.
    """
    wanted = _plain(typed)
    plain = {id_: [_plain(address) for address in addresses] for id_, addresses in known.items()}
    exact = [id_ for id_, addresses in plain.items() if wanted in addresses]
    return exact or [id_ for id_, found in plain.items() if wanted in map(name_of, found)]


def near_addresses(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """Known addresses like one that is none, nearest first, whatever the order of coordinates."""
    plain = {_plain(address): address for address in known}
    return tuple(plain[near] for near in nearest_names(_plain(typed), plain))


def _plain(address: str) -> str:
    """One form for all ways to write an address."""
    name, point = split_address("".join(address.split()).replace("′", "'").replace("’", "'"))
    pairs = ",".join(f"{axis}={value}" for axis, value in sorted(point))
    return f"{name}[{pairs}]" if point else name
