"""A debater that quotes the sentences most like its own answer to the question."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.debating.speech import Case, Cue, Exchange, Quote, Said, Speaker

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network


_KEPT: Bounded[Embedder] = Bounded(256 * 2**20)


class Embedder:
    """Unit vectors of texts: the model's input embeddings, weighted by inverse document frequency.

    The documents are the distinct sentences and prompts of the items under debate, so that words of
    the question's wording weigh little. Labels play no part.
    """

    def __init__(self, network: Network, documents: Sequence[str]) -> None:

        self._tokenizer = network.tokenizer
        table = network.module.get_input_embeddings().weight
        self._table: np.ndarray[Any, Any] = table.detach().float().cpu().numpy()
        self._weight = self._frequencies(documents)
        self._known: dict[str, np.ndarray[Any, Any]] = {}

    def _frequencies(self, documents: Sequence[str]) -> np.ndarray[Any, Any]:
        import numpy as np

        counts = np.zeros(len(self._table))
        for ids in self._ids(documents):
            counts[np.unique(np.array(ids, dtype=np.int64))] += 1
        return np.asarray(np.log((1 + len(documents)) / (1 + counts)))

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        found = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        ids: list[list[int]] = found["input_ids"]
        return ids

    def learn(self, texts: Sequence[str]) -> None:
        """Compute vectors of texts in one go."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, ids in zip(fresh, self._ids(fresh), strict=True):
            self._known[text] = self._unit(ids)

    def _unit(self, ids: list[int]) -> np.ndarray[Any, Any]:
        import numpy as np

        vector = self._weight[ids] @ self._table[ids] if ids else np.zeros(self._table.shape[1])
        length = math.sqrt(float(vector @ vector))
        return np.asarray(vector / length if length > 0 else vector)

    def size(self) -> int:
        """Bytes that it holds, roughly."""
        width = int(self._table.shape[1])
        return int(self._table.nbytes) + len(self._known) * (8 * width + 200)

    def vector(self, text: str) -> np.ndarray[Any, Any]:
        """The vector of a text that was learned; zeros for the empty text."""
        return self._known[text]


def embedder_of(network: Network, identity: str, cases: Sequence[Case]) -> Embedder:
    """An embedder that knows all texts of some cases; kept by the model's digest and texts."""

    def make() -> Embedder:
        sentences = dict.fromkeys(s for case in cases for s in case.sentences)
        embedder = Embedder(network, [*sentences, *dict.fromkeys(case.prompt for case in cases)])
        answers = [a for case in cases for a in (case.candidate, case.rival)]
        asked = [_asked(case, a) for case in cases for a in (case.candidate, case.rival)]
        embedder.learn([*sentences, *answers, *asked])
        return embedder

    if not identity:
        return make()
    texts = ("\0".join((c.prompt, c.candidate, c.rival, c.passage)) for c in cases)
    content = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return _KEPT.get((identity, content), make, Embedder.size)


def _asked(case: Case, answer: str) -> str:
    return f"{case.prompt} {answer}".strip()


class QuotingSpeaker(Speaker):
    """Quotes sentences by similarity(question + own answer) + partisanship × (own − rival)."""

    def __init__(self, embedder: Embedder, partisanship: float) -> None:
        self._embedder, self._partisanship = embedder, partisanship

    def speak(self, exchanges: Sequence[Exchange], cue: Cue) -> list[Said]:
        """The best sentences that nobody quoted yet; fewer where the passage has no more."""
        return [self._one(exchange, cue.speaker, cue.quotes) for exchange in exchanges]

    def _one(self, exchange: Exchange, debater: str, quotes: int) -> Said:
        case, correct = exchange.case, exchange.argues_correct(debater)
        chosen = self._best(case, correct, exchange.quoted(), quotes) if quotes else []
        claim = _claim(case, correct)
        text = " ".join([claim, *(f'"{sentence}"' for sentence in chosen)])
        return Said(text, tuple(Quote(sentence, verified=True) for sentence in chosen))

    def _best(self, case: Case, correct: bool, used: set[str], quotes: int) -> list[str]:
        import numpy as np

        left = [sentence for sentence in case.sentences if sentence not in used]
        if not left:
            return []
        own, rival = case.answer(correct), case.answer(not correct)
        vectors = np.stack([self._embedder.vector(sentence) for sentence in left])
        pull = self._embedder.vector(own) - self._embedder.vector(rival)
        aim = self._embedder.vector(_asked(case, own)) + self._partisanship * pull
        order = np.argsort(-(vectors @ aim), kind="stable")
        return [left[at] for at in order[:quotes]]


def _claim(case: Case, correct: bool) -> str:
    if correct:
        return f"The answer is {case.candidate}." if case.candidate else "This is right."
    if case.rival:
        return f"The answer is not {case.candidate} but {case.rival}."
    return f"The answer is not {case.candidate}." if case.candidate else "This is wrong."
