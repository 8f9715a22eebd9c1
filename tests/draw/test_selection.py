"""Which nodes a selection means."""

from __future__ import annotations

import pytest

from specs import debate
from w2sdl.planning.selection import UnknownSelection, select, with_ancestors


def names(*wanted: str, excluded: tuple[str, ...] = (), until: tuple[str, ...] = ()) -> set[str]:
    graph = debate()
    return {graph.nodes[id_].name for id_ in select(graph, wanted, excluded, until=until)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("W",), {"W"}),
        (("W S",), {"W", "S"}),
        (("W", "S"), {"W", "S"}),
        (("+W floor",), {"sciq", "corpus(sciq)", "W", "floor"}),
        (("S'[seed=0, evidence=debate]",), {"S'"}),
        (("S'[seed=0] W",), {"S'", "W"}),
        (("superv*",), {"supervisor"}),
        (("?",), {"W", "S", "T"}),
    ],
)
def test_values_and_words_in_them_add_up(wanted: tuple[str, ...], found: set[str]) -> None:
    assert names(*wanted) == found


def test_a_part_of_an_address_selects_all_nodes_at_that_point() -> None:
    graph = debate()
    kept = [graph.nodes[id_] for id_ in select(graph, ["S'[seed=0]"])]
    assert len(kept) == 4
    assert {node.point["seed"] for node in kept} == {"0"}
    assert {node.point["evidence"] for node in kept} == {
        node.point["evidence"] for node in graph.nodes.values() if node.name == "S'"
    }
    turned = select(graph, ["S'[evidence=debate, seed=0]"])  # in another order than it is written
    assert turned == select(graph, ["S'[seed=0, evidence=debate]"])


def test_what_is_excluded_is_taken_from_what_is_wanted() -> None:
    assert names("+S'", excluded=("S'",)) == names("+S'") - {"S'"}
    assert "S'" not in names(excluded=("S'+",))
    assert names(excluded=("sciq+",)) == set()


def test_until_keeps_what_leads_there_and_nothing_else() -> None:
    graph = debate()
    assert names(until=("supervisor",)) == names("+supervisor")
    kept = select(graph, ["W", "S'"], until=["supervisor"])
    assert {graph.nodes[id_].name for id_ in kept} == {"W"}


def test_ancestors_close_a_selection() -> None:
    graph = debate()
    kept = with_ancestors(graph, select(graph, ["supervisor"]))
    assert kept == select(graph, ["+supervisor"])
    assert all(set(graph.nodes[id_].parents()) <= kept for id_ in kept)


def test_states_come_from_a_plan() -> None:
    graph = debate()
    one = next(iter(graph.nodes))
    states = {"failed": {one}}
    assert select(graph, ["state:failed"], states=states) == {one}
    assert select(graph, ["state:failed+"], states=states) > {one}
    assert select(graph, ["state:new"], states=states) == set()


@pytest.mark.parametrize(
    ("name", "near"),
    [("+supervisr", ("supervisor",)), ("state:faild", ("state:failed",)), ("S'[sed=0]", ())],
)
def test_unknown_names_are_mistakes(name: str, near: tuple[str, ...]) -> None:
    with pytest.raises(UnknownSelection) as caught:
        select(debate(), [name], states={})
    if near:
        assert caught.value.near == near


def test_a_near_name_stands_at_the_same_point() -> None:
    """Whatever the order in which the coordinates were typed."""
    with pytest.raises(UnknownSelection) as caught:
        select(debate(), ["S'[evidence=debat, seed=0]"])
    assert caught.value.near[0] == "S'[seed=0, evidence=debate]"
