"""`folds`: groups are never split, and no row is answered by a model that has seen its gold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_world import ANIMALS, rows_about
from workbench import make_items, make_labels

from w2sdl_runtime.learning.folded import unseeing_member
from w2sdl_runtime.learning.made_of import members_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.folds import folds
from w2sdl_runtime.ops.gold import gold
from w2sdl_runtime.ops.items import items
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.part import part
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import FOLD, ITEM_COLUMNS, Data, PartRef
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.protocols.debate import Debate

HARD = Train(epochs=25, batch=8, learning_rate=3e-3)


def one_part(bench, animals, name="supervise"):
    """Two rows an animal, which share a group; the labels are noise, so that memory shows."""
    rows, _ = rows_about(animals)
    for at, row in enumerate(rows):
        row["group"] = f"{name} {at // 2}"
    kept = bench.keep(make_items(rows, name))
    values = [float(int.from_bytes(row["prompt"].encode(), "big") % 7 < 4) for row in rows]
    labels = make_labels(bench, kept, values, kind="hard")
    return bench.keep(Data({name: PartRef(kept.digest, labels.digest, len(rows))}))


@pytest.fixture(scope="module")
def world(tiny):
    bench = tiny.bench
    data = one_part(bench, ANIMALS[:26])
    folded = bench.run(folds, data, k=3, seed=0)
    labels = bench.run(gold, folded)
    naive = bench.run(finetune, tiny.model, labels, head=Linear(), train=HARD, seed=0)
    return bench, data, folded, labels, naive


def test_groups_are_never_split_and_rows_stay_as_they_are(world):
    bench, data, folded, labels, _ = world
    before, after = bench.run(items, [data]), bench.run(items, [folded])
    assert after.table.column_names == [*ITEM_COLUMNS, FOLD]
    assert after.table.drop_columns(FOLD).equals(before.table)
    assert before.folds() == []
    homes = {}
    for group, fold in zip(after.column("group"), after.folds(), strict=True):
        assert homes.setdefault(group, fold) == fold
    assert set(after.folds()) == {"0", "1", "2"}
    assert labels.items == after.digest
    assert labels.table.equals(bench.run(gold, data).table)
    assert sum(folded.notes["folds"]["supervise"]) == len(after)
    assert bench.run(part, folded, name="supervise").parts == folded.parts


def test_folds_are_by_content(tiny, world):
    bench, data, folded, *_ = world
    assert bench.run(folds, data, k=3, seed=0).digest == folded.digest
    assert bench.run(folds, folded, k=3, seed=0).parts == folded.parts  # again changes nothing
    assert bench.run(folds, data, k=3, seed=1).parts != folded.parts
    fewer = bench.run(folds, one_part(bench, ANIMALS[:20]), k=3, seed=0)
    all_folds = bench.run(items, [folded]).folds()
    assert bench.run(items, [fewer]).folds() == all_folds[:40]  # more rows move none
    more = bench.run(items, [bench.run(folds, data, k=4, seed=0)]).folds()
    moved = [(a, b) for a, b in zip(all_folds, more, strict=True) if a != b]
    assert moved
    assert {b for _, b in moved} == {"3"}


def by_hand(tiny, bench, data, labels, inside):
    """A training without folds, on labels that drop some rows."""
    plain = bench.run(items, [data])
    values = labels.table.column("value").to_pylist()
    without = make_labels(bench, plain, values, keep=(~inside).tolist(), kind="hard")
    return bench.run(finetune, tiny.model, without, head=Linear(), train=HARD, seed=0)


def test_every_row_is_answered_by_a_model_that_did_not_train_on_its_fold(tiny, world):
    bench, data, folded, labels, naive = world
    own, context = bench.run(items, [folded]), bench.context("test")
    said = predict(naive, own, context)
    truth = np.array(labels.table.column("value").to_pylist())
    for member, fold in zip(members_of(naive, context), naive.facts["folds"], strict=True):
        inside = np.array([name == fold for name in own.folds()])
        alone = by_hand(tiny, bench, data, labels, inside)
        assert predict(member, own, context) == pytest.approx(predict(alone, own, context))
        assert said[inside] == pytest.approx(predict(alone, own, context)[inside], abs=1e-6)
        remembered = (predict(member, own, context) > 0.5) == truth
        assert remembered[~inside].mean() > 0.9  # it has learned its noise by heart
        assert member.facts["rows"]["used"] == int((~inside).sum())
        assert member.facts["rows"]["dropped"] == 0


def test_no_gold_of_a_row_is_in_the_member_that_answers_it(tiny, world):
    """Turning a row's gold round changes what others are told, never what it is told itself."""
    bench, _, folded, labels, naive = world
    own, context = bench.run(items, [folded]), bench.context("test")
    fold = own.folds()[0]
    values = labels.table.column("value").to_pylist()
    inside = np.array([name == fold for name in own.folds()])
    turned = [1 - v if held else v for v, held in zip(values, inside, strict=True)]
    other = make_labels(bench, own, turned, kind="hard")
    changed = bench.run(finetune, tiny.model, other, head=Linear(), train=HARD, seed=0)
    was, now = predict(naive, own, context), predict(changed, own, context)
    assert (now[inside] == was[inside]).all()
    assert np.abs(now[~inside] - was[~inside]).max() > 0.1


