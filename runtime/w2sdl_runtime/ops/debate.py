"""D: models argue about items, and the transcripts are kept with where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from w2sdl_runtime.arguments import is_remote, needs_writer, one_after_another
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import Context, PortMark, Seed, op
from w2sdl_runtime.values import Items, Model, Transcripts
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.debaters.quoting import Quoting
from w2sdl_runtime.variants.protocols import Protocol
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.stances import RandomSide, Stance
from w2sdl_runtime.variants.texts import in_place


def _speaks(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Quotes and the choice among drafts go by numbers, which a remote model doesn't give."""
    how = given["debater"]
    remote = is_remote(given["first"]) or is_remote(given["second"])
    if remote and how["variant"] != "generative":
        return (
            f"{how['variant']}() goes by a network's embeddings, and from api() only texts come back",
            "use debater: generative()",
        )
    chooses = how["variant"] == "generative" and max(how["best_of"], how["critique"]) > 1
    if remote and chooses and "preference" not in how:
        return (
            "best_of: and critique: choose by log-odds, and from api() only texts come back",
            "name who chooses, a model of a folder or a hub id: preference: S",
        )
    return None


@op(
    "debate",
    version=2,
    aliases=("D",),
    wants_gpu=True,
    check=one_after_another(_speaks, needs_writer("first", "second")),
)
def debate(
    ctx: Context,
    first: Annotated[Model, PortMark(role="debater")],
    second: Annotated[Model, PortMark(role="debater")],
    items: Items,
    *,
    protocol: Protocol = Debate(),  # noqa: B008 (frozen)
    debater: Debater = Quoting(),  # noqa: B008 (frozen)
    stance: Stance = RandomSide(),  # noqa: B008 (frozen)
    seed: Seed = 0,
) -> Transcripts:
    """Let two models argue whether each candidate is right.

    A is the first model, B the second, with opposite stances. Nobody sees a gold label. A passage
    with fewer sentences than the protocol asks for is shown whole. A Predictor with folds argues
    about a row by a member that has not seen it. Every row says where it comes from: node, digests
    of the models and of the prompts, seed, item, sides, and whether a turn was cut.

    Args:
        ctx: the context.
        first: speaks first.
        second: speaks second; a protocol with one debater has no use for it.
        items: one transcript each.
        protocol: who speaks when, and how many quotes are shown in all.
        debater: how a model argues.
        stance: who argues that the candidate is right.
        seed: draws sides, random quotes and generated tokens, each by item.

    Raises:
        PrerequisiteError: when quotes are wanted of items without a passage, or a model can't
            speak.
    """
    from w2sdl.keys import canonical_json
    from w2sdl_runtime.debating.folded import speakers_of
    from w2sdl_runtime.debating.transcribing import (
        cases_of,
        check_passages,
        hold,
        opened,
        transcript_table,
    )

    debater = in_place(ctx, debater)  # so that the transcripts hold the text, not a file's name
    protocol = in_place(ctx, protocol)
    cases, script = cases_of(items), protocol.script()
    check_passages(cases, script, ctx)
    speaking = speakers_of(protocol, debater, (first, second), items, cases, ctx)
    speakers = {name: speaker for name, (speaker, _) in speaking.items()}
    orders = opened(protocol, stance, items, cases, ctx)
    for exchanges in orders:
        hold(exchanges, script, speakers, ctx)
    choices = {"protocol": protocol, "debater": debater, "stance": stance}
    provenance = {
        "protocol": canonical_json({name: to_json(choice) for name, choice in choices.items()}),
        "node": ctx.key,
        "model": canonical_json([speaking[name][1] for name in sorted(speaking)]),
        "prompt": canonical_json(sorted({s.prompt_digest for s in speakers.values()} - {""})),
        "seed": canonical_json(ctx.seed),
    }
    return Transcripts(transcript_table([e for order in orders for e in order], provenance))
