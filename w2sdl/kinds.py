"""The closed set of kinds that flow along edges, and which kind may stand for which."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an edge carries. The annotation of an operation's parameter decides its kind."""

    DATA = "Data"
    ITEMS = "Items"
    CORPUS = "Corpus"
    LABELS = "Labels"
    MODEL = "Model"
    PREDICTOR = "Predictor"
    TRANSCRIPTS = "Transcripts"
    ACTIVATIONS = "Activations"
    METRIC = "Metric"
    INSTRUMENT = "Instrument"


#: A found kind that may stand where another is wanted, as it is (bootstrapping, students that debate).
_STANDS_FOR = {(Kind.PREDICTOR, Kind.MODEL)}

#: (found, wanted) -> the operation that the compiler puts between them.
COERCIONS = {(Kind.DATA, Kind.ITEMS): "items"}


def is_accepted(found: Kind, wanted: Kind) -> bool:
    """Whether a value of kind ``found`` may be used, unchanged, where ``wanted`` is expected."""
    return found is wanted or (found, wanted) in _STANDS_FOR