def test_other_rows_are_answered_by_the_mean_and_siblings_out_of_fold(tiny, world):
    bench, _, folded, _, naive = world
    context = bench.context("test")
    rows, _ = rows_about(ANIMALS[26:29])
    rows[0]["group"] = "supervise 4"  # a sibling of rows that were trained on
    rows[1]["group"] = "supervise 4"
    other = bench.keep(make_items([{**row, "item_id": f"o{n}"} for n, row in enumerate(rows)]))
    places = unseeing_member(naive, other, context)
    fold = bench.run(items, [folded]).folds()[8]
    assert places == [int(fold)] * 2 + [None] * 4
    each = [predict(member, other, context) for member in members_of(naive, context)]
    said = predict(naive, other, context)
    assert said[2:] == pytest.approx(np.mean(each, axis=0)[2:])
    assert said[:2] == pytest.approx(each[int(fold)][:2])
    assert predict(naive, bench.keep(make_items([])), context).shape == (0,)


def test_rows_are_known_by_id_whatever_their_group(tiny, world):
    bench, _, folded, _, naive = world
    own, context = bench.run(items, [folded]), bench.context("test")
    names = own.table.column_names
    strange = own.table.set_column(names.index("group"), "group", [["x"] * len(own)])
    again = bench.keep(own.__class__(strange.drop_columns(FOLD)))
    assert unseeing_member(naive, again, context) == [int(fold) for fold in own.folds()]


def test_label_and_ensemble_honour_folds(tiny, world):
    bench, data, _, _, naive = world
    plain, context = bench.run(items, [data]), bench.context("test")
    said = predict(naive, plain, context)
    labels = bench.run(label, naive, plain)
    assert labels.table.column("value").to_pylist() == pytest.approx(said.tolist())
    together = bench.run(ensemble, [naive, naive])
    assert predict(together, plain, context) == pytest.approx(said)


def test_labels_of_folded_rows_train_out_of_fold_again(tiny, world):
    """Whoever labels rows with folds, what is trained on them has folds."""
    bench, _, folded, _, naive = world
    weak = bench.run(label, naive, bench.run(items, [folded]))
    student = bench.run(finetune, tiny.model, weak, seed=1)
    assert student.facts["type"] == "folded"
    assert len(student.facts["members"]) == 3


def test_a_context_is_read_by_every_member(tiny, world):
    bench, data, folded, labels, _ = world
    shown = bench.run(debate, tiny.model, tiny.model, bench.run(items, [data]), seed=0)
    judge = bench.run(finetune, tiny.model, labels, context=shown, head=Features(), seed=0)
    context = bench.context("test")
    assert {m.facts["context"] for m in members_of(judge, context)} == {shown.digest}
    assert predict(judge, bench.run(items, [folded]), context).shape == (52,)


def test_a_debater_with_folds_argues_by_members_that_have_not_seen_the_row(tiny, world):
    bench, data, _, _, naive = world
    plain = bench.run(items, [data])
    script = Debate(turns=2, quotes=2)
    table = bench.run(debate, naive, tiny.model, plain, protocol=script, seed=0).table
    turns = table.column("turns").to_pylist()
    places = unseeing_member(naive, plain, bench.context("test"))
    for at, member in enumerate(members_of(naive, bench.context("test"))):
        alone = bench.run(debate, member, tiny.model, plain, protocol=script, seed=0)
        alone_turns = alone.table.column("turns").to_pylist()
        rows = [row for row, place in enumerate(places) if place == at]
        assert [turns[row] for row in rows] == [alone_turns[row] for row in rows]
    assert json.loads(table.column("model").to_pylist()[0])[0] == naive.digest


def test_it_can_be_no_start_of_another_training(tiny, world):
    bench, *_, naive = world
    with pytest.raises(PrerequisiteError, match="type folded has no network"):
        bench.run(finetune, naive, tiny.gold, seed=0)


def test_a_fold_without_rows_is_refused(tiny):
    data = one_part(tiny.bench, ANIMALS[:3], "small")
    with pytest.raises(PrerequisiteError, match="part `small` has 3 groups of rows") as caught:
        tiny.bench.run(folds, data, k=5, seed=0)
    assert "fewer folds" in caught.value.help
