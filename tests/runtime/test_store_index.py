"""What a plan asks of a store: which results there are, and which calls were ever made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl.graph import Graph
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Action
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.cache.verifying import Damage, verify_store
from w2sdl_runtime.storage.store import Store


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
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.MAYBE]


def test_results_that_come_and_go_are_seen(tmp_path: Path) -> None:
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


def test_a_result_under_the_name_of_another_key_is_none(tmp_path: Path) -> None:
    """As a run sees it: a copy by hand is the result of the key that its manifest names."""
    run(chain(1.0), tmp_path)
    store = Store(tmp_path / "store")
    key, other = min(path.name for path in store.keys.iterdir()), "0" * 64
    shutil.copytree(store.keys / key, store.keys / other)
    index = store_index(Store(tmp_path / "store"), tmp_path, {})
    assert index.stored(key) is not None
    assert index.stored(other) is None


def without_journal(folder: Path) -> None:
    for path in (folder / "store").glob("journal.db*"):
        path.unlink()


def test_a_store_without_a_journal_is_read_from_its_files(tmp_path: Path) -> None:
    run(chain(1.0), tmp_path)
    without_journal(tmp_path)
    assert actions(chain(1.0), tmp_path) == [Action.REUSE, Action.REUSE]
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.MAYBE]
    assert not list((tmp_path / "store").glob("journal.db*"))  # a plan writes nothing


def test_a_torn_pre_image_is_no_shape(tmp_path: Path) -> None:
    run(chain(1.0), tmp_path)
    without_journal(tmp_path)
    for path in (tmp_path / "store" / "keys").glob("*/key.json"):
        path.write_text("{}", "utf-8")
    assert actions(chain(2.0), tmp_path) == [Action.RUN, Action.RUN]


def test_a_plan_opens_no_file_of_a_result_that_the_journal_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks if a plan reads a manifest or a pre-image for each node that it reuses."""
    run(chain(1.0), tmp_path)
    asked: list[Path] = []
    read = Path.read_bytes

    def counting(self: Path) -> bytes:
        asked.append(self)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", counting)
    assert actions(chain(1.0), tmp_path) == [Action.REUSE, Action.REUSE]
    assert not [path for path in asked if "keys" in path.parts]


@pytest.mark.parametrize("left", [0, 40])
def test_a_torn_manifest_is_found_by_a_check_and_its_row_goes(tmp_path: Path, left: int) -> None:
    """Breaks if the journal goes on saying that there is a result: a plan would believe it."""
    run(chain(1.0), tmp_path)
    store = Store(tmp_path / "store")
    torn = next(m for m in store.manifests() if m.address == "number")
    path = store.keys / torn.key / "manifest.json"
    path.write_bytes(path.read_bytes()[:left])
    (finding,) = verify_store(store, quick=True).findings
    assert (finding.damage, finding.key, finding.address) == (Damage.UNREADABLE, torn.key, "number")
    assert torn.key not in {row["key"] for row in store.journal.results()}
    assert [p.name.split(".")[0] for p in (store.root / "aside").iterdir()] == [f"key-{torn.key}"]
    assert actions(chain(1.0), tmp_path) == [Action.RUN, Action.MAYBE]
    assert verify_store(store).findings == ()
    assert run(chain(1.0), tmp_path).counts["executed"] == 1
    assert actions(chain(1.0), tmp_path) == [Action.REUSE, Action.REUSE]


def test_a_check_forgets_rows_whose_files_are_gone(tmp_path: Path) -> None:
    run(chain(1.0), tmp_path)
    store = Store(tmp_path / "store")
    gone = next(store.manifests()).key
    (store.keys / gone / "manifest.json").unlink()
    assert verify_store(store).findings == ()
    assert gone not in {row["key"] for row in store.journal.results()}


def test_a_quick_check_reads_no_object(tmp_path: Path) -> None:
    run(chain(1.0), tmp_path)
    store = Store(tmp_path / "store")
    changed, missing = (m.digest for m in store.manifests())
    path = store.path(changed) / "artifact.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    store.path(missing).rename(tmp_path / "away")
    found = verify_store(store, quick=True)
    assert [(f.damage, f.digest) for f in found.findings] == [(Damage.MISSING, missing)]
    assert (found.objects, found.bytes) == (0, 0)
    assert {f.damage for f in verify_store(store).findings} == {Damage.MISSING, Damage.CHANGED}
