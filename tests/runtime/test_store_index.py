"""What a plan asks of a store: which results there are, and which calls were ever made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl.graph import Graph
from w2sdl.plan import Action, plan_graph
from w2sdl_runtime.index import store_index
from w2sdl_runtime.store import Store


def chain(value: float) -> Graph:
    """A number, and its sign: another number has the same kind of child."""
    builder = Builder()
    number = builder.add("tiny_number", name="number", value=value)
    builder.add("tiny_sign", {"of": [number]}, name="sign")
    return builder.graph()


def actions(graph: Graph, folder: Path) -> list[Action]:
    store = Store(folder / "store")
    plan = plan_graph(graph, store_index(store, folder, {}))
    return [entry.action for entry in plan.entries.values()]


def test_what_was_computed_is_reused_and_the_same_call_on_other_inputs_may_be(
    tmp_path: Path,
) -> None:
    assert actions(chain(1.0), tmp_path) == [Action.RUN, Action.RUN]
    assert not (tmp_path / "store").exists()
    run(chain(1.0), tmp_path)
    assert actions(chain(1.0), tmp_path) == [Action.REUSE, Action.REUSE]
    for _ in range(2):  # from the pre-images, and from what was kept of them
        assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.MAYBE]


def test_results_that_come_and_go_are_seen(tmp_path: Path) -> None:
    """The kept shapes must not hide what was stored since, nor show what was removed."""
    run(chain(1.0), tmp_path)
    builder = Builder()
    number = builder.add("tiny_number", value=5.0)
    builder.add("tiny_sum", {"parts": [number, number]})
    assert actions(builder.graph(), tmp_path) == [Action.RUN, Action.RUN]
    run(builder.graph(), tmp_path)
    builder = Builder()
    number = builder.add("tiny_number", value=6.0)
    builder.add("tiny_sum", {"parts": [number, number]})
    assert actions(builder.graph(), tmp_path) == [Action.RUN, Action.MAYBE]
    store = Store(tmp_path / "store")
    for folder in store.keys.iterdir():
        store.forget(folder.name)
    assert actions(builder.graph(), tmp_path) == [Action.RUN, Action.RUN]


@pytest.mark.parametrize("content", ["", "[1]", "3", "{"])
def test_kept_shapes_that_cannot_be_read_are_worked_out_again(tmp_path: Path, content: str) -> None:
    run(chain(1.0), tmp_path)
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.MAYBE]
    kept = tmp_path / "store" / "shapes.1.json"
    whole = kept.read_text("utf-8")
    kept.write_text(content, "utf-8")
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.MAYBE]
    assert json.loads(kept.read_text("utf-8")) == json.loads(whole)


def test_a_torn_pre_image_is_no_shape(tmp_path: Path) -> None:
    run(chain(1.0), tmp_path)
    for path in (tmp_path / "store" / "keys").glob("*/key.json"):
        path.write_text("{}", "utf-8")
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.RUN]


def test_shapes_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks if a plan opens every pre-image of the store again."""
    run(chain(1.0), tmp_path)
    asked: list[str] = []
    preimage = Store.preimage

    def counting(self: Store, key: str) -> object:
        asked.append(key)
        return preimage(self, key)

    monkeypatch.setattr(Store, "preimage", counting)
    actions(chain(2.0), tmp_path)
    assert len(asked) == 2
    actions(chain(3.0), tmp_path)
    assert len(asked) == 2
