"""Values in parameters by dotted path."""

from __future__ import annotations

from w2sdl.dotted import below, beside, value_at, with_value, without_value

PARAMS = {"how": {"variant": "text", "template": {"path": "a.j2"}}, "seed": 0, "files": ["a", "b"]}


def test_a_value_is_found_through_records_and_lists() -> None:
    assert value_at(PARAMS, "how.template.path") == "a.j2"
    assert value_at(PARAMS, "files.1") == "b"
    assert value_at(PARAMS, "seed", "absent") == 0


def test_what_is_not_there_is_absent_at_every_step() -> None:
    for path in ("other", "how.other", "how.other.path", "seed.path", "files.2", "files.path"):
        assert value_at(PARAMS, path) is None
        assert value_at(PARAMS, path, "absent") == "absent"


def test_a_copy_has_another_value_and_the_original_stays() -> None:
    before = repr(PARAMS)
    changed = with_value(PARAMS, "how.template.path", "b.j2")
    assert changed == {**PARAMS, "how": {"variant": "text", "template": {"path": "b.j2"}}}
    assert with_value(PARAMS, "more", 1) == {**PARAMS, "more": 1}
    assert without_value(PARAMS, "how.template") == {**PARAMS, "how": {"variant": "text"}}
    assert without_value(PARAMS, "seed.path") == without_value(PARAMS, "other") == PARAMS
    assert repr(PARAMS) == before


def test_names_beside_and_below() -> None:
    assert beside("how.template", "revision") == "how.revision"
    assert beside("repo", "revision") == "revision"
    named = {"how.by": 1, "how.by.of": 2, "however.by": 3, "how": 4}
    assert below(named, "how") == {"by": 1, "by.of": 2}
