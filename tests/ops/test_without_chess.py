"""python-chess is nobody's must: without it, what needs it says how to get it."""

from __future__ import annotations

import subprocess
import sys


def test_a_missing_python_chess_is_a_message_with_the_next_step():
    code = (
        "import sys; sys.modules['chess'] = None\n"
        "from w2sdl_runtime.registry import load_signatures\n"
        "op = load_signatures().ops['chess_puzzles']\n"
        "from w2sdl_runtime.errors import PrerequisiteError\n"
        "try:\n"
        "    op.function(None, parts={'a': 1})\n"
        "except PrerequisiteError as error:\n"
        "    print(error.args, error.help)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "GPL-3.0" in done.stdout
    assert 'pip install "w2sdl[chess]"' in done.stdout
