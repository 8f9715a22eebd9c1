"""What the tests of defects share: one finished run of a tiny study."""

from __future__ import annotations

import pytest

from tests.defects.study import Study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study that has run. Only what adds results may be run in it: other changes, in a copy."""
    made = Study(tmp_path_factory.mktemp("study"))
    made.run()
    return made
