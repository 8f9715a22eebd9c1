"""Which rows may be neighbours: an option of what shares labels over a graph of the nearest rows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Among = Annotated[
    Literal["all", "other_prompts"],
    Field(description='"other_prompts": rows with the same prompt are no neighbours'),
]
