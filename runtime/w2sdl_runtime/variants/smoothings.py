"""The family of smoothings: how labels of rows that lie close to each other are shared."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from w2sdl_runtime.op import Count, Fraction, Positive, Variant, variant
from w2sdl_runtime.variants.among import Among

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Smoothing(Variant):
    """New labels from those of the nearest rows. Both forms are our design, after Zhou et al. (2004)."""

    k: Count = 10
    among: Among = "all"

    @abstractmethod
    def smoothed(
        self, labels: NDArray[Any], near: NDArray[Any], cosine: NDArray[Any]
    ) -> NDArray[Any]:
        """P(class 1) of every row, ``[rows]``.

        Args:
            labels: P(class 1) of every row so far.
            near: the ``k`` nearest rows of each, nearest first, ``[rows, k]``; -1 where there are fewer.
            cosine: how close each of these is, ``[rows, k]``.
        """


@variant("knn")
class Knn(Smoothing):
    """One step: ``y' = (1 - mix) y + mix SUM_j a_j y_j`` over the ``k`` nearest rows.

    ``a = softmax(cos / temperature)`` over these rows.
    """

    mix: Fraction = 0.5
    temperature: Positive = 0.1

    def smoothed(
        self, labels: NDArray[Any], near: NDArray[Any], cosine: NDArray[Any]
    ) -> NDArray[Any]:
        """A weighted mean of the neighbours, mixed with the row's own label."""
        import numpy as np

        there = near >= 0
        power = np.where(there, cosine, -np.inf) / self.temperature
        most = np.max(power, axis=1, keepdims=True, initial=-np.inf)
        share = np.exp(power - np.where(np.isfinite(most), most, 0))
        total = share.sum(axis=1)
        mean = (share * np.where(there, labels[near], 0)).sum(axis=1)
        mean = np.divide(mean, total, out=labels.copy(), where=total > 0)
        found: NDArray[Any] = (1 - self.mix) * labels + self.mix * mean
        return found


@variant("spread")
class Spread(Smoothing):
    """In the limit: ``F = (1 - alpha) (I - alpha S)^-1 Y``, label spreading (Zhou et al. 2004).

    ``W = max(0, cos)^power`` between rows that are among each other's ``k`` nearest,
    ``S = Deg^-1/2 W Deg^-1/2``. Y has a column for each class; P(class 1) is its share of F, so a row
    without neighbours keeps its label.
    """

    power: Positive = 1.0
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.9

    def smoothed(
        self, labels: NDArray[Any], near: NDArray[Any], cosine: NDArray[Any]
    ) -> NDArray[Any]:
        """Both classes spread over the graph."""
        import numpy as np
        from scipy.sparse import identity
        from scipy.sparse.linalg import cg

        spread = self._graph(near, cosine)
        system = identity(len(labels), format="csr") - self.alpha * spread
        classes = []
        for column in (1 - labels, labels):
            solved, failed = cg(system, (1 - self.alpha) * column, rtol=1e-12, atol=0.0)
            if failed:
                raise ArithmeticError("label spreading did not converge")
            classes.append(solved)
        found: NDArray[Any] = np.clip(classes[1] / (classes[0] + classes[1]), 0, 1)
        return found

    def _graph(self, near: NDArray[Any], cosine: NDArray[Any]) -> Any:
        """S: neighbours that are mutual, by their degrees."""
        import numpy as np
        from scipy.sparse import csr_array, diags_array

        there = near >= 0
        rows = np.repeat(np.arange(len(near)), there.sum(axis=1))
        weight = np.maximum(0, cosine[there]) ** self.power
        one_way = csr_array((weight, (rows, near[there])), shape=(len(near), len(near)))
        mutual = one_way.minimum(one_way.T)
        degree = np.asarray(mutual.sum(axis=1)).ravel()
        root = np.divide(1, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0)
        return (diags_array(root) @ mutual @ diags_array(root)).tocsr()
