"""Whether a chain that an operation declares can be written out: asked when operations are loaded."""

from __future__ import annotations

from collections.abc import Iterator

from w2sdl.signature import Chain, OpSignature, Signatures


def chain_problem(op: OpSignature, chain: Chain, signatures: Signatures) -> str:
    """Why a chain can't be written out, "" where it can."""
    return next(_chain_problems(op, chain, signatures), "")


def _chain_problems(op: OpSignature, chain: Chain, signatures: Signatures) -> Iterator[str]:
    for name in (chain.step, chain.between):
        if name not in signatures.ops:
            yield f"names no operation: `{name}`"
            return
    step, between = signatures.ops[chain.step], signatures.ops[chain.between]
    wanted = [(op, chain.along), (op, chain.carried), (op, chain.pools), (step, chain.takes)]
    wanted += [(step, chain.carried), (between, chain.gives), (between, chain.about)]
    for owner, port in wanted:
        if port not in {p.name for p in owner.ports}:
            yield f"names `{port}`, which is no edge of `{owner.name}`"
    if step.result is not op.result:
        yield f"gives {step.result}, and the operation says {op.result}"
    passed = {p.name for o in (step, between) for p in o.ports}
    passed |= {p.name for o in (step, between) for p in o.params}
    own = {p.name for p in op.ports} | {p.name for p in op.params}
    for name in sorted(own - passed - {chain.along, chain.pools}):
        yield f"has no use for `{name}`"
