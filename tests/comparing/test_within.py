"""Arms of one run: along an axis, and things that are measured."""

from __future__ import annotations

import pytest
from made import SPEC, Made, make

from w2sdl_runtime.comparing.arms import Wanted
from w2sdl_runtime.comparing.several import ComparedResults, compare_all
from w2sdl_runtime.comparing.within import along, among
from w2sdl_runtime.errors import PrerequisiteError

THREE = SPEC.replace("sure: logconf(alpha: 0.5)", "sure: logconf(alpha: 0.5), mixed: product()")


@pytest.fixture(scope="module")
def made() -> Made:
    return make(THREE, seed=4)


def names(found: ComparedResults) -> list[tuple[str, str, str]]:
    return [(row.difference.measure, row.difference.of, row.against) for row in found.rows]


def test_every_other_point_stands_against_the_first(made: Made) -> None:
    found = compare_all(along(made.source("run a"), "loss"))
    assert found.reference == "loss=plain"
    assert names(found) == [
        ("scores", "student", "sure"),
        ("scores", "student", "mixed"),
        ("recovered", "", "sure"),
        ("recovered", "", "mixed"),
    ]
    plain, sure = (made.right("student", loss=point).mean() for point in ("plain", "sure"))
    first = found.rows[0].difference
    assert (first.a, first.b) == pytest.approx((plain, sure))
    assert found.tests == 4


def test_another_point_may_be_the_baseline(made: Made) -> None:
    found = compare_all(along(made.source("run a"), "loss", "mixed", Wanted(["scores"])))
    assert found.reference == "loss=mixed"
    assert names(found) == [("scores", "student", "plain"), ("scores", "student", "sure")]


def test_measured_things_meet_at_every_point(made: Made) -> None:
    found = compare_all(among(made.source("run a"), ["teacher", "student", "ceiling"]))
    assert found.reference == "teacher"
    assert [(dict(row.difference.point), row.against) for row in found.rows] == [
        ({"loss": "plain"}, "student"),
        ({"loss": "sure"}, "student"),
        ({"loss": "mixed"}, "student"),
        ({}, "ceiling"),
    ]


def test_points_may_be_named_with_the_thing(made: Made) -> None:
    (only,) = compare_all(
        among(made.source("run a"), ["student[loss=plain]", "student[loss=sure]"])
    ).differences
    assert dict(only.point) == {}
    sides = (made.right("student", loss=point).mean() for point in ("plain", "sure"))
    assert (only.a, only.b) == pytest.approx(tuple(sides))


@pytest.mark.parametrize(
    ("axis", "baseline", "said", "help"),
    [
        ("los", "", "run a has no axis `los`", "did you mean `loss`?"),
        ("loss", "sur", "axis loss of run a has no point `sur`", "did you mean `sure`?"),
        ("seed", "", "axis seed repeats the experiment", "name an axis that the design varies"),
    ],
)
def test_wrong_axes(made: Made, axis: str, baseline: str, said: str, help: str) -> None:
    with pytest.raises(PrerequisiteError) as found:
        along(made.source("run a"), axis, baseline)
    assert said in found.value.message
    assert help in found.value.help


@pytest.mark.parametrize(
    ("ofs", "baseline", "said"),
    [
        (["student"], "", "`student` is compared with nothing"),
        (["student", "teachr"], "", "run a has no measured thing `teachr`"),
        (["student", "teacher"], "ceiling", "--baseline ceiling is none of what --of names"),
    ],
)
def test_wrong_things(made: Made, ofs: list[str], baseline: str, said: str) -> None:
    with pytest.raises(PrerequisiteError) as found:
        among(made.source("run a"), ofs, baseline)
    assert said in found.value.message


def test_what_has_no_seeds_is_the_same_in_each() -> None:
    """Breaks where an arm that does not vary over seeds meets none of one that does."""
    spec = THREE.replace("head: likelihood(), seed: seed)\nstudent", "head: likelihood())\nstudent")
    assert spec != THREE
    made = make(spec, seed=4)
    found = compare_all(among(made.source("run a"), ["teacher", "ceiling"])).differences
    (only,) = found
    assert [seed.seed for seed in only.seeds] == ["0", "1", "2"]
    assert (only.only_a, only.only_b) == ((), ())
    assert (only.a, only.b) == pytest.approx(
        (made.right("teacher").mean(), made.right("ceiling").mean())
    )


def test_the_baseline_of_the_spec_is_that_of_its_axis() -> None:
    made = make(THREE.replace("measure scores", "baseline loss: sure\nmeasure scores"), seed=4)
    assert made.graph.baseline == {"loss": "sure"}
    assert compare_all(along(made.source("run a"), "loss")).reference == "loss=sure"
    assert compare_all(along(made.source("run a"), "loss", "plain")).reference == "loss=plain"
