"""Labels as text that a model reads beside each item: the control for plain imitation."""

from __future__ import annotations

from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.templates import names_only
from w2sdl_runtime.values import Labels, Transcripts
from w2sdl_runtime.variants.texts import Text, text_of

#: What its template may use.
_SHOWN = ("label", "probability", "prompt", "candidate")


@op("show", version=1, check=names_only("template", _SHOWN))
def show(ctx: Context, labels: Labels, *, template: str | Text) -> Transcripts:
    """What somebody says of each item, as a transcript of one turn without a speaker.

    A student that reads its own labels may simply repeat them (Burns et al. 2023). Rows that the
    labels drop are shown too.

    Args:
        ctx: the context.
        labels: of any kind.
        template: Jinja text, in a sandbox. ``label`` is "correct" (P > 0.5) or "incorrect", or the
            text of a text label; ``probability``, ``prompt`` and ``candidate`` are the row's own.

    Raises:
        PrerequisiteError: for a row without a label, or a template that can't be used.
    """
    import hashlib

    from w2sdl.keys import canonical_json
    from w2sdl_runtime.data.templates import compile_prompt
    from w2sdl_runtime.debating.speech import Turn
    from w2sdl_runtime.debating.transcribing import told_table

    template = text_of(ctx, template)
    render = compile_prompt(template, _SHOWN)
    items = labels.open_items()
    texts = [
        render(label=word, probability=value, prompt=prompt, candidate=candidate)
        for word, value, prompt, candidate in zip(
            _words(labels),
            labels.table.column("value").to_pylist(),
            items.column("prompt"),
            items.column("candidate"),
            strict=True,
        )
    ]
    provenance = {
        "protocol": canonical_json({"show": {"template": template}}),
        "node": ctx.key,
        "model": canonical_json([]),
        "prompt": canonical_json([hashlib.sha256(template.encode()).hexdigest()]),
        "seed": canonical_json(ctx.seed),
    }
    turns = [[Turn(1, "", "none", text, ())] for text in texts]
    return Transcripts(told_table(items.column("item_id"), turns, provenance))


def _words(labels: Labels) -> list[str]:
    column = "text" if labels.label_kind == "text" else "value"
    found = labels.table.column(column).to_pylist()
    empty = [at for at, value in enumerate(found) if value is None or value != value]
    if empty:
        first = labels.table.column("item_id")[empty[0]].as_py()
        raise PrerequisiteError(
            f"{len(empty):,} of {len(found):,} rows have no label to show (first: {first})",
            "show labels that are there for every row",
        )
    if column == "text":
        return [str(text) for text in found]
    return ["correct" if value > 0.5 else "incorrect" for value in found]
