"""The family of cleaners: what the strong model's states say of weak labels, by those labels alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from w2sdl_runtime.op import Count, Positive, PrerequisiteError, Variant, variant
from w2sdl_runtime.variants.among import Among

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the rows that are kept: states, labels as distributions, weights."""

    states: Numbers  #: [rows, width]
    labels: Numbers  #: [rows, classes]
    weight: Numbers  #: [rows]
    #: [rows] of numbers: rows of equal ones are no neighbours
    apart: Mapping[Among, NDArray[np.int64]]

    def neighbours(self, k: int, among: Among) -> NDArray[np.int64]:
        """The ``k`` nearest of the other rows by cosine, nearest first, ``[rows, k]``.

        Raises:
            PrerequisiteError: where there are no ``k``.
        """
        from w2sdl_runtime.refining.neighbours import nearest

        near, _ = nearest(self.states, k, self.apart[among])
        if (near < 0).any():
            least = int((near >= 0).sum(1).min())
            raise PrerequisiteError(
                f"{k:,} neighbours are asked for, and a row has {least:,} {_OTHERS[among]}",
                f"take fewer, such as k: {max(1, least // 5)}",
            )
        return near


_OTHERS: Mapping[Among, str] = {"all": "of other items", "other_prompts": "of other prompts"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a cleaner holds for true, and how far each label is from that."""

    belief: Numbers  #: [rows, classes]
    doubt: Numbers  #: [rows]; larger is more doubtful
    warning: str = ""  #: what is wrong with it


class Cleaner(Variant):
    """A probe on frozen states, fitted to noisy labels and to nothing else. Details are our design."""

    @abstractmethod
    def look(self, told: Told) -> Finding:
        """What it makes of the labels.

        Raises:
            PrerequisiteError: for fewer rows than it needs.
        """


def distance(belief: Numbers, labels: Numbers) -> Numbers:
    """Total variation between two beliefs of each row: ``|p - y|`` of two classes, ``[rows]``."""
    found: Numbers = 0.5 * abs(belief - labels).sum(1)
    return found


@variant("knn")
class Knn(Cleaner):
    """The mean label of the ``k`` nearest other rows, by weight (the kNN probe of EleutherAI/w2s).

    Nearness is the cosine between states as they are; a row is not its own neighbour.
    """

    k: Count = 50
    among: Among = "all"

    def look(self, told: Told) -> Finding:
        """The mean of the neighbours."""
        near = told.neighbours(self.k, self.among)
        weight = told.weight[near][..., None]
        belief = (told.labels[near] * weight).sum(1) / weight.sum(1)
        return Finding(belief, distance(belief, told.labels))


@variant("logistic")
class Logistic(Cleaner):
    """Logistic regression on standardised states, to convergence (the logistic probe of EleutherAI/w2s).

    Minimises the mean cross-entropy, by weight, plus ``l2 / 2 · |W|²``: of n rows of weight 1 it is
    ``probe(ridge: n * l2)``. It is asked about the rows that it was fitted to.
    """

    l2: Positive = Field(default=1e-3, description="penalty beside the mean loss of a row")

    def look(self, told: Told) -> Finding:
        """What the line says."""
        from w2sdl_runtime.learning.softmax import fit_regression

        ridge = self.l2 * float(told.weight.sum())
        found, fit = fit_regression(told.states, told.labels, told.weight, ridge, _STEPS)
        belief = found.chances(told.states)
        late = (
            ""
            if fit.converged
            else f"logistic() had not converged after {_STEPS:,} steps: raise l2"
        )
        return Finding(belief, distance(belief, told.labels), late)


_STEPS = 2000


@variant("topological")
class Topological(Cleaner):
    """The largest connected piece of each class, in the graph of the ``k`` nearest neighbours.

    After TopoFilter (Wu et al. 2020), the topological probe of EleutherAI/w2s. Rows of one likeliest class
    are joined where either is among the ``k`` nearest of the other; the largest piece is the class's core.
    A row in a core keeps its label. The belief of others is the mean label, by weight, of those neighbours
    that are in a core (their own label where none is). Doubt is the distance to that mean, and 1 more for
    a row outside of the cores.
    """

    k: Count = 50
    among: Among = "all"

    def look(self, told: Told) -> Finding:
        """Cores, and what they say of the rest."""
        import numpy as np

        near = told.neighbours(self.k, self.among)
        core = _cores(near, told.labels.argmax(1))
        weight = (told.weight[near] * core[near])[..., None]
        whole = weight.sum(1)
        mean = (told.labels[near] * weight).sum(1) / np.where(whole > 0, whole, 1)
        mean = np.where(whole > 0, mean, told.labels)
        belief = np.where(core[:, None], told.labels, mean)
        return Finding(belief, distance(mean, told.labels) + ~core)


def _cores(near: NDArray[np.int64], named: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row is in the largest piece of its class; of equally large ones the first."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, k = near.shape
    one, other = np.repeat(np.arange(rows), k), near.reshape(-1)
    alike = named[one] == named[other]
    graph = coo_matrix((np.ones(alike.sum()), (one[alike], other[alike])), shape=(rows, rows))
    _, piece = connected_components(graph, directed=False)
    sizes = np.bincount(piece)
    core = np.zeros(rows, bool)
    for name in np.unique(named):
        own = np.unique(piece[named == name])
        core |= piece == own[sizes[own].argmax()]
    return core
