"""What an annotation says beside its type: marks of ports and of parameters, for the compiler to read."""

from __future__ import annotations

from dataclasses import dataclass

from w2sdl.signature import CHANGES

#: What `PortMark` may say. The validity rules of the compiler know these and no other.
ROLES = ("student", "ceiling", "weak", "measured", "supervisor", "debater", "instrument")
CHANNELS = ("value", "select", "weight", "context", "init", "control", "folds", "saw")
ROWS = ("joined", "added", "kept")


class SeedMark:
    """Marks the parameter that randomness comes from."""


class AxesMark:
    """Marks ``over``: the axes that a reduction removes."""


@dataclass(frozen=True)
class SourceMark:
    """Marks a parameter that names a file, folder, model or data set; its content is in the key."""

    what: str


@dataclass(frozen=True)
class PortMark:
    """Marks special ports: ``each`` (a node per argument), ``on`` (gold of the measured part), roles.

    ``role`` is the role that standing here makes: "student", "ceiling" or "weak" (of a comparison),
    "measured" (by a metric), "supervisor" (labels rows), "debater" or "instrument" (a scorer).

    ``channel`` says how what comes in here reaches the result, where the kinds don't say it: "value"
    (as a label), "select" (keeps, drops or stops by it), "weight", "context" (text it reads), "init"
    (weights it starts from), "control" (gold on purpose, marked in the report), "folds" (data whose
    rows are cut into folds) or "saw" (of something imported: data whose gold its maker was fitted on).

    ``rows`` says what becomes of the rows that come in here: "joined" by item id with those of all other
    ports that say so (and of a list with each other), so that none can be of other rows; "added", those of
    a list stand in the result one after the other; or "kept", data whose parts the resulting data has
    under their names.

    Raises:
        TypeError: for a word that there isn't: no rule would ever look at it.
    """

    each: bool = False
    on: bool = False
    role: str = ""
    channel: str = ""
    rows: str = ""

    def __post_init__(self) -> None:
        for word, known in ((self.role, ROLES), (self.channel, CHANNELS), (self.rows, ROWS)):
            if word and word not in known:
                raise TypeError(f"there is no `{word}` among {', '.join(known)}")


@dataclass(frozen=True)
class Changes:
    """Says what a change of a parameter means, where its place says it wrong.

    ``temperature: Annotated[float, Changes("sampling")] = 0.8``: another temperature is another draw
    and not another debater. One of "operational", "sampling", "factor" and "measurement"; it changes
    what `w2sdl diff` says, and no key.
    """

    what: str

    def __post_init__(self) -> None:
        if self.what not in CHANGES:
            raise TypeError(f'Changes("{self.what}"): a change is one of {", ".join(CHANGES)}')


@dataclass(frozen=True)
class RowsMark:
    """Says what a parameter does with rows: "told" (how one reads), or "chosen" (which, and where).

    ``template: Annotated[str | None, TOLD] = None``. Data sets that differ in nothing else hold rows of
    one source: a model that labels them must have read them told as they are here (rule R4). What
    has no mark says what the rows are read from.
    """

    what: str

    def __post_init__(self) -> None:
        if self.what not in ("told", "chosen"):
            raise TypeError(f'RowsMark("{self.what}"): rows are "told" or "chosen"')


TOLD = RowsMark("told")
CHOSEN = RowsMark("chosen")


@dataclass(frozen=True)
class Neutral:
    """Marks a field that leaves the result the same up to rounding: it is in no key.

    A `retry` may change a neutral number: ``retry: {micro_batch: half}``. ``otherwise`` is the field
    beside it that counts where it is None.
    """

    otherwise: str = ""
