"""Addresses of nodes, such as ``S'[evidence=debate, seed=2]``, as graphs have them and people type them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def name_of(address: str) -> str:
    """The name in an address: of a binding, or the text of a call without one."""
    return address.partition("[")[0]


def nodes_meant(typed: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """Ids of the nodes that someone calls so: by an address, else by the name in it.

    Args:
        typed: blanks and the kind of prime don't matter.
        known: the addresses of each node.
    """
    wanted = _plain(typed)
    plain = {id_: [_plain(address) for address in addresses] for id_, addresses in known.items()}
    exact = [id_ for id_, addresses in plain.items() if wanted in addresses]
    return exact or [id_ for id_, found in plain.items() if wanted in map(name_of, found)]


def _plain(address: str) -> str:
    return "".join(address.split()).replace("′", "'").replace("’", "'")
