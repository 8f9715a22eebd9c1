"""Names that people can remember and say, for runs."""

from __future__ import annotations

from collections.abc import Callable

_FIRST = """
amber ample arid bold brave brisk calm candid clear clever coral crisp curious dapper deep
eager early even fair firm fleet frank fresh gentle glad golden grand green happy hardy
humble ideal jolly keen kind late light lively loyal lucid mellow merry mild misty modest
neat nimble noble novel olive patient plain polite proud quick quiet rapid ready rosy round
royal sandy sharp silver simple sleek small smart snug sober solid spry steady still stout
sunny swift tidy tiny true vivid warm wise witty young
"""
_SECOND = """
acorn alder anchor apple arch aspen badger bay beacon beech birch bridge brook cabin canyon
cedar cliff clover comet coral cove crane creek delta dune eagle ember falcon fern field
finch fjord forest fox garden glade grove gull harbor hazel heron hill island ivy jay
juniper kite lagoon lake lantern lark laurel leaf lily lynx maple marsh meadow mesa moon
moss oak orchard otter owl palm pebble pine plover pond poplar prairie quail quartz raven
reed ridge river robin rowan sage seal shore sky sparrow spruce stone stork stream summit
swan thistle thrush tide trail valley willow wren
"""


def memorable_name(below: Callable[[int], int]) -> str:
    """A word pair such as ``brisk-otter``; ``below(n)`` draws an integer under n."""
    first, second = _FIRST.split(), _SECOND.split()
    return f"{first[below(len(first))]}-{second[below(len(second))]}"
