"""Every fenced block of the documentation, and what is done with each: see docs/site/README.md.

A language and the words behind it say what is done. A block that they don't fit stands in ``ELSEWHERE``, with the
test that covers it, or in ``SHOWN``, with the reason why no test can.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(`{3,})(\w*)[ \t]*([^\n]*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
PAGES = (
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
)


@dataclass(frozen=True)
class Fence:
    """One block. ``words`` stand behind its language."""

    page: str
    line: int
    language: str
    words: str
    body: str

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The file that the block is; "" for none."""
        found = re.search(r"(?:^| )file=(\S+)", self.words)
        return found[1] if found else ""


def fences(path: Path) -> list[Fence]:
    """The blocks of a page, in order."""
    text = path.read_text("utf-8")
    page = path.relative_to(ROOT).as_posix()
    return [
        Fence(page, text.count("\n", 0, found.start()) + 1, found[3], found[4], found[5])
        for found in _FENCE.finditer(text)
    ]


FENCES = [fence for path in PAGES for fence in fences(path)]

#: (page, beginning of a line of the block) -> the test that covers it
ELSEWHERE = {
    ("README.md", "error[W2S0601]"): "tests/docs/test_every_block.py::test_the_readmes_message_is_the_one_given",
    ("docs/messages.md", "error[W2S0301]"): "tests/cli/test_messages_doc.py::test_the_message_shown_is_the_one_given",
    ("docs/api.md", "27 nodes over"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/api.md", "mine.w2s:5:28"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/api.md", "module `no_such"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/api.md", "done ('scores',)"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/api.md", "run RUN has no"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/api.md", "['model: Model'"): "tests/api/test_api_docs.py::test_the_examples_print_what_the_page_shows",
    ("docs/diff.md", "$ w2sdl diff specs/debate"): "tests/diff/test_docs.py::test_examples_are_true",
    ("docs/diff.md", "$ w2sdl diff specs/burns"): "tests/diff/test_docs.py::test_examples_are_true",
    ("docs/git_diff.md", "$ git diff"): "tests/cli/test_git_diff.py::test_git_diff_shows_what_changed_by_meaning",
    ("docs/editors.md", "vim.filetype.add"): "tests/editors/test_editor_docs.py::test_the_server_has_the_command_that_all_of_them_name",
    ("docs/graph.md", "flowchart LR"): "tests/draw/test_draw_docs.py::test_the_mermaid_shown_is_that_of_the_spec",
    ("docs/plan.md", "blocked asks for"): "tests/docs/test_every_block.py::test_the_plan_that_is_blocked_is_the_one_shown",
}  # fmt: skip

#: (page, beginning of a line of the block) -> why no test makes it again
SHOWN = {
    ("docs/plan.md", "compared with run"): "a plan after a run of three minutes; tests/cli/golden_plans has the same of a smaller one",
    ("docs/plan.md", "blocked needs about 109GiB"): "a model of 6.7 billion weights; tests/cli/test_plan_blocked.py has a small one",
    ("docs/models.md", "at most, for rows"): "a model of 6.7 billion weights; tests/runtime/test_sizing.py has the arithmetic",
    ("docs/models.md", "error: student needs"): "a model of 6.7 billion weights; tests/runtime/test_sizing.py has the arithmetic",
    ("docs/running.md", "error: no machine has"): "a machine with a GPU; tests/runtime/test_placement.py has the messages",
    ("docs/running.md", "budget 15s:"): "timing decides what is reached; tests/cli/test_run_budget.py has its lines",
    ("docs/runs.md", "20260301-101500"): "a run in the midst; tests/cli/test_runs.py has its lines",
    ("docs/runs.md", "error: --locked"): "what moved is invented; tests/cli/test_lock.py has the message",
}  # fmt: skip


def looked_up(fence: Fence, table: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    """The entries of a table that are of a block."""
    return [
        (page, begins)
        for page, begins in table
        if page == fence.page
        and any(line.lstrip().startswith(begins) for line in fence.body.splitlines())
    ]


def treatment(fence: Fence) -> str:
    """What is done with a block: one word, or "" where nobody has decided."""
    words = fence.words.split()
    if looked_up(fence, ELSEWHERE):
        return "elsewhere"
    if looked_up(fence, SHOWN):
        return "shown"
    match fence.language, words:
        case "w2s", _:
            return "compiled"  # by test_language.py
        case "text", ["message"]:
            return "compiled"
        case "text", ["output"]:
            return "output"
        case "sh", ["run", *_]:
            return "run"
        case "python", ["ops"]:
            return "compiled"
        case (("sh" | "python" | "json" | "toml" | "yaml"), []):
            return "parsed"
        case (("sh" | "python" | "json" | "toml" | "yaml" | "dockerfile" | "jinja"), _) if (
            fence.file
        ):
            return "parsed"
        case _:
            return ""
