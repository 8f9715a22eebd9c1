"""Science questions made from fact tables: data for the smallest honest experiment.

Everything is a function of a world number and a seed, so no data set has to be fetched and no
question can have been seen by a model that was pretrained elsewhere.
"""

from __future__ import annotations

from w2sdl_runtime.science.corpus import PROMPT, answer_line
from w2sdl_runtime.science.tables import Fact, all_facts
from w2sdl_runtime.science.world import Question, World, build_world

__all__ = ["PROMPT", "Fact", "Question", "World", "all_facts", "answer_line", "build_world"]
